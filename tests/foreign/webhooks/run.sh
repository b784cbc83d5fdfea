#!/usr/bin/env bash
# Starts the npm check of webhooks of the tests, installing it first where that has not been done.
#   run.sh [FOLDER [--install-only]]     FOLDER: where to install, by default target/foreign/webhooks
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=${1:-${CARGO_TARGET_DIR:-$here/../../../target}/foreign/webhooks}

mkdir -p "$folder"
{
  # Tests start several at once: only the first may install.
  flock 9
  if ! cmp -s "$here/package-lock.json" "$folder/installed.lock"; then
    cp "$here/package.json" "$here/package-lock.json" "$folder/"
    # Standard output belongs to the check.
    npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --loglevel=error >&2
    cp "$here/package-lock.json" "$folder/installed.lock"
  fi
  # node looks for packages upward from the script, so the script goes beside them.
  cmp -s "$here/verify.mjs" "$folder/verify.mjs" || cp "$here/verify.mjs" "$folder/verify.mjs"
} 9>"$folder/.lock"

[[ ${2:-} == --install-only ]] || exec node --disable-warning=ExperimentalWarning "$folder/verify.mjs"
