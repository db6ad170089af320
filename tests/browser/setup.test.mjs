// A vault that nobody used: `strongroom init` names the first administrator, who enrols and signs in; with them the
// house fills: a colleague is invited, vetted by somebody else, and enrols.  All of it through the pages.
import assert from 'node:assert/strict';
import test from 'node:test';
import { enrolWithApp, enrolWithPasskey, signInWithApp, signInWithPasskey, signedIn } from './support/forms.mjs';
import { startFreshServer } from './support/server.mjs';
import { useWorld } from './support/world.mjs';

const world = useWorld(undefined, () => startFreshServer('anna'));
const anna = { name: 'anna' };
const bo = { name: 'bo' };

test('the code that init printed makes the first administrator', async () => {
  anna.code = /enrolment code of anna .*: (\S+)$/m.exec(world.server.said)?.[1];
  assert.ok(anna.code, `no code in: ${world.server.said}`);
  anna.page = await world.page();
  Object.assign(anna, await enrolWithApp(anna.page, anna.code));
  await signInWithApp(anna.page, anna);
  await signedIn(anna.page);
  assert.match(await anna.page.locator('.me').innerText(), /administrator/);
  assert.deepEqual(anna.page.faults, []);
});

test('the code works once', async () => {
  const page = await world.page();
  await page.goto('/console/');
  await page.getByRole('button', { name: 'I have an invitation' }).click();
  await page.getByLabel('Invitation code').fill(anna.code);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('alert').waitFor();
  assert.equal(await page.getByLabel('Password', { exact: true }).count(), 0);
  await page.context().close();
});

test('an administrator sees how the house stands, and no customers', async () => {
  const { page } = anna;
  for (const name of ['Staff', 'Registers', 'Access review', 'Policy', 'Score', 'Health']) await page.getByRole('link', { name, exact: true }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'Find a customer' }).count(), 0);
  await page.getByRole('link', { name: 'Score', exact: true }).click();
  await page.locator('.score-figure').waitFor();
});

test('a second administrator is invited, vetted by somebody else, and enrols with a passkey', async () => {
  const { page } = anna;
  await page.getByRole('link', { name: 'Staff', exact: true }).click();
  await page.getByRole('button', { name: 'Invite' }).click();
  const dialog = page.getByRole('dialog', { name: 'Invite' });
  await dialog.getByLabel('Full name').fill('Bo Bergström');
  await dialog.getByLabel('User name').fill('bo');
  await dialog.getByLabel('E-mail').fill('bo@example.com');
  await dialog.getByLabel('administrator', { exact: true }).check();
  await dialog.getByRole('button', { name: 'Invite' }).click();
  const shown = page.getByRole('dialog', { name: 'Invitation code' });
  bo.code = await shown.locator('.mono').innerText();
  await page.keyboard.press('Escape');

  // Nobody has vetted Bo: the code opens nothing, and Anna cannot.
  bo.page = await world.page();
  await bo.page.goto('/console/');
  await bo.page.getByRole('button', { name: 'I have an invitation' }).click();
  await bo.page.getByLabel('Invitation code').fill(bo.code);
  await bo.page.getByRole('button', { name: 'Continue' }).click();
  await bo.page.getByRole('alert').waitFor();
  await page.getByRole('button', { name: 'Open Bo Bergström' }).click();
  await page.getByRole('button', { name: 'Vet', exact: true }).click();
  await page.getByLabel('Where the papers are').fill('HR-2');
  await page.getByRole('dialog').getByRole('button', { name: 'Vet' }).click();
  await page.getByText('Not in your own case').waitFor();
  await page.keyboard.press('Escape');

  // There is no second person yet: whoever holds the key that init printed is one.
  const { said, port } = world.server;
  const key = /srk_\S+/.exec(said)[0];
  const call = async (method, path, body) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' }, ...(body ? { body: JSON.stringify(body) } : {}) });
    assert.equal(answer.status, 200, path);
    return answer.json();
  };
  const { staff } = await call('GET', '/v1/staff');
  await call('POST', `/v1/staff/${staff.find(({ name }) => name === 'bo').id}/vet`, { reference: 'HR-2' });

  await enrolWithPasskey(bo.page, bo.code);
  await signInWithPasskey(bo.page);
  assert.match(await bo.page.locator('.me').innerText(), /Bo Bergström/);
  assert.deepEqual(bo.page.faults, []);
});
