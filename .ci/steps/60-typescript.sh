#!/usr/bin/env bash
# a TypeScript client, generated from the document, type-checked and run
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# Under node_home, for packages are looked for upward from the file that imports them.
folder=$(fresh_folder node/typescript)
cp tests/foreign/typescript/*.ts tests/foreign/typescript/tsconfig.json "$folder/"
printf '{"type": "module"}\n' >"$folder/package.json"
openapi-typescript "$document" --output "$folder/api.d.ts"
tsc --strict --project "$folder"

say "the examples of docs/your-own-front-end.md"
examples=$(fresh_folder node/front-end)
node tests/foreign/docs/extract.mjs docs/your-own-front-end.md ts "$examples"
cp tests/foreign/docs/front-end.ts tests/foreign/docs/tsconfig.json "$folder/package.json" "$folder/api.d.ts" "$examples/"
tsc --strict --project "$examples"

start_demo typescript
node "$examples/out/front-end.js" "$demo_tokens"
node "$folder/out/main.js" "$demo_tokens"
stop_demo
