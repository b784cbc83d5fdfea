#!/usr/bin/env bash
# Writes the dumps of a release: tests/upgrade/VERSION/{sqlite.sql,sqlite-keys.sql,sqlite.json,postgres.sql,postgres.json}
#
# Usage: tests/upgrade/dump.sh VERSION
#
# Part of making a release; run it on the commit that gets the tag, and commit what it writes. From then on
# tests/api/store/upgrade.rs starts each later version on these dumps. They hold invented people and keys for tests alone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

version=${1:-}
[[ $version ]] || fail "name the version: tests/upgrade/dump.sh VERSION"
grep -qxF "version = \"$version\"" Cargo.toml || fail "Cargo.toml has another version than $version"
folder=$PWD/tests/upgrade/$version
[[ ! -e $folder ]] || fail "$folder exists; a dump of a release stays as it is"

# Into a folder beside it first, so that a failed run leaves no half of a dump.
fresh=$(mktemp -d "$PWD/target/dump.XXXXXX")
trap 'rm -rf "$fresh"' EXIT
MENTORSHIP_TEST_POSTGRES=required MENTORSHIP_DUMP=$fresh \
  cargo test --locked --test api -- store::upgrade::a_dump_of_this_version_is_served_as_before
for file in sqlite.sql sqlite-keys.sql sqlite.json postgres.sql postgres.json; do
  [[ -s $fresh/$file ]] || fail "the tests wrote no $file"
done
chmod 755 "$fresh"
mv "$fresh" "$folder"
du -h "$folder"/*
