#!/usr/bin/env bash
# cargo test, on SQLite and on PostgreSQL
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# Without this a machine that has no PostgreSQL would quietly test half of the store.
export MENTORSHIP_TEST_POSTGRES=required
# Nor of what others' code makes of tokens, mails and webhooks.
export MENTORSHIP_TEST_FOREIGN=required
# Tests also wait: for commits, for other processes, for PostgreSQL. Two on two cores would leave the cores idle.
export RUST_TEST_THREADS=${RUST_TEST_THREADS:-4}
cargo test --locked
