// From invitation to a session: enrolled with an app and with a passkey, asked a question from a new device, confirmed
// again, signed out by somebody else while at work, and worth nothing to a thief of the cookie.
import assert from 'node:assert/strict';
import test from 'node:test';
import { enrolWithApp, enrolWithPasskey, signInWithApp, signInWithPasskey, signedIn, typeCode, typePassword } from './support/forms.mjs';
import { enrol, expectOk, invite, signIn } from './support/people.mjs';
import { stepNow, totp } from './support/totp.mjs';
import { useWorld } from './support/world.mjs';

const world = useWorld();

const kim = {};

test('somebody enrols with an authenticator app and signs in', async () => {
  Object.assign(kim, await invite(world.server, 'kim', { roles: ['support'] }));
  const page = await world.page();
  Object.assign(kim, await enrolWithApp(page, kim.code, { question: { text: 'First teacher?', answer: 'Blomkvist' } }));
  await signInWithApp(page, kim);
  await signedIn(page);
  await page.getByText('kim Lindqvist').waitFor();
  assert.equal(await page.evaluate(() => document.cookie), '', 'scripts see no cookie');
  const kept = await page.evaluate(async () => {
    const database = await new Promise((resolve) => { const request = indexedDB.open('strongroom', 1); request.onsuccess = () => resolve(request.result); });
    const rows = await new Promise((resolve) => { const request = database.transaction('keys').objectStore('keys').getAll(); request.onsuccess = () => resolve(request.result); });
    return rows.map((row) => [row instanceof CryptoKey, row.extractable]);
  });
  assert.deepEqual(kept, [[true, false]], 'one key, whose bytes nobody sees');
  await page.reload();
  await signedIn(page);
  kim.state = await page.context().storageState();
  assert.deepEqual(page.faults, []);
  kim.page = page;
});

test('a stolen cookie opens nothing', async () => {
  const cookies = await kim.page.context().cookies();
  const session = cookies.find(({ name }) => name === '__Host-strongroom');
  assert.ok(session?.httpOnly && session.secure && session.sameSite === 'Strict', JSON.stringify(cookies.map(({ name }) => name)));
  const thief = await world.page();
  await thief.context().addCookies(cookies);
  await thief.goto('/console/');
  await thief.getByRole('heading', { name: 'Sign in' }).waitFor();
  const answer = await thief.evaluate(() => fetch('/v1/session').then((response) => response.status));
  assert.equal(answer, 401);
  await thief.context().close();
});

test('a wrong code is explained, and a right one from a new browser is asked a question', async () => {
  const page = await world.page();
  await page.goto('/console/');
  await typePassword(page, 'kim');
  await typeCode(page, '000000');
  await page.getByText('That code is not right').waitFor();
  await typeCode(page, totp(kim.secret, stepNow() + 1));
  await page.getByRole('heading', { name: 'One more question' }).waitFor();
  await page.getByLabel('First teacher?').fill('Nobody');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('alert').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Sign out' }).count(), 0, 'a wrong answer opens nothing');
  assert.equal(await page.evaluate(() => fetch('/v1/session').then(({ status }) => status)), 401);
  await page.getByLabel('First teacher?').fill('Blomkvist');
  await page.getByRole('button', { name: 'Continue' }).click();
  await signedIn(page);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.goBack().catch(() => undefined);
  assert.equal(await page.getByRole('button', { name: 'Sign out' }).count(), 0);
  await page.context().close();
});

test('who answers wrongly too often begins again', async () => {
  const page = await world.page();
  await page.goto('/console/');
  await typePassword(page, 'kim');
  await page.getByRole('button', { name: 'Use a recovery code' }).click();
  await page.getByLabel('Recovery code').fill(kim.codes[0]);
  await page.getByRole('button', { name: 'Continue' }).click();
  for (let tries = 0; tries < 3; ++tries) {
    const answered = page.waitForResponse('**/v1/sign-in:question');
    await page.getByLabel('First teacher?').fill(`guess ${tries}`);
    await page.getByRole('button', { name: 'Continue' }).click();
    await answered;
  }
  await page.getByLabel('First teacher?').fill('Blomkvist');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Sign out' }).count(), 0);
  await page.context().close();
});

test('the browser that one signed in from before asks no question', async () => {
  const { page } = kim;
  await page.getByRole('button', { name: 'Sign out' }).click();
  await typePassword(page, 'kim');
  await page.getByRole('button', { name: 'Use a recovery code' }).click();
  await page.getByLabel('Recovery code').fill(kim.codes[1]);
  await page.getByRole('button', { name: 'Continue' }).click();
  await signedIn(page);
});

// Runs in the page, beside whatever the person does: the console's own way of asking, as fast as the server answers.
async function keepAsking(page) {
  await page.evaluate(() => {
    window.answers = [];
    const box = document.querySelector('.search input');
    const setText = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
    const original = window.fetch;
    window.fetch = async (...what) => {
      const asked = performance.now();
      const response = await original(...what);
      if (String(what[0]).includes('/v1/customers')) window.answers.push({ asked, status: response.status });
      return response;
    };
    setText.call(box, 'Andersson');
    box.dispatchEvent(new Event('input', { bubbles: true }));
    window.asking = setInterval(() => document.querySelector('.search')?.requestSubmit(), 20);
  });
}
// The answers to what was asked since `asked`.
const answersOf = (page, asked = 0) =>
  page.evaluate((since) => window.answers.filter((one) => one.asked >= since).map(({ status }) => status), asked);

test('suspension ends a session that is being used, on its next request; a colleague who is not suspended goes on', async () => {
  const lee = await enrol(world, 'lee', { roles: ['support'] });
  const other = await signIn(world, lee);
  const { page } = kim;
  for (const one of [page, other]) {
    await keepAsking(one);
    await one.waitForFunction(() => window.answers.length >= 10);
    assert.deepEqual([...new Set(await answersOf(one))], [200]);
  }
  await expectOk(world.server.api('administrator', 'POST', `/v1/staff/${kim.id}/suspend`));
  // The suspension is answered: whatever is asked from now on is refused.
  const answered = await page.evaluate(() => performance.now());
  const otherAfter = (await answersOf(other)).length;
  await page.getByText('You were signed out').waitFor();
  // The page stops asking at the first refusal, which may have come before we looked at the clock.
  assert.ok((await answersOf(page)).includes(401));
  assert.deepEqual((await answersOf(page, answered)).filter((status) => status !== 401), []);
  assert.equal(await page.locator('.hit').count(), 0, 'nothing stays on the screen');
  await other.waitForFunction((many) => window.answers.length >= many, otherAfter + 20);
  assert.deepEqual([...new Set(await answersOf(other))], [200], 'the control: nothing else ends a session under the same load');
  await other.getByRole('button', { name: 'Sign out' }).waitFor();
  const again = await page.evaluate(() => fetch('/v1/session').then(({ status }) => status));
  assert.equal(again, 401);
  await page.context().close();
  await other.context().close();
});

test('somebody enrols with a passkey and signs in with it alone', async () => {
  const { code } = await invite(world.server, 'robin', { roles: ['support'] });
  const page = await world.page();
  await enrolWithPasskey(page, code);
  await signInWithPasskey(page);
  assert.deepEqual(page.faults, []);
  await page.getByRole('button', { name: 'Sign out' }).click();
  // Whoever finds the device and not the finger does not get in.
  await page.device.verifies(false);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await page.waitForTimeout(1000);
  assert.equal(await page.getByRole('button', { name: 'Sign out' }).count(), 0);
  await page.context().close();
});
