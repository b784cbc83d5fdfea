// Writes the named code blocks of a document to files, as a reader would save them.
//   node extract.mjs DOCUMENT LANGUAGE FOLDER
// A block that begins with "```ts client.ts" becomes FOLDER/client.ts. Blocks without a name are left out.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [document, language, folder] = process.argv.slice(2);
if (!folder) throw new Error('usage: extract.mjs DOCUMENT LANGUAGE FOLDER');
const blocks = [...readFileSync(document, 'utf8').matchAll(/^```(\S*)(.*)\n([^]*?)^```$/gm)];
for (const [, kind, rest, code] of blocks) {
  const name = rest.trim();
  if (kind !== language || !name) continue;
  if (!/^[\w-]+\.[a-z]+$/.test(name)) throw new Error(`${document}: ${name} is not the name of a file`);
  writeFileSync(join(folder, name), code);
}
