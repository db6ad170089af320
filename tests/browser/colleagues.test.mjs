// A colleague's approval: asked for in place, decided by somebody else who sees exactly what will run, and then done.
import assert from 'node:assert/strict';
import test from 'node:test';
import { enrol, signIn } from './support/people.mjs';
import { useWorld } from './support/world.mjs';

let vip, kim, lee;
const world = useWorld(async (world) => {
  kim = await enrol(world, 'kim', { roles: ['support'] });
  lee = await enrol(world, 'lee', { roles: ['support'] });
  const { json } = await world.server.api('auditor', 'GET', '/v1/catalogue');
  const point = json.collection_points.find(({ fields }) => fields.includes('email')).name;
  const values = { given_name: 'Signe', family_name: 'Protected', email: 'signe.protected@example.org' };
  const made = await world.server.api('application', 'POST', '/v1/customers', { collection_point: point, tier: 1, values });
  assert.equal(made.status, 201, made.text);
  vip = made.json.code;
});

async function askFor(page, reason) {
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

// As the page would send it, if it offered it: the button of somebody else's question, pointed at one's own.
async function grantOwn(page, id) {
  await page.route('**/v1/approvals', async (route) => {
    const response = await route.fetch();
    const json = await response.json();
    for (const one of json.approvals) Object.assign(one, { may_decide: true, asked_by: { ...one.asked_by, id: '0' } });
    await route.fulfill({ response, json });
  });
  await page.getByRole('tab', { name: 'Wait for you' }).click();
  const refused = page.waitForResponse(`**/v1/approvals/${id}/grant`);
  await page.locator('article', { hasText: 'will call back tomorrow' }).getByRole('button', { name: 'Agree' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Agree' }).click();
  assert.equal((await (await refused).json()).code, 'own-case-refused');
  await page.getByRole('dialog').getByText('Not in your own case').waitFor();
  await page.keyboard.press('Escape');
  await page.unroute('**/v1/approvals');
  await page.getByRole('tab', { name: 'You asked' }).click();
}

test('what a colleague agrees to goes on by itself', async () => {
  const page = await signIn(world, kim);
  await askFor(page, 'the receipt went to the wrong address');
  const other = await signIn(world, lee, { path: 'colleagues' });
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
  const page = await signIn(world, kim);
  const dialog = await askFor(page, 'curious');
  const other = await signIn(world, lee, { path: 'colleagues' });
  await other.locator('article', { hasText: 'curious' }).getByRole('button', { name: 'Refuse' }).click();
  await other.getByRole('dialog', { name: 'Refuse this?' }).getByRole('button', { name: 'Refuse' }).click();
  await dialog.getByText('Your colleague said no').waitFor();
  assert.ok(!(await page.content()).includes('signe.protected@'));
  await page.context().close();
  await other.context().close();
});

test('whoever stopped waiting finds it agreed to, and does it then', async () => {
  const page = await signIn(world, kim);
  const dialog = await askFor(page, 'will call back tomorrow');
  await dialog.getByRole('button', { name: 'Stop waiting' }).click();
  await page.keyboard.press('Escape');
  // One's own question cannot be answered: not on the page, and not past it.
  await page.getByRole('link', { name: 'Colleagues' }).click();
  await page.getByText('Nobody waits for you').waitFor();
  await page.getByRole('tab', { name: 'You asked' }).click();
  const mine = page.locator('article', { hasText: 'will call back tomorrow' });
  await mine.getByRole('button', { name: 'Withdraw' }).waitFor();
  assert.equal(await mine.getByRole('button', { name: 'Agree' }).count(), 0);
  const listed = page.waitForResponse('**/v1/approvals');
  const { approvals } = await (await listed).json();
  const asked = approvals.find(({ reason }) => reason === 'will call back tomorrow');
  assert.equal(asked.may_decide, false);
  await grantOwn(page, asked.id);

  const other = await signIn(world, lee, { path: 'colleagues' });
  await other.locator('article', { hasText: 'will call back tomorrow' }).getByRole('button', { name: 'Agree' }).click();
  await other.getByRole('dialog', { name: 'Agree to this?' }).getByRole('button', { name: 'Agree' }).click();
  await other.getByText('Nobody waits for you').waitFor();
  await other.context().close();
  await mine.getByRole('button', { name: 'Do it now' }).click();
  await page.getByText('signe.protected@example.org').waitFor();
  await page.context().close();
});
