// Debian's Chromium, driven over its own protocol; nothing is downloaded, and the browser asks nobody on the network.
import dns from 'node:dns';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const here = dirname(fileURLToPath(import.meta.url));
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const executablePath = process.env.STRONGROOM_CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);

// A browser knows localhost by itself (RFC 6761, 6.3).  What Playwright fetches on a page's behalf goes by Node.js, which
// asks the machine, and a bare one has no hosts file.
const { lookup } = dns.promises;
dns.promises.lookup = (name, options) => lookup(name === 'localhost' ? '127.0.0.1' : name, options);

export async function startBrowser(...args) {
  if (!executablePath) throw new Error('no chromium: ./dev test installs it (apt-get install chromium)');
  return chromium.launch({
    executablePath,
    env: { ...process.env, FONTCONFIG_FILE: join(here, 'fonts.conf') },
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage', ...args],
  });
}

// A page of a browser that nobody used before.  Everything that went wrong in it is kept: `page.faults`.
export async function newPage(browser, url, { width = 1280, height = 800, theme = 'light', locale = 'en-GB', headers } = {}) {
  const context = await browser.newContext({
    baseURL: url, viewport: { width, height }, colorScheme: theme, locale, timezoneId: 'Europe/Stockholm', extraHTTPHeaders: headers, ignoreHTTPSErrors: true,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.faults = [];
  page.requests = [];
  page.on('pageerror', (error) => page.faults.push(`page error: ${error.message}`));
  page.on('console', (message) => {
    // Refused requests are part of many tests; what the content policy refuses never is.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) page.faults.push(message.text());
  });
  page.on('request', (request) => page.requests.push(request.url()));
  return page;
}

// What axe finds of WCAG 2.2 A and AA: [{id, nodes}].  It runs in a world of its own, so the page's policy stays as it is.
export async function violations(page) {
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send('Page.getFrameTree');
  const { executionContextId } = await session.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id, worldName: 'axe' });
  const evaluate = async (expression) => {
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', { expression, contextId: executionContextId, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  await evaluate(`${axeSource}; true`);
  const options = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'], resultTypes: ['violations'] };
  const report = await evaluate(`axe.run(document, ${JSON.stringify(options)}).then((found) => JSON.stringify(found.violations))`);
  await session.detach();
  return JSON.parse(report).map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map(({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary}`) }));
}
