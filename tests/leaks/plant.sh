#!/usr/bin/env bash
# Copies the sources into FOLDER and plants the leaks in the copy, for the check of the proofs of confidentiality.
#   tests/leaks/plant.sh FOLDER
# After the code around a leak has changed and the patch no longer applies: plant with --reject, mend FOLDER by hand, and
#   tests/leaks/save.sh FOLDER
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
folder=$1
shift

rm -rf "${folder:?}"
mkdir -p "$folder"
cd "$root"
# What is in the checkout, committed or not; a file that was deleted there is missing here, too.
git ls-files -z --cached --others --exclude-standard | tar --create --null --files-from=- --ignore-failed-read 2>/dev/null |
  tar --extract --directory="$folder"

# A repository of its own: `git apply` inside another one looks for the paths there, and save.sh wants the difference.
cd "$folder"
git init --quiet
git add --all
git apply --whitespace=nowarn "$@" "$root/tests/leaks/planted.patch"
cp -r "$root/tests/leaks/overlay/." .

# Another version, so that cargo never takes the build of the copy for that of the checkout when both share a target folder.
sed -i '0,/^version = "\(.*\)"/s//version = "\1-planted"/' Cargo.toml
sed -i '/^name = "mentorship"$/{n;s/"$/-planted"/}' Cargo.lock
