// Every page, in both themes, wide and narrow, in three languages: nothing for axe to find, nothing wider than the
// screen, nothing that the page's own policy had to stop, no text that is missing.  SHOTS=folder keeps a picture of each.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { enrolmentSteps, furnish, views } from './support/views.mjs';
import { violations } from './support/browser.mjs';
import { invite, signIn } from './support/people.mjs';
import { useWorld } from './support/world.mjs';

let people;
const world = useWorld(async (world) => { people = await furnish(world); });
const shots = process.env.SHOTS;
if (shots) mkdirSync(shots, { recursive: true });

// Axe sees each page in each theme; how it fits is seen in every language, wide and narrow.
const looks = [
  { theme: 'light', width: 1280, locale: 'en-GB', axe: true },
  { theme: 'dark', width: 390, locale: 'zh-CN', axe: true },
  { theme: 'dark', width: 1280, locale: 'sv-SE', axe: false },
];
const sizes = { 390: { width: 390, height: 844 }, 1280: { width: 1280, height: 800 } };
const fits = (page) => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);

async function inspect(page, name, { theme, width, locale, axe }) {
  await page.waitForTimeout(150); // transitions
  if (shots) await page.screenshot({ path: join(shots, `${name}-${theme}-${width}-${locale.slice(0, 2)}.png`) });
  if (axe) assert.deepEqual(await violations(page), [], name);
  for (const other of [width === 390 ? 1280 : 390, width]) {
    await page.setViewportSize(sizes[other]);
    assert.ok(await fits(page), `${name} is wider than ${other} px`);
  }
  assert.deepEqual(page.faults, [], name);
}

for (const look of looks) {
  test(`every page is whole: ${look.theme}, ${look.width} px, ${look.locale}`, { timeout: 240_000 }, async () => {
    const size = sizes[look.width];
    const language = look.locale.slice(0, 2);
    let seen = 0, page, who;
    for (const [name, person, arrive] of views) {
      if (!page || who !== person) {
        await page?.context().close();
        page = person ? await signIn(world, people[person], { ...look, ...size }) : await world.page({ ...look, ...size });
        who = person;
      }
      await arrive(page, people);
      await inspect(page, name, look);
      assert.equal(await page.getAttribute('html', 'lang'), language);
      ++seen;
    }
    await page.context().close();
    const invited = await invite(world.server, `new${looks.indexOf(look)}`, { roles: ['support'], language });
    const fresh = await world.page({ ...look, ...size });
    await enrolmentSteps(world, invited, fresh, async (name) => { await inspect(fresh, name, look); ++seen; });
    await fresh.context().close();
    console.log(`# ${seen} views`);
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
  assert.equal(await fits(page), false);
  await page.context().close();
});

test('a text that a language lacks is noticed', async () => {
  const page = await world.page({ locale: 'sv-SE' });
  await page.route('**/assets/sv-*.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: (await response.text()).replace('"sign-in.title"', '"sign-in.gone"') });
  });
  await page.goto('/console/');
  await page.waitForSelector('form');
  assert.match(page.faults.join(), /no text in sv: sign-in\.title/);
  await page.context().close();
});

test('the menu of a narrow screen opens, closes with Escape, and takes the focus of nobody', async () => {
  const page = await signIn(world, people.support, { width: 390, height: 844 });
  const menu = page.getByRole('button', { name: 'Menu' });
  assert.equal(await page.getByRole('link', { name: 'Catalogue' }).count(), 0, 'closed, it cannot be reached');
  await menu.click();
  await page.getByRole('link', { name: 'Catalogue' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'Catalogue' }).waitFor({ state: 'hidden' });
  await page.context().close();
});

// Of a dialog that was opened by its button: closed with Escape, the focus is on that button again, and is seen.
const dialogs = ['show', 'keys', 'agree', 'field', 'entry', 'verify', 'vet', 'invite', 'renew', 'network', 'limits'];
test('every dialog closes with Escape and gives the focus back, which is seen', { timeout: 120_000 }, async () => {
  let page, who;
  for (const [name, person, arrive] of views.filter(([view]) => dialogs.includes(view))) {
    if (who !== person) {
      await page?.context().close();
      page = await signIn(world, people[person]);
      who = person;
    }
    await arrive(page, people);
    assert.ok(await page.evaluate(() => document.querySelector('dialog[open]').contains(document.activeElement)), `${name}: the focus is inside`);
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
    if (name !== 'keys') assert.ok(await page.evaluate(() => document.activeElement.matches('button')), `${name}: the focus is back`);
    await page.keyboard.press('Tab');
    // Behind the last thing of a page comes the browser's own frame.
    if (await page.evaluate(() => document.activeElement === document.body)) await page.keyboard.press('Shift+Tab');
    const ring = await page.evaluate(() => { const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement); return `${outlineStyle} ${outlineWidth}`; });
    assert.match(ring, /^solid [2-9]/, `${name}: the focus is seen`);
  }
  await page.context().close();
});
