// Every page, in both themes, wide and narrow, in three languages: nothing for axe to find, nothing wider than the
// screen, nothing that the page's own policy had to stop.  SHOTS=folder keeps a picture of each.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test, { before } from 'node:test';
import { asKey } from './support/as_key.mjs';
import { violations } from './support/browser.mjs';
import { useWorld } from './support/world.mjs';

const world = useWorld();

before(async () => {
  for (const [name, display_name, roles] of [['gunilla', 'Gunilla Håkansson-Strömberg', ['support', 'privacy-officer']], ['xiaoming', '王小明', ['auditor']]]) {
    const { status, text } = await world.server.api('administrator', 'POST', '/v1/staff', { name, display_name, email: `${name}@example.com`, roles: roles.map((role) => ({ role })), purposes: ['customer-service'] });
    assert.equal(status, 201, text);
  }
});
const shots = process.env.SHOTS;
if (shots) mkdirSync(shots, { recursive: true });

const looks = [
  { theme: 'light', width: 1280, locale: 'en-GB' },
  { theme: 'dark', width: 390, locale: 'sv-SE' },
  { theme: 'dark', width: 1280, locale: 'zh-CN' },
  { theme: 'light', width: 390, locale: 'zh-CN' },
];

async function inspect(page, name, { theme, width }) {
  await page.waitForTimeout(150); // transitions
  if (shots) await page.screenshot({ path: join(shots, `${name}-${theme}-${width}.png`) });
  assert.deepEqual(await violations(page), [], name);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is wider than ${width} px`);
  assert.deepEqual(page.faults, [], name);
}

const search = async (page) => {
  await page.fill('.search input', 'Andersson');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.hit');
};
const record = async (page) => {
  await search(page);
  await page.click('.hit');
  await page.waitForSelector('tr[data-field]');
};

// Who looks at what, and how one gets there.
const views = [
  ['sign-in', undefined, '', (page) => page.waitForSelector('form')],
  ['invitation', undefined, '', async (page) => { await page.click('.gate-card > .button.quiet'); await page.waitForSelector('input.code'); }],
  ['find', 'support', '', (page) => page.waitForSelector('.tips')],
  ['hits', 'support', '', search],
  ['record', 'support', '', record],
  ['show', 'support', '', async (page) => { await record(page); await page.click('tr[data-field=email] button'); await page.waitForSelector('dialog[open] .choice'); }],
  ['shown', 'support', '', async (page) => {
    await record(page);
    await page.click('tr[data-field=email] button');
    await page.click('dialog button[type=submit]');
    await page.waitForSelector('tr.open');
  }],
  ['compare', 'support', '', async (page) => {
    await record(page);
    await page.click('tr[data-field=email] button >> nth=1');
    await page.fill('dialog input', 'somebody@example.org');
    await page.click('dialog button[type=submit]');
    await page.waitForSelector('.verdict');
  }],
  ['refusal', 'support', '', async (page) => { await page.fill('.search input', '7KQM-4XWN-2RTB-9D'); await page.keyboard.press('Enter'); await page.waitForSelector('.note'); }],
  ['catalogue', 'privacy-officer', 'catalogue', (page) => page.waitForSelector('tbody tr')],
  ['points', 'privacy-officer', 'catalogue', async (page) => { await page.click('#tab-points'); await page.waitForSelector('tbody tr'); }],
  ['field', 'privacy-officer', 'catalogue', async (page) => { await page.click('.page-head .button'); await page.waitForSelector('dialog[open]'); }],
  ['policy', 'auditor', 'policy', (page) => page.waitForSelector('tbody tr')],
  ['tester', 'auditor', 'policy', async (page) => { await page.click('#tab-test'); await page.click('form button[type=submit]'); await page.waitForSelector('.verdict-card'); }],
  ['source', 'auditor', 'policy', async (page) => { await page.click('#tab-source'); await page.waitForSelector('.source'); }],
  ['log', 'auditor', 'log', (page) => page.waitForSelector('tbody tr')],
  ['entry', 'auditor', 'log', async (page) => { await page.click('td.actions button >> nth=0'); await page.waitForSelector('dialog[open]'); }],
  ['verify', 'auditor', 'log', async (page) => { await page.click('.page-head .button'); await page.waitForSelector('dialog .checkpoint'); }],
  ['staff', 'administrator', 'staff', (page) => page.waitForSelector('tbody tr')],
  ['person', 'administrator', 'staff', async (page) => { await page.click('td.actions button >> nth=0'); await page.waitForSelector('.facts'); }],
  ['invite', 'administrator', 'staff', async (page) => { await page.click('.page-head .button'); await page.waitForSelector('dialog[open] .choice'); }],
  ['health', 'operator', 'health', (page) => page.waitForSelector('.note')],
  ['nowhere', 'support', 'no-such-page', (page) => page.waitForSelector('.empty')],
];

for (const look of looks) {
  test(`every page is whole: ${look.theme}, ${look.width} px, ${look.locale}`, { timeout: 240_000 }, async () => {
    let seen = 0;
    for (const [name, role, path, arrive] of views) {
      const page = await world.page({ ...look, height: look.width === 390 ? 844 : 800 });
      if (role) await asKey(page, world.server, role, { language: look.locale.slice(0, 2) });
      await page.goto(`/console/${path}`);
      await arrive(page);
      await inspect(page, name, look);
      assert.equal(await page.getAttribute('html', 'lang'), look.locale.slice(0, 2));
      await page.context().close();
      ++seen;
    }
    console.log(`# ${seen} pages`);
  });
}

test('what axe and the width would find is found', async () => {
  const page = await world.page();
  await page.goto('/console/');
  await page.waitForSelector('form');
  await page.evaluate(() => {
    document.querySelector('label').remove();
    document.querySelector('h1').style.color = '#eee';
    document.body.style.minWidth = '3000px';
  });
  const found = (await violations(page)).map(({ id }) => id);
  assert.ok(found.includes('label'), String(found));
  assert.ok(found.includes('color-contrast'), String(found));
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth));
  await page.context().close();
});

test('the menu of a narrow screen opens, closes with Escape, and takes the focus of nobody', async () => {
  const page = await world.page({ width: 390, height: 844 });
  await asKey(page, world.server, 'support');
  await page.goto('/console/');
  const menu = page.getByRole('button', { name: 'Menu' });
  assert.equal(await page.getByRole('link', { name: 'Catalogue' }).count(), 0, 'closed, it cannot be reached');
  await menu.click();
  await page.getByRole('link', { name: 'Catalogue' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'Catalogue' }).waitFor({ state: 'hidden' });
  await page.context().close();
});
