#!/usr/bin/env bash
# leaks planted one at a time in a copy of the sources, each to be found by the proofs of confidentiality
#   MENTORSHIP_LEAK=Name bash .ci/run 35     only one of them (tests/leaks/overlay/src/leaks.rs)
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

say "the product has no trace of them"
! grep -rnE 'is_planted|leaks::' src || fail "take the planted leaks out of src"

say "the proofs find each"
copy=$work/leaks
tests/leaks/plant.sh "$copy"
# What others wrote is built already, in the same folder.
export CARGO_TARGET_DIR=$cargo_target RUST_BACKTRACE=0
cd "$copy"
cargo test --locked --test api -- confidentiality::leaks --nocapture
