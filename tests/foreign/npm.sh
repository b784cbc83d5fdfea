#!/usr/bin/env bash
# Starts a script beside its npm packages, installing them first where that has not been done.
#   npm.sh SCRIPT [FOLDER [--install-only]]
#   SCRIPT: such as oidc/provider.mjs; FOLDER: where to install, by default target/foreign/oidc
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
from=$here/${1%/*} script=${1##*/}
folder=${2:-${CARGO_TARGET_DIR:-$here/../../target}/foreign/${1%/*}}

mkdir -p "$folder"
{
  # Tests start several at once: only the first may install.
  flock 9
  if ! cmp -s "$from/package-lock.json" "$folder/installed.lock"; then
    cp "$from/package.json" "$from/package-lock.json" "$folder/"
    # Standard output belongs to the script.
    npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --loglevel=error >&2
    cp "$from/package-lock.json" "$folder/installed.lock"
  fi
  # node looks for packages upward from the script, so the script goes beside them.
  cmp -s "$from/$script" "$folder/$script" || cp "$from/$script" "$folder/$script"
} 9>"$folder/.lock"

[[ ${3:-} == --install-only ]] || exec node --disable-warning=ExperimentalWarning "$folder/$script"
