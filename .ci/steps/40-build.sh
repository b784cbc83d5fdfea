#!/usr/bin/env bash
# build the binary that the next steps talk to
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

cargo build --locked --release
ls -l "$binary"
