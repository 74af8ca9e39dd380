/**
 * Looks at the built site: every link and anchor leads somewhere; and in Chromium, on the width of a phone and of a desktop, light and
 * dark, no page is wider than the screen, prints an error, or has a finding of axe.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { chromium } from 'playwright-core';

const DIST = join(import.meta.dirname, '../site/dist');
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const CHROMIUM = '/usr/bin/chromium';

const PAGES = [
  '/',
  '/docs/',
  '/docs/getting-started',
  '/docs/queues',
  '/docs/scopes',
  '/docs/options',
  '/docs/promises',
  '/docs/errors/',
  '/docs/errors/CAR2004',
  '/docs/reports/performance',
  '/reference/',
  '/examples/webhooks/',
];
const SCREENS = { phone: { width: 375, height: 740 }, desktop: { width: 1280, height: 800 } };
const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.txt': 'text/plain',
};

const findings = [...brokenLinks()];
if (existsSync(CHROMIUM)) findings.push(...(await lookAtPages()));
else console.log(`Not looked at in a browser: there is none at ${CHROMIUM}.`);
for (const finding of findings) console.error(finding);
console.log(findings.length === 0 ? 'The site has no finding.' : `${findings.length} findings`);
process.exitCode = findings.length === 0 ? 0 : 1;

/** Links within the site whose page or anchor is missing. */
function* brokenLinks() {
  const files = readdirSync(DIST, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.html'),
  );
  const texts = new Map(files.map((file) => [`/${file}`, readFileSync(join(DIST, file), 'utf8')]));
  const anchors = new Map(
    [...texts].map(([page, text]) => [
      page,
      new Set([...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)),
    ]),
  );
  for (const [page, text] of texts) {
    for (const [, href] of text.matchAll(/<a [^>]*href="([^"]+)"/g)) {
      if (/^[a-z]+:/.test(href)) continue;
      const url = new URL(href, `http://site${page}`);
      const file = fileOf(url.pathname);
      if (!texts.has(file) && !existsSync(join(DIST, file)))
        yield `${page} links to ${href}, which does not exist`;
      else if (
        url.hash !== '' &&
        anchors.get(file)?.has(decodeURIComponent(url.hash.slice(1))) === false
      )
        yield `${page} links to ${href}, an anchor that does not exist`;
    }
  }
}

function fileOf(path) {
  if (path.endsWith('/')) return `${path}index.html`;
  return extname(path) === '' || !existsSync(join(DIST, path)) ? `${path}.html` : path;
}

async function lookAtPages() {
  const server = createServer((request, response) => {
    const file = join(DIST, fileOf(new URL(request.url, 'http://site').pathname));
    if (!existsSync(file)) return response.writeHead(404).end();
    response
      .writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' })
      .end(readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  try {
    const address = `http://127.0.0.1:${server.address().port}`;
    const found = [];
    for (const [screen, viewport] of Object.entries(SCREENS))
      for (const colorScheme of ['light', 'dark'])
        found.push(...(await lookWith(browser, address, { screen, viewport, colorScheme })));
    return [...found, ...(await search(browser, address))];
  } finally {
    await browser.close();
    server.close();
  }
}

async function lookWith(browser, address, { screen, viewport, colorScheme }) {
  const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
  const page = await context.newPage();
  const found = [];
  let at = '';
  const note = (text) => found.push(`${at} (${screen}, ${colorScheme}): ${text}`);
  page.on('pageerror', (error) => note(error.message));
  page.on('console', (message) => message.type() === 'error' && note(message.text()));
  for (at of PAGES) {
    await page.goto(address + at, { waitUntil: 'networkidle' });
    const excess = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    if (excess > 0) note(`${excess} pixels wider than the screen`);
    await page.addScriptTag({ path: AXE });
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    for (const { id, nodes } of violations)
      note(
        `axe: ${id} at ${nodes
          .map(({ target }) => target)
          .join(', ')
          .slice(0, 300)}`,
      );
  }
  await context.close();
  return found;
}

/** A reader who types a word finds the page. */
async function search(browser, address) {
  const page = await browser.newPage({ viewport: SCREENS.desktop });
  await page.goto(address, { waitUntil: 'networkidle' });
  await page.keyboard.press('Control+k');
  await page.locator('#localsearch-input').fill('dead letters');
  const first = await page
    .locator('.result .title')
    .first()
    .textContent({ timeout: 20_000 })
    .catch(() => undefined);
  await page.close();
  return first === undefined ? ['The search finds nothing for "dead letters".'] : [];
}
