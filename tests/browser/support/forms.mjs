// Enrolling and signing in as people do it: by the forms.
import { addAuthenticator, password } from './people.mjs';
import { stepNow, totp } from './totp.mjs';

export async function openInvitation(page, code) {
  await page.goto('/console/');
  await page.getByRole('button', { name: 'I have an invitation' }).click();
  await page.getByLabel('Invitation code').fill(code);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByLabel('The same again').fill(password);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { name: 'Add a second factor' }).waitFor();
}

// Answers the recovery codes.
export async function finishEnrolment(page, { question } = {}) {
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

// Each code works once: the enrolment takes the one before, so that signing in has the one of now.
export async function enrolWithApp(page, code, options) {
  await openInvitation(page, code);
  await page.getByRole('button', { name: 'Use an authenticator app' }).click();
  const secret = (await page.locator('form .mono').innerText()).replaceAll(' ', '');
  await page.getByLabel('Code from the app').fill(totp(secret, stepNow() - 1));
  await page.getByRole('button', { name: 'Continue' }).click();
  const codes = await finishEnrolment(page, options);
  return { secret, codes };
}

export async function enrolWithPasskey(page, code, options) {
  page.device = await addAuthenticator(page);
  await openInvitation(page, code);
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  return finishEnrolment(page, options);
}

export async function typePassword(page, name) {
  await page.getByLabel('User name').fill(name);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { name: "Confirm it's you" }).waitFor();
}

export async function typeCode(page, code) {
  const link = page.getByRole('button', { name: 'Use the authenticator app' });
  if (await link.count()) await link.click();
  await page.getByLabel('Code from the app').fill(code);
  await page.getByRole('button', { name: 'Continue' }).click();
}

export async function signInWithApp(page, { name, secret }, step = stepNow()) {
  await typePassword(page, name);
  await typeCode(page, totp(secret, step));
}

export const signedIn = (page) => page.getByRole('button', { name: 'Sign out' }).waitFor();

export async function signInWithPasskey(page) {
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await signedIn(page);
}
