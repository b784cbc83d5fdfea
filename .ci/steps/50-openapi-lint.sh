#!/usr/bin/env bash
# the OpenAPI document under three public rulesets
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

say "Spectral, spectral:oas: no error, no warning"
spectral lint --ruleset .spectral.yaml --fail-severity warn "$document"

say "Redocly, recommended: no error, no warning"
redocly lint --config redocly.yaml "$document"

say "Spectral, OWASP API Security 2023: no error"
# Spectral looks for rulesets from npm upward from the file that names them.
cp .ci/owasp.spectral.yaml "$node_home/"
spectral lint --ruleset "$node_home/owasp.spectral.yaml" --fail-severity error "$document"

say "no breaking change since the last release"
python3 .ci/breaking.py --self-test "$document"
# From the first release on, openapi/released.json is the document of the last one. It is replaced at each release.
if [[ -f openapi/released.json ]]; then
  python3 .ci/breaking.py openapi/released.json "$document"
else
  say "nothing is released yet"
fi
