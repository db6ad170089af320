// Paper on the clerk's desk: what was found is seen, corrected with mouse and keyboard, released, and nothing of it stays.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { enrol, signIn } from './support/people.mjs';
import { letter } from './support/small_pdf.mjs';
import { useWorld } from './support/world.mjs';

let kim, ines;
const world = useWorld(async (world) => {
  kim = await enrol(world, 'kim', { roles: ['support'] });
  ines = await enrol(world, 'ines', { roles: ['auditor'] });
});

async function lay(page, file) {
  await page.goto('/console/paper');
  await page.setInputFiles('input[type=file]', file);
  await page.waitForSelector('.paper image');
}
const download = async (page, name) => {
  const [begun] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).click()]);
  return readFileSync(await begun.path());
};
const finds = (page) => page.locator('.paper-find');

test('finds are seen on the page, lifted and restored, and the result no longer holds them', async () => {
  const page = await signIn(world, kim);
  await lay(page, letter);
  assert.equal(await finds(page).count(), 2);
  await finds(page).first().click();
  const first = page.locator('.paper-finds input').first();
  assert.equal(await first.isChecked(), false);
  await first.focus();
  await page.waitForSelector('.paper-find.pointed');
  await page.keyboard.press('Space');
  assert.equal(await first.isChecked(), true, 'the keyboard restores what the mouse lifted');
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: /^Release/ }).click();
  await page.getByRole('button', { name: 'Download the result' }).waitFor();
  const result = await download(page, 'Download the result');
  assert.equal(result.subarray(0, 5).toString(), '%PDF-');
  const report = JSON.parse((await download(page, 'Download the report')).toString());
  assert.equal(report.pages[0].finds.filter(({ lifted }) => lifted).length, 1);
  assert.ok(!('document' in report));
  await page.getByRole('button', { name: 'Show the result' }).click();
  await page.waitForSelector('.paper image');
  await lay(page, { ...letter, buffer: result });
  assert.equal(await finds(page).count(), 1, 'what was lifted is still there, the other is gone');
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('boxes are drawn with the mouse, added and moved with the keyboard, and taken out', async () => {
  const page = await signIn(world, kim);
  await lay(page, letter);
  const area = await page.locator('.paper').boundingBox();
  const at = (x, y) => [area.x + (x / 300) * area.width, area.y + (y / 200) * area.height];
  await page.mouse.move(...at(15, 70));
  await page.mouse.down();
  await page.mouse.move(...at(160, 90), { steps: 4 });
  await page.mouse.up();
  assert.equal(await page.locator('.paper-drawn').count(), 1);
  await page.getByRole('button', { name: 'Add a box' }).click();
  await page.waitForFunction(() => document.activeElement?.classList.contains('paper-drawn'));
  const leftOf = () => page.locator('.paper-drawn rect').last().getAttribute('x').then(Number);
  const before = await leftOf();
  await page.keyboard.press('ArrowLeft');
  assert.ok(await leftOf() < before);
  await page.keyboard.press('Delete');
  assert.equal(await page.locator('.paper-drawn').count(), 1);
  await page.getByRole('button', { name: /^Release/ }).click();
  await page.getByRole('button', { name: 'Download the report' }).waitFor();
  const report = JSON.parse((await download(page, 'Download the report')).toString());
  assert.equal(report.pages[0].finds.filter(({ rule }) => rule === 'manual').length, 1);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('nothing of a file stays: not in the browser, not in the log', async () => {
  const page = await signIn(world, kim);
  await lay(page, letter);
  const kept = () => page.evaluate(async () => {
    const names = await Promise.all((await indexedDB.databases()).map(({ name }) => name));
    return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, names, location.href, document.title]);
  });
  assert.ok(!(await kept()).includes('letter'), await kept());
  await page.evaluate(() => localStorage.setItem('planted', 'letter'));
  assert.ok((await kept()).includes('letter'), 'the control: it would be seen');
  await page.evaluate(() => localStorage.removeItem('planted'));
  await page.getByRole('button', { name: 'Take letter.pdf off the desk' }).click();
  assert.equal(await page.locator('.paper').count(), 0);
  await page.waitForTimeout(1500); // entries are merged into the log within a second
  const { json } = await world.server.api('auditor', 'GET', '/v1/audit/entries?log=office&action=paper.look&limit=1');
  const entry = JSON.stringify(json.entries[0]);
  assert.match(entry, /pdf, /);
  assert.ok(!/letter|ada@|herons/.test(entry), entry);
  await page.context().close();
});

test('what is no paper is refused in plain words, and who may not has no such page', async () => {
  const page = await signIn(world, kim);
  await page.goto('/console/paper');
  await page.setInputFiles('input[type=file]', { name: 'a.pdf', mimeType: 'application/pdf', buffer: Buffer.from('no paper') });
  await page.getByRole('alert').waitFor();
  assert.match(await page.getByRole('alert').innerText(), /unsupported-media-type/);
  await page.context().close();
  const auditor = await signIn(world, ines);
  assert.equal(await auditor.getByRole('link', { name: 'Black out paper' }).count(), 0);
  await auditor.context().close();
});
