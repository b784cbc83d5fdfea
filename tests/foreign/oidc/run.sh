#!/usr/bin/env bash
# Starts the OpenID provider of the tests, installing it first where that has not been done.
#   run.sh [FOLDER [--install-only]]     FOLDER: where to install, by default target/foreign/oidc
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=${1:-${CARGO_TARGET_DIR:-$here/../../../target}/foreign/oidc}

mkdir -p "$folder"
{
  # Tests start several providers at once: only the first may install.
  flock 9
  if ! cmp -s "$here/package-lock.json" "$folder/installed.lock"; then
    cp "$here/package.json" "$here/package-lock.json" "$folder/"
    # Standard output belongs to the one line of JSON.
    npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --loglevel=error >&2
    cp "$here/package-lock.json" "$folder/installed.lock"
  fi
  # node looks for packages upward from the script, so the script goes beside them.
  cmp -s "$here/provider.mjs" "$folder/provider.mjs" || cp "$here/provider.mjs" "$folder/provider.mjs"
} 9>"$folder/.lock"

[[ ${2:-} == --install-only ]] || exec node --disable-warning=ExperimentalWarning "$folder/provider.mjs"
