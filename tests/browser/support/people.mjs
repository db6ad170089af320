// People of the staff: invited, vetted by somebody else, up to date with what is asked of everybody, enrolled with a
// passkey, and signed in where a test wants them.  The steps are the server's own; tests of the steps themselves
// (setup, session, people) go through the pages instead.

// What a security key or a phone does, in the browser's own implementation of one; `passkey` is one made elsewhere.
export async function addAuthenticator(page, passkey) {
  const device = await page.context().newCDPSession(page);
  await device.send('WebAuthn.enable');
  const options = { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
  const { authenticatorId } = await device.send('WebAuthn.addVirtualAuthenticator', { options });
  if (passkey) await device.send('WebAuthn.addCredential', { authenticatorId, credential: passkey });
  return {
    passkey: async () => (await device.send('WebAuthn.getCredentials', { authenticatorId })).credentials[0],
    verifies: (isUserVerified) => device.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }),
  };
}

export const password = 'seven quiet herons at noon';

export async function expectOk(answer, ...statuses) {
  const { status, text } = await answer;
  if (!(statuses.length > 0 ? statuses : [200, 201, 204]).includes(status)) throw new Error(`${status}: ${text}`);
  return answer;
}

// Invited by one key and vetted by another: nobody vets whom they invited.
export async function invite(server, name, { roles, displayName = `${name} Lindqvist`, language = 'en', purposes = ['customer-service'], current = true }) {
  if (!server.vetter) {
    server.vetter = 'second-administrator';
    await server.makeKey(server.vetter, ['administrator']);
  }
  const spec = { name, display_name: displayName, email: `${name}@example.com`, language, roles: roles.map((role) => ({ role })), purposes };
  const { json } = await expectOk(server.api('administrator', 'POST', '/v1/staff', spec));
  await expectOk(server.api(server.vetter, 'POST', `/v1/staff/${json.id}/vet`, { reference: 'HR-1' }));
  if (current) await bringUpToDate(server, json.id);
  return { id: json.id, name, code: json.enrolment_code };
}

export async function bringUpToDate(server, id) {
  for (const register of ['training', 'agreement', 'acceptable-use']) {
    await expectOk(server.api('administrator', 'POST', `/v1/staff/${id}/record`, { register, version: '1' }));
  }
}

// Runs in the page: the enrolment, without its forms.
async function enrolHere({ code, password }) {
  const decode = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
  const encode = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
  const post = async (what, body) => {
    const response = await fetch(`/v1/enrolments:${what}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${what}: ${await response.text()}`);
    const text = await response.text();
    return text === '' ? undefined : JSON.parse(text);
  };
  const { transaction } = await post('open', { code });
  await post('password', { transaction, password });
  const options = await post('passkey-begin', { transaction });
  const made = await navigator.credentials.create({ publicKey: { ...options, challenge: decode(options.challenge), user: { ...options.user, id: decode(options.user.id) }, excludeCredentials: [] } });
  const response = { clientDataJSON: encode(made.response.clientDataJSON), attestationObject: encode(made.response.attestationObject), transports: made.response.getTransports() };
  await post('passkey-finish', { transaction, credential: { id: made.id, rawId: encode(made.rawId), type: made.type, response, clientExtensionResults: {} } });
  await post('recovery', { transaction });
  await post('finish', { transaction });
}

// Somebody who can sign in: what a test needs of them is their passkey.
export async function enrol(world, name, options) {
  const person = await invite(world.server, name, options);
  const page = await world.page();
  const device = await addAuthenticator(page);
  await page.goto('/console/');
  await page.waitForSelector('form');
  await page.evaluate(enrolHere, { code: person.code, password });
  person.passkey = await device.passkey();
  await page.context().close();
  return person;
}

// A browser in which nobody was before, and the person signed in there.  Their passkey travels; its counter only rises.
export async function signIn(world, person, { path = '', ...options } = {}) {
  const page = await world.page(options);
  person.passkey.signCount += 100;
  page.device = await addAuthenticator(page, person.passkey);
  await page.goto(`/console/${path}`);
  // The person's own language is what the server says; whoever wants another one here chooses it.
  if (options.locale) await page.locator('.gate select').selectOption(options.locale.slice(0, 2));
  await page.locator('.gate-card .button.wide:not(.primary)').first().click();
  await page.waitForSelector('.shell');
  page.requests.length = 0;
  return page;
}
