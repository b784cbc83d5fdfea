// What a newcomer does first, in a real browser: open /docs, press Authorize, paste a token, try one GET.
// Usage: node main.mjs TOKENS.json FOLDER   (FOLDER: the browser's profile, and a picture when something fails)
// Any request to another host fails the test: the page must work, and keep its secrets, on a closed network.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const OPERATION = 'list_people';
const TAG = 'people';

const [tokensFile, folder] = process.argv.slice(2);
const demo = JSON.parse(readFileSync(tokensFile, 'utf8'));
const complaints = [];

const browser = await chromium.launchPersistentContext(join(folder, 'profile'), {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  headless: true,
  viewport: { width: 1280, height: 1600 },
  // As root there is no sandbox; the rest keeps the browser's own errands off the network.
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});

/** Notes what the page asks of whom, and what goes wrong in it. */
function watch(page) {
  const home = new URL(demo.address).host;
  page.on('request', (request) => {
    const url = new URL(request.url());
    const isLocal = ['data:', 'blob:', 'about:'].includes(url.protocol) || url.host === home;
    if (!isLocal) complaints.push(`request to another host: ${url.host}`);
  });
  page.on('pageerror', (error) => complaints.push(`error in the page: ${error.message}`));
  page.on('console', (message) => {
    // The refused call below is meant to be refused; the browser reports it as an error all the same.
    const isExpected = message.text().includes('status of 401');
    if (message.type() === 'error' && !isExpected) complaints.push(`console: ${message.text()}`);
  });
}

/** Presses Execute and returns the status that the page then shows. */
async function execute(operation) {
  await operation.locator('button.execute').click();
  await operation.locator('.loading-container').waitFor({ state: 'detached' });
  const status = operation.locator('.live-responses-table .response-col_status').last();
  return (await status.innerText()).trim().slice(0, 3);
}

function expect(actual, wanted, what) {
  if (actual !== wanted) throw new Error(`${what}: expected ${wanted}, got ${actual}`);
  console.log(`  ok ${what}: ${actual}`);
}

const page = await browser.newPage();
watch(page);
try {
  await page.goto(`${demo.address}/docs`, { waitUntil: 'networkidle' });
  const operation = page.locator(`#operations-${TAG}-${OPERATION}`);
  await page.locator(`#operations-tag-${TAG}`).waitFor();
  // Whether tags are folded and Try it out is on already is a matter of taste that may change.
  if (!(await operation.isVisible())) await page.locator(`#operations-tag-${TAG}`).click();
  await operation.locator('.opblock-summary-control').click();
  await operation.locator('button.try-out__btn, button.execute').first().waitFor();
  if (!(await operation.locator('button.execute').isVisible())) await operation.locator('button.try-out__btn').click();
  expect(await execute(operation), '401', 'without a token');

  await page.locator('.auth-wrapper button.authorize').click();
  await page.locator('.modal-ux .auth-container input').first().fill(demo.tokens.admin);
  await page.locator('.modal-ux button.modal-btn.auth.authorize').click();
  await page.locator('.modal-ux button.btn-done').click();
  await operation.locator('button.btn-clear').click();
  expect(await execute(operation), '200', 'with the token');
  if (complaints.length) throw new Error(complaints.join('\n'));
} catch (error) {
  await page.screenshot({ path: join(folder, 'failed.png') });
  console.error([...new Set(complaints)].join('\n'));
  throw error;
} finally {
  await browser.close();
}
