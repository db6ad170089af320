// Staff: invited by one administrator, vetted by another, given roles with a colleague's consent, suspended; what is
// refused says why.  Both administrators are people who signed in.
import assert from 'node:assert/strict';
import test from 'node:test';
import { enrolWithApp, signInWithApp, signedIn } from './support/forms.mjs';
import { enrol, signIn } from './support/people.mjs';
import { useWorld } from './support/world.mjs';

let anna, bo, page, other;
const world = useWorld(async (world) => {
  anna = await enrol(world, 'anna', { roles: ['administrator'] });
  bo = await enrol(world, 'bo', { roles: ['administrator'] });
  page = await signIn(world, anna, { path: 'staff' });
  other = await signIn(world, bo, { path: 'staff' });
});

async function openCard(of, name) {
  await of.getByRole('link', { name: 'Staff', exact: true }).click();
  await of.getByRole('heading', { name: 'Staff' }).waitFor();
  await of.getByRole('button', { name: `Open ${name}` }).click();
}

// Whoever asked waits in a dialog; a colleague agrees, and it goes on.
async function agreeTo(reason) {
  const dialog = page.getByRole('dialog', { name: 'Ask a colleague' });
  await dialog.getByLabel('Why do you need this?').fill(reason);
  await dialog.getByRole('button', { name: 'Ask', exact: true }).click();
  await other.getByRole('link', { name: 'Colleagues' }).click();
  await other.locator('article', { hasText: reason }).getByRole('button', { name: 'Agree' }).click();
  await other.getByRole('dialog', { name: 'Agree to this?' }).getByRole('button', { name: 'Agree' }).click();
  await dialog.waitFor({ state: 'detached' });
}

const agneta = {};

const memberCalled = async (name) => {
  const { json } = await world.server.api('administrator', 'GET', '/v1/staff');
  return json.staff.find((member) => member.name === name);
};

test('somebody is invited, and the code is shown once', async () => {
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
  agneta.code = code;
  await shown.getByRole('button', { name: 'Close' }).last().click();
  assert.ok(!(await page.content()).includes(code), 'gone with its dialog');
  const row = page.getByRole('row', { name: /Agneta Sandström/ });
  assert.match(await row.innerText(), /Invited/);
  const member = await memberCalled('agneta');
  assert.deepEqual(member.roles.map(({ role }) => role), ['support']);
  assert.deepEqual(member.purposes, ['customer-service']);
  assert.deepEqual(page.faults, []);
});

