#!/usr/bin/env bash
# a Python client, generated from the document, type-checked and run
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

folder=$(fresh_folder python-client)
# A warning is an operation or a response that the generator left out.
openapi-python-client generate --path "$document" --config tests/foreign/python/generator.yaml \
  --output-path "$folder/generated" --overwrite --fail-on-warning
cp tests/foreign/python/main.py "$folder/"

export PYTHONPATH=$folder/generated
say "every module imports"
python - <<'PYTHON'
import importlib, pkgutil, mentorship_client
names = [module.name for module in pkgutil.walk_packages(mentorship_client.__path__, "mentorship_client.")]
for name in names:
    importlib.import_module(name)
print(len(names), "modules")
PYTHON
MYPYPATH=$PYTHONPATH mypy --cache-dir "$work/mypy" "$folder/main.py" "$folder/generated/mentorship_client"

start_demo python
python "$folder/main.py" "$demo_tokens"
stop_demo
