#!/usr/bin/env bash
# Swagger UI in a headless browser, on a closed network
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

folder=$(fresh_folder node/swagger-ui)
cp tests/foreign/swagger_ui/main.mjs "$folder/"
start_demo swagger-ui
node "$folder/main.mjs" "$demo_tokens" "$folder"
stop_demo
