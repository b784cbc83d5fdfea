#!/usr/bin/env bash
# format, lints and the shape of the source
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

cargo fmt --check
cargo clippy --locked --all-targets -- -D warnings

say "outside tests: no unwrap(), nothing left to do"
# Without --all-targets there is no cfg(test), so tests may do as they like.
cargo clippy --locked -- -D warnings -D clippy::unwrap_used -D clippy::dbg_macro -D clippy::todo -D clippy::unimplemented

say "no file of more than 400 lines"
long=$(find src tests -name '*.rs' -exec awk 'END { if (NR > 400) print FILENAME ": " NR " lines" }' {} \;)
[[ -z $long ]] || fail "split $long"
