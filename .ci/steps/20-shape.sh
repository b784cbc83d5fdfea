#!/usr/bin/env bash
# format, lints and the shape of the source
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

cargo fmt --check
say "lints; outside tests no unwrap() and nothing left to do (clippy.toml allows them in tests)"
cargo clippy --locked --all-targets -- -D warnings \
  -D clippy::unwrap_used -D clippy::dbg_macro -D clippy::todo -D clippy::unimplemented

say "documentation"
RUSTDOCFLAGS='-D warnings' cargo doc --locked --no-deps --lib

say "words, summaries, a text for each field and value"
python3 .ci/words.py "$document"

say "licences and sources of dependencies, and none that is not used"
python3 .ci/dependencies.py

say "migrations of a release are as they were released"
python3 .ci/migrations.py

say "no modules that import each other in a circle, and no import against the order of src/lib.rs"
python3 .ci/circles.py

say "no file of more than 400 lines"
long=$(find src tests -name '*.rs' -exec awk 'END { if (NR > 400) print FILENAME ": " NR " lines" }' {} \;)
[[ -z $long ]] || fail "split $long"
