// Staff: invited, vetted by somebody else, given roles, suspended; what is refused says why.
import assert from 'node:assert/strict';
import test from 'node:test';
import { asKey } from './support/as_key.mjs';
import { useWorld } from './support/world.mjs';

const world = useWorld();

async function staffPage() {
  const page = await world.page();
  await asKey(page, world.server, 'administrator');
  await page.goto('/console/staff');
  await page.getByRole('heading', { name: 'Staff' }).waitFor();
  return page;
}

const memberCalled = async (name) => {
  const { json } = await world.server.api('administrator', 'GET', '/v1/staff');
  return json.staff.find((member) => member.name === name);
};

test('somebody is invited, and the code is shown once', async () => {
  const page = await staffPage();
  await page.getByRole('button', { name: 'Invite' }).click();
  const dialog = page.getByRole('dialog', { name: 'Invite' });
  await dialog.getByLabel('Full name').fill('Agneta Sandström');
  await dialog.getByLabel('User name').fill('agneta');
  await dialog.getByLabel('E-mail').fill('agneta@example.com');
  await dialog.getByLabel('support', { exact: true }).check();
  await dialog.getByLabel('May give as a reason').fill('customer-service');
  await dialog.getByRole('button', { name: 'Invite' }).click();
  const shown = page.getByRole('dialog', { name: 'Invitation code' });
  const code = await shown.locator('.mono').innerText();
  assert.ok(code.length >= 16, code);
  await shown.getByRole('button', { name: 'Close' }).last().click();
  assert.ok(!(await page.content()).includes(code), 'gone with its dialog');
  const row = page.getByRole('row', { name: /Agneta Sandström/ });
  assert.match(await row.innerText(), /Invited/);
  const member = await memberCalled('agneta');
  assert.deepEqual(member.roles.map(({ role }) => role), ['support']);
  assert.deepEqual(member.purposes, ['customer-service']);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('whoever invited somebody does not vet them, and is told so', async () => {
  const page = await staffPage();
  await page.getByRole('button', { name: 'Open Agneta Sandström' }).click();
  await page.getByRole('button', { name: 'Vet' }).click();
  const dialog = page.getByRole('dialog', { name: 'Vet Agneta Sandström' });
  await dialog.getByLabel('Where the papers are').fill('HR-2026/114');
  await dialog.getByRole('button', { name: 'Vet' }).click();
  await dialog.getByText('Not in your own case').waitFor();
  await dialog.getByText('Somebody else has to do this.').waitFor();
  await page.keyboard.press('Escape');
  assert.equal((await memberCalled('agneta')).state, 'invited');
  assert.ok(!page.url().includes((await memberCalled('agneta')).id), 'the address names nobody');
  assert.equal(await page.title(), 'Staff · Strongroom', 'nor does the title');
  await page.context().close();
});

test('a name that is taken is explained where it was typed', async () => {
  const page = await staffPage();
  await page.getByRole('button', { name: 'Invite' }).click();
  const dialog = page.getByRole('dialog', { name: 'Invite' });
  await dialog.getByLabel('Full name').fill('Another');
  await dialog.getByLabel('User name').fill('AGNETA');
  await dialog.getByLabel('E-mail').fill('another@example.com');
  await dialog.getByLabel('auditor', { exact: true }).check();
  await dialog.getByRole('button', { name: 'Invite' }).click();
  await dialog.getByText('The user name is taken').waitFor();
  await page.context().close();
});

test('roles are changed, with an end', async () => {
  const page = await staffPage();
  await page.getByRole('button', { name: 'Open Agneta Sandström' }).click();
  await page.getByRole('button', { name: 'Change' }).click();
  const dialog = page.getByRole('dialog', { name: 'Roles of Agneta Sandström' });
  await dialog.getByLabel('privacy-officer', { exact: true }).check();
  await dialog.getByLabel('privacy-officer ends').fill('2031-01-31');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
  const member = await memberCalled('agneta');
  assert.deepEqual(member.roles.map(({ role, until }) => [role, until?.slice(0, 10)]), [['support', undefined], ['privacy-officer', '2031-01-31']]);
  await page.context().close();
});

test('what was signed is recorded', async () => {
  const page = await staffPage();
  await page.getByRole('button', { name: 'Open Agneta Sandström' }).click();
  await page.getByRole('button', { name: 'Record' }).click();
  const dialog = page.getByRole('dialog', { name: 'Record for Agneta Sandström' });
  await dialog.getByLabel('What').selectOption('agreement');
  await dialog.getByLabel('Version').fill('3');
  await dialog.getByRole('button', { name: 'Record' }).click();
  await page.getByRole('row', { name: /Confidentiality agreement/ }).waitFor();
  assert.deepEqual((await memberCalled('agneta')).marks.map(({ register, version }) => [register, version]), [['agreement', '3']]);
  await page.context().close();
});

test('whoever leaves is shown as gone', async () => {
  const page = await staffPage();
  await page.getByRole('button', { name: 'Open Agneta Sandström' }).click();
  await page.getByRole('button', { name: 'Leaves' }).click();
  const dialog = page.getByRole('dialog', { name: 'Agneta Sandström leaves' });
  await dialog.getByRole('button', { name: 'Leaves' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.locator('.badge', { hasText: 'Left' }).waitFor();
  assert.equal((await memberCalled('agneta')).state, 'left');
  await page.context().close();
});
