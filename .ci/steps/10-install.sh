#!/usr/bin/env bash
# install what is missing
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

for tool in cargo node npm python3; do
  command -v "$tool" >/dev/null || fail "$tool is not installed"
done

# From Debian: what the tests start and no other registry has.
has_postgres() { command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }
missing=()
has_postgres || missing+=(postgresql)
command -v chromium >/dev/null || missing+=(chromium)
command -v zsh >/dev/null || missing+=(zsh)
python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
install_missing() { apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$work/apt.log" 2>&1; }
if ((${#missing[@]})); then
  say "Debian: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  # The lists may be absent or name versions that are gone; fetch them only then.
  install_missing || { twice apt-get update -qq; twice install_missing; } || { tail -20 "$work/apt.log"; exit 1; }
fi

# From npm and PyPI: exactly what the lock files name, once for each state of the lock file.
if ! cmp -s .ci/tools/package-lock.json "$node_home/installed.lock"; then
  say "npm: .ci/tools/package-lock.json"
  mkdir -p "$node_home"
  cp .ci/tools/package.json .ci/tools/package-lock.json "$node_home/"
  twice npm ci --prefix "$node_home" --ignore-scripts --no-audit --no-fund --loglevel=error
  cp .ci/tools/package-lock.json "$node_home/installed.lock"
fi
if ! cmp -s .ci/tools/requirements.txt "$python_home/installed.txt"; then
  say "pip: .ci/tools/requirements.txt"
  rm -rf "$python_home"
  python3 -m venv "$python_home"
  twice "$python_home/bin/pip" install -q --no-deps -r .ci/tools/requirements.txt
  "$python_home/bin/pip" check
  cp .ci/tools/requirements.txt "$python_home/installed.txt"
fi
twice tests/foreign/npm.sh oidc/provider.mjs "$cargo_target/foreign/oidc" --install-only
twice tests/foreign/npm.sh webhooks/verify.mjs "$cargo_target/foreign/webhooks" --install-only

say "versions"
rustc --version
node --version
python3 --version
for tool in spectral redocly tsc; do printf '%s %s\n' "$tool" "$("$tool" --version 2>/dev/null | tail -1)"; done
pip list 2>/dev/null | grep -iE '^(schemathesis|openapi-python-client|mypy) '
chromium --version 2>/dev/null
