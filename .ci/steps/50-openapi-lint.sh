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
