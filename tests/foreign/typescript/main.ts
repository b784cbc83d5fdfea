// The main job of the service, done by a program that knows nothing but the OpenAPI document.
// Usage: node main.js TOKENS.json   (written by `mentorship demo --tokens-json`)
import { as, claim, good, readDemo, refused, step } from './walk.js';

const [file] = process.argv.slice(2);
if (!file) throw new Error('usage: main.js TOKENS.json');
const demo = readDemo(file);

await step('a stranger is refused', async () => {
  refused(401, await as(demo).GET('/v1/people'));
});

await step('an admin lists the people', async () => {
  const page = good(await as(demo, 'admin').GET('/v1/people', { params: { query: { limit: 10 } } }));
  claim(page.items.length > 0, 'the demo organisation has people');
});
