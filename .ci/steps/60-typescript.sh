#!/usr/bin/env bash
# a TypeScript client, generated from the document, type-checked and run
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# Under node_home, for packages are looked for upward from the file that imports them.
folder=$(fresh_folder node/typescript)
cp tests/foreign/typescript/*.ts tests/foreign/typescript/tsconfig.json "$folder/"
printf '{"type": "module"}\n' >"$folder/package.json"
openapi-typescript "$document" --output "$folder/api.d.ts"
tsc --strict --project "$folder"

start_demo typescript
node "$folder/out/main.js" "$demo_tokens"
stop_demo
