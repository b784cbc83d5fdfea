#!/usr/bin/env bash
# Takes the leaks as they stand in FOLDER (see plant.sh) back into tests/leaks.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$1"
git diff --unified=2 --no-color --no-ext-diff -- src tests/api >"$root/tests/leaks/planted.patch"
(cd "$root/tests/leaks/overlay" && find . -type f -print0) | while IFS= read -r -d '' file; do
  cp "$file" "$root/tests/leaks/overlay/$file"
done
