// From invitation to a session: enrolled with an app and with a passkey, asked a question from a new device, confirmed
// again, signed out by somebody else while at work, and worth nothing to a thief of the cookie.
import assert from 'node:assert/strict';
import test, { before } from 'node:test';
import { stepNow, totp } from './support/totp.mjs';
import { useWorld } from './support/world.mjs';

const world = useWorld();
const password = 'seven quiet herons at noon';

before(() => world.server.makeKey('second-administrator', ['administrator']));

// A person of the staff, vetted by somebody else than who invited them; answers the enrolment code.
async function invite(name, roles, purposes = ['customer-service']) {
  const { server } = world;
  const invited = await server.api('administrator', 'POST', '/v1/staff', { name, display_name: `${name} Lindqvist`, email: `${name}@example.com`, roles: roles.map((role) => ({ role })), purposes });
  assert.equal(invited.status, 201, invited.text);
  const vetted = await server.api('second-administrator', 'POST', `/v1/staff/${invited.json.id}/vet`, { reference: 'HR-1' });
  assert.equal(vetted.status, 200, vetted.text);
  for (const register of ['training', 'agreement', 'acceptable-use']) {
    const marked = await server.api('administrator', 'POST', `/v1/staff/${invited.json.id}/record`, { register, version: '1', ...(register === 'training' ? { valid_until: '2040-01-01T00:00:00Z' } : {}) });
    assert.equal(marked.status, 200, marked.text);
  }
  return { code: invited.json.enrolment_code, id: invited.json.id };
}

async function openInvitation(page, code) {
  await page.goto('/console/');
  await page.getByRole('button', { name: 'I have an invitation' }).click();
  await page.getByLabel('Invitation code').fill(code);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByLabel('The same again').fill(password);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { name: 'Add a second factor' }).waitFor();
}

async function finishEnrolment(page, { question } = {}) {
  await page.getByRole('heading', { name: 'A question for new places' }).waitFor();
  if (question) {
    await page.getByLabel('Your question').fill(question.text);
    await page.getByLabel('Your answer').fill(question.answer);
    await page.getByRole('button', { name: 'Continue' }).click();
  } else {
    await page.getByRole('button', { name: 'Without a question' }).click();
  }
  await page.getByRole('heading', { name: 'Keep these codes' }).waitFor();
  await page.waitForSelector('.codes li');
  const codes = await page.locator('.codes li').allInnerTexts();
  await page.getByLabel('I have kept them').check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('Your account is set up').waitFor();
  await page.getByRole('button', { name: 'Sign in' }).click();
  return codes;
}

async function enrolWithApp(page, code, options) {
  await openInvitation(page, code);
  await page.getByRole('button', { name: 'Use an authenticator app' }).click();
  const secret = (await page.locator('form .mono').innerText()).replaceAll(' ', '');
  await page.getByLabel('Code from the app').fill(totp(secret, stepNow() - 1));
  await page.getByRole('button', { name: 'Continue' }).click();
  const codes = await finishEnrolment(page, options);
  return { secret, codes };
}

async function typePassword(page, name) {
  await page.getByLabel('User name').fill(name);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { name: "Confirm it's you" }).waitFor();
}

async function signInWithApp(page, name, secret, step = stepNow()) {
  await typePassword(page, name);
  const link = page.getByRole('button', { name: 'Use the authenticator app' });
  if (await link.count()) await link.click();
  await page.getByLabel('Code from the app').fill(totp(secret, step));
  await page.getByRole('button', { name: 'Continue' }).click();
}

const signedIn = (page) => page.getByRole('button', { name: 'Sign out' }).waitFor();
const kim = {};

test('somebody enrols with an authenticator app and signs in', async () => {
  const { code, id } = await invite('kim', ['support']);
  const page = await world.page();
  kim.id = id;
  Object.assign(kim, await enrolWithApp(page, code, { question: { text: 'First teacher?', answer: 'Blomkvist' } }));
  await signInWithApp(page, 'kim', kim.secret);
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
  await page.getByLabel('Code from the app').fill('000000');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('That code is not right').waitFor();
  await page.getByLabel('Code from the app').fill(totp(kim.secret, stepNow() + 1));
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByLabel('First teacher?').fill('Blomkvist');
  await page.getByRole('button', { name: 'Continue' }).click();
  await signedIn(page);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.goBack().catch(() => undefined);
  assert.equal(await page.getByRole('button', { name: 'Sign out' }).count(), 0);
  await page.context().close();
});

test('suspension ends a live session on its next request', async () => {
  const suspended = await world.server.api('administrator', 'POST', `/v1/staff/${kim.id}/suspend`);
  assert.equal(suspended.status, 200, suspended.text);
  await kim.page.getByRole('textbox', { name: 'Customer code, e-mail, phone or name' }).fill('Andersson');
  await kim.page.keyboard.press('Enter');
  await kim.page.getByText('You were signed out').waitFor();
  assert.equal(await kim.page.locator('.hit').count(), 0);
  await kim.page.context().close();
});

test('somebody enrols with a passkey and signs in with it alone', async () => {
  const { code } = await invite('robin', ['support']);
  const page = await world.page();
  const device = await page.context().newCDPSession(page);
  await device.send('WebAuthn.enable');
  await device.send('WebAuthn.addVirtualAuthenticator', { options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } });
  await openInvitation(page, code);
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await finishEnrolment(page);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await signedIn(page);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});