test('whoever invited somebody does not vet them, and is told so', async () => {
  await openCard(page, 'Agneta Sandström');
  await page.getByRole('button', { name: 'Vet', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Vet Agneta Sandström' });
  await dialog.getByLabel('Where the papers are').fill('HR-2026/114');
  await dialog.getByRole('button', { name: 'Vet' }).click();
  await dialog.getByText('Not in your own case').waitFor();
  await dialog.getByText('Somebody else has to do this.').waitFor();
  await page.keyboard.press('Escape');
  assert.equal((await memberCalled('agneta')).state, 'invited');
  assert.ok(!page.url().includes((await memberCalled('agneta')).id), 'the address names nobody');
  assert.equal(await page.title(), 'Staff · Strongroom', 'nor does the title');
});

test('a colleague vets them, and the invited person enrols and signs in', async () => {
  await openCard(other, 'Agneta Sandström');
  await other.getByRole('button', { name: 'Vet', exact: true }).click();
  const dialog = other.getByRole('dialog', { name: 'Vet Agneta Sandström' });
  await dialog.getByLabel('Where the papers are').fill('HR-2026/114');
  await dialog.getByRole('button', { name: 'Vet' }).click();
  await dialog.waitFor({ state: 'detached' });
  assert.equal((await memberCalled('agneta')).state, 'vetted');
  agneta.page = await world.page();
  Object.assign(agneta, await enrolWithApp(agneta.page, agneta.code), { name: 'agneta' });
  await signInWithApp(agneta.page, agneta);
  await signedIn(agneta.page);
  assert.equal((await memberCalled('agneta')).state, 'active');
  await agneta.page.getByText('Something of yours is overdue').waitFor();
  assert.deepEqual(agneta.page.faults, []);
});

test('what is to be signed is read and accepted by oneself; a training is not', async () => {
  const own = agneta.page;
  await own.getByRole('button', { name: 'See what' }).click();
  for (const what of ['Confidentiality agreement', 'Acceptable use']) {
    await own.locator('li', { hasText: what }).getByRole('button', { name: 'Read and accept' }).click();
    await own.getByRole('dialog', { name: what }).getByRole('button', { name: 'Read and accept' }).click();
    await own.locator('li', { hasText: what }).waitFor({ state: 'detached' });
  }
  await own.getByText('Ask your manager for the training.').waitFor();
  assert.deepEqual((await memberCalled('agneta')).marks.map(({ register }) => register).sort(), ['acceptable-use', 'agreement']);
});

test('a name that is taken is explained where it was typed', async () => {
  await page.getByRole('link', { name: 'Staff', exact: true }).click();
  await page.getByRole('button', { name: 'Invite' }).click();
  const dialog = page.getByRole('dialog', { name: 'Invite' });
  await dialog.getByLabel('Full name').fill('Another');
  await dialog.getByLabel('User name').fill('AGNETA');
  await dialog.getByLabel('E-mail').fill('another@example.com');
  await dialog.getByLabel('auditor', { exact: true }).check();
  await dialog.getByRole('button', { name: 'Invite' }).click();
  await dialog.getByText('The user name is taken').waitFor();
  await page.keyboard.press('Escape');
});

test('roles are changed, with an end, when a colleague agrees', async () => {
  await openCard(page, 'Agneta Sandström');
  await page.getByRole('button', { name: 'Change' }).click();
  const dialog = page.getByRole('dialog', { name: 'Roles of Agneta Sandström' });
  await dialog.getByLabel('privacy-officer', { exact: true }).check();
  await dialog.getByLabel('privacy-officer ends').fill('2031-01-31');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await agreeTo('she answers for erasures from now on');
  await dialog.waitFor({ state: 'detached' });
  const member = await memberCalled('agneta');
  assert.deepEqual(member.roles.map(({ role, until }) => [role, until?.slice(0, 10)]), [['support', undefined], ['privacy-officer', '2031-01-31']]);
});

test('a training is recorded by somebody else', async () => {
  await openCard(page, 'Agneta Sandström');
  await page.getByRole('button', { name: 'Record' }).click();
  const dialog = page.getByRole('dialog', { name: 'Record for Agneta Sandström' });
  await dialog.getByLabel('What').selectOption('training');
  await dialog.getByLabel('Version').fill('1');
  await dialog.getByRole('button', { name: 'Record' }).click();
  await page.getByRole('row', { name: /Training/ }).waitFor();
  assert.ok((await memberCalled('agneta')).marks.some(({ register, version }) => register === 'training' && version === '1'));
  await agneta.page.reload();
  await signedIn(agneta.page);
  assert.equal(await agneta.page.getByText('Something of yours is overdue').count(), 0);
});

test('whoever leaves is shown as gone', async () => {
  await agneta.page.locator('.nav-item').first().click();
  await agneta.page.locator('.search input').waitFor();
  await openCard(page, 'Agneta Sandström');
  await page.getByRole('button', { name: 'Leaves' }).click();
  const dialog = page.getByRole('dialog', { name: 'Agneta Sandström leaves' });
  await dialog.getByRole('button', { name: 'Leaves' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.locator('.badge', { hasText: 'Left' }).waitFor();
  assert.equal((await memberCalled('agneta')).state, 'left');
  await agneta.page.fill('.search input', 'Andersson');
  await agneta.page.keyboard.press('Enter');
  await agneta.page.getByText('You were signed out').waitFor();
});
