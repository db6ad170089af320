// A colleague's approval: asked for in place, decided by somebody else who sees exactly what will run, and then done.
import assert from 'node:assert/strict';
import test, { before } from 'node:test';
import { asKey } from './support/as_key.mjs';
import { useWorld } from './support/world.mjs';

const world = useWorld();
const colleague = 'support-colleague';
let vip, id;

before(async () => {
  id = await world.server.idOf('support');
  await world.server.makeKey(colleague, ['support'], 'staff');
  const { json } = await world.server.api('auditor', 'GET', '/v1/catalogue');
  const point = json.collection_points.find(({ fields }) => fields.includes('email')).name;
  const values = { given_name: 'Signe', family_name: 'Protected', email: 'signe.protected@example.org' };
  const made = await world.server.api('application', 'POST', '/v1/customers', { collection_point: point, tier: 1, values });
  assert.equal(made.status, 201, made.text);
  vip = made.json.code;
});

async function askFor(page, reason) {
  await page.goto('/console/');
  await page.getByRole('textbox', { name: 'Customer code, e-mail, phone or name' }).fill(vip);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Show E-mail' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Show' }).click();
  const dialog = page.getByRole('dialog', { name: 'Ask a colleague' });
  await dialog.getByLabel('Why do you need this?').fill(reason);
  await dialog.getByRole('button', { name: 'Ask', exact: true }).click();
  await dialog.getByText('Waiting for a colleague').waitFor();
  return dialog;
}

async function colleaguePage() {
  const page = await world.page();
  await asKey(page, world.server, colleague);
  await page.goto('/console/colleagues');
  return page;
}

test('what a colleague agrees to goes on by itself', async () => {
  const page = await world.page();
  await asKey(page, world.server, 'support', { id });
  await askFor(page, 'the receipt went to the wrong address');
  const other = await colleaguePage();
  const question = other.locator('article', { hasText: 'the receipt went to the wrong address' });
  await question.getByText(`/v1/customers/${vip}/reveal`).waitFor();
  await question.getByRole('button', { name: 'Agree' }).click();
  await other.getByRole('dialog', { name: 'Agree to this?' }).getByRole('button', { name: 'Agree' }).click();
  await other.getByText('Nobody waits for you').waitFor();
  await page.getByText('signe.protected@example.org').waitFor();
  assert.deepEqual([...page.faults, ...other.faults], []);
  const { json } = await world.server.api('auditor', 'GET', '/v1/audit/entries?action=customer.reveal&limit=1');
  assert.match(json.entries[0].detail, /approval [0-9a-f]{16} by /, 'the log names both');
  await page.context().close();
  await other.context().close();
});

test('a refusal is told, and shows nothing', async () => {
  const page = await world.page();
  await asKey(page, world.server, 'support', { id });
  const dialog = await askFor(page, 'curious');
  const other = await colleaguePage();
  await other.locator('article', { hasText: 'curious' }).getByRole('button', { name: 'Refuse' }).click();
  await other.getByRole('dialog', { name: 'Refuse this?' }).getByRole('button', { name: 'Refuse' }).click();
  await dialog.getByText('Your colleague said no').waitFor();
  assert.ok(!(await page.content()).includes('signe.protected@'));
  await page.context().close();
  await other.context().close();
});

test('whoever stopped waiting finds it agreed to, and does it then', async () => {
  const page = await world.page();
  await asKey(page, world.server, 'support', { id });
  const dialog = await askFor(page, 'will call back tomorrow');
  await dialog.getByRole('button', { name: 'Stop waiting' }).click();
  await page.keyboard.press('Escape');
  const { json } = await world.server.api(colleague, 'GET', '/v1/approvals');
  const asked = json.approvals.find(({ reason }) => reason === 'will call back tomorrow');
  const own = await world.server.api('support', 'POST', `/v1/approvals/${asked.id}/grant`);
  assert.equal(own.json.code, 'own-case-refused', own.text);
  const granted = await world.server.api(colleague, 'POST', `/v1/approvals/${asked.id}/grant`);
  assert.equal(granted.status, 200, granted.text);
  await page.getByRole('link', { name: 'Colleagues' }).click();
  await page.getByRole('tab', { name: 'You asked' }).click();
  await page.locator('article', { hasText: 'will call back tomorrow' }).getByRole('button', { name: 'Do it now' }).click();
  await page.getByText('signe.protected@example.org').waitFor();
  await page.context().close();
});
