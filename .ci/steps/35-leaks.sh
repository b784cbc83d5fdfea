#!/usr/bin/env bash
# leaks planted one at a time, each to be found by the proofs of confidentiality
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

say "no build without debug assertions takes them"
without=profile.dev.package.mentorship.debug-assertions=false
if refusal=$(cargo check --locked --lib --features planted-leaks --config "$without" 2>&1); then
  fail "planted leaks compile without debug assertions"
fi
[[ $refusal == *"planted-leaks is for tests alone"* ]] || { tail -20 <<<"$refusal" >&2; fail "refused for another reason"; }

say "the proofs find each"
export RUST_BACKTRACE=0
cargo test --locked --features planted-leaks --test api -- confidentiality::leaks --nocapture
