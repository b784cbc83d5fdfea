# shellcheck shell=bash disable=SC2034
# What the steps share: where things are, and how to start the demo. Sourced first by every step.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
cargo_target=${CARGO_TARGET_DIR:-$root/target}
work=$root/target/ci           # tools, reports and generated clients
node_home=$work/node           # holds node_modules; scripts that import from it are copied here
python_home=$work/python       # a virtual environment
# Both may be named from outside, to try a step on another document or binary.
document=${MENTORSHIP_DOCUMENT:-$root/openapi/openapi.json}
binary=${MENTORSHIP_BINARY:-$cargo_target/release/mentorship}
export PATH=$node_home/node_modules/.bin:$python_home/bin:$PATH
# Tools do not report home or look for newer versions of themselves.
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true SCARF_ANALYTICS=false PIP_DISABLE_PIP_VERSION_CHECK=1
mkdir -p "$work"

say() { printf -- '--- %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

# The registries sometimes hiccup: once more before giving up.
twice() { "$@" || { say "again: $*"; sleep 5; "$@"; }; }

# A new, empty folder under target/ci.
fresh_folder() { rm -rf "${work:?}/$1"; mkdir -p "$work/$1"; printf '%s' "$work/$1"; }

# start_demo NAME: a new demo organisation. Sets demo_address and demo_tokens (a file, see `mentorship demo --help`).
# Rate limits are off, for the checks are faster than people.
start_demo() {
  demo_folder=$(fresh_folder "demo-$1")
  demo_tokens=$demo_folder/tokens.json
  "$binary" demo --address 127.0.0.1:0 --data "$demo_folder/data" --tokens-json "$demo_tokens" --rate-limit 0 \
    >"$demo_folder/log" 2>&1 &
  demo_pid=$!
  trap 'kill "$demo_pid" 2>/dev/null || true' EXIT
  local tries
  for ((tries = 0; tries < 300; tries++)); do
    if demo_address=$(json "$demo_tokens" address 2>/dev/null); then return; fi
    kill -0 "$demo_pid" 2>/dev/null || break
    sleep 0.2
  done
  tail -50 "$demo_folder/log" >&2
  fail "the demo did not become ready"
}

# Ends the demo and looks at how it ended: a clean exit and a log without a panic are part of every check.
stop_demo() {
  local status=0
  kill -TERM "$demo_pid" 2>/dev/null || status=died
  [[ $status == died ]] || wait "$demo_pid" || status=$?
  trap - EXIT
  if [[ $status != 0 ]] || grep -q 'panicked at' "$demo_folder/log"; then
    tail -50 "$demo_folder/log" >&2
    fail "the demo ended badly (status $status)"
  fi
}

# json FILE KEY...: one value of a JSON file.
json() {
  python3 -c 'import functools, json, sys
print(functools.reduce(lambda value, key: value[key], sys.argv[2:], json.load(open(sys.argv[1]))))' "$@"
}
