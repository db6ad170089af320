// Find, Show, Compare: what a support agent does all day, and what the browser keeps of it: nothing.
import assert from 'node:assert/strict';
import test from 'node:test';
import { enrol, expectOk, signIn } from './support/people.mjs';
import { useWorld } from './support/world.mjs';

// A house that finds a second factor old after seconds instead of five minutes, so that a test can wait for it.
const freshSeconds = 3;
let kim;
const world = useWorld(async (world) => {
  kim = await enrol(world, 'kim', { roles: ['support'] });
  const { json } = await world.server.api('administrator', 'GET', '/v1/policy');
  const source = json.source.replaceAll('second_factor_max_age_seconds = 300', `second_factor_max_age_seconds = ${freshSeconds}`);
  assert.notEqual(source, json.source);
  await expectOk(world.server.api('administrator', 'PUT', '/v1/policy', source));
});
const supportPage = (options) => signIn(world, kim, options);

async function find(page, text) {
  await page.getByRole('textbox', { name: 'Customer code, e-mail, phone or name' }).fill(text);
  await page.keyboard.press('Enter');
}

// A customer that the test may change.
async function makeCustomer(tier = 0) {
  const values = { given_name: 'Signe', family_name: `Testfors`, email: 'signe.testfors@example.org', phone: '+46701740699', date_of_birth: '1984-02-29', card_number: '4242424242424242' };
  const created = await world.server.api('application', 'POST', '/v1/customers', { collection_point: 'import-customers', tier, values });
  if (created.status === 201) return created.json.code;
  const { json } = await world.server.api('auditor', 'GET', '/v1/catalogue');
  const point = json.collection_points.find(({ fields }) => fields.includes('email')).name;
  const again = await world.server.api('application', 'POST', '/v1/customers', { collection_point: point, tier, values });
  assert.equal(again.status, 201, again.text);
  return again.json.code;
}

const rowOf = (page, field) => page.locator(`tr[data-field=${field}]`);
const newestReveal = async () => {
  const { json } = await world.server.api('auditor', 'GET', '/v1/audit/entries?action=customer.reveal&limit=1');
  return json.entries[0];
};

test('somebody is found by name, e-mail, phone and code, and every hit is hidden', async () => {
  const page = await supportPage();
  const code = await makeCustomer();
  for (const text of ['Testfors', 'signe testfors', 'SIGNE.Testfors@example.org', '+46 70-174 06 99']) {
    const answered = page.waitForResponse('**/v1/customers:search');
    await find(page, text);
    await answered;
    const hit = page.locator('.hit', { hasText: code });
    await hit.waitFor();
    const shown = await hit.innerText();
    for (const value of ['Signe', 'Testfors', 'signe.testfors', '1740699', '1984-02-29', '4242']) {
      assert.ok(!shown.includes(value) || value === '4242', `${value} stands in a hit`);
    }
    assert.match(shown, /S•••/);
  }
  await find(page, code.toLowerCase().replaceAll('-', ' '));
  await page.locator('.record-code', { hasText: code }).waitFor();
  await page.getByRole('button', { name: 'Back' }).click();
  await page.waitForSelector('.search');
  await page.waitForTimeout(500);
  assert.equal(await page.locator('.record-code').count(), 0, 'who comes back is not sent there again');
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('five Anderssons differ by what is not hidden', async () => {
  const page = await supportPage();
  await find(page, 'Andersson');
  await page.waitForSelector('.hit');
  const texts = await page.locator('.hit').allInnerTexts();
  assert.ok(texts.length >= 5, `${texts.length} hits`);
  assert.equal(new Set(texts.map((text) => text.split('\n').slice(1).join())).size, texts.length);
  await page.keyboard.press('ArrowDown');
  assert.ok(await page.evaluate(() => document.activeElement.classList.contains('hit')), 'arrow keys move among the hits');
  await page.context().close();
});

test('one field is shown for a reason, counts down, and is gone when nobody looks', async () => {
  const page = await supportPage();
  const code = await makeCustomer();
  await find(page, code);
  const row = rowOf(page, 'email');
  await row.getByRole('button', { name: 'Show E-mail' }).click();
  const dialog = page.getByRole('dialog', { name: 'Why do you need this?' });
  await dialog.getByLabel('Customer service').check();
  await dialog.getByLabel('Case number (optional)').fill('SUP-1234');
  await dialog.getByRole('button', { name: 'Show' }).click();
  await row.getByText('signe.testfors@example.org').waitFor();
  assert.equal(await page.getByText('signe.testfors@example.org').count(), 1);
  assert.match(await row.innerText(), /Hide\s*\d+ s/);
  const entry = await newestReveal();
  assert.equal(entry.purpose, 'customer-service');
  assert.deepEqual(entry.fields.map(({ name }) => name), ['email']);

  await page.evaluate(() => dispatchEvent(new Event('blur')));
  await page.waitForFunction(() => !document.body.innerText.includes('signe.testfors'));
  assert.equal(await page.getByRole('button', { name: 'Show E-mail' }).count(), 1);
  await page.context().close();
});

test('what is shown hides by itself after half a minute', async () => {
  const page = await supportPage();
  await page.clock.install();
  const code = await makeCustomer();
  await find(page, code);
  await rowOf(page, 'phone').getByRole('button', { name: 'Show Phone' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Show' }).click();
  await rowOf(page, 'phone').getByText('+46701740699').waitFor();
  await page.clock.runFor(25_000);
  assert.equal(await page.getByText('+46701740699').count(), 1, 'not before its time');
  await page.clock.runFor(6_000);
  await page.waitForFunction(() => !document.body.innerText.includes('46701740699'));
  await page.context().close();
});

test('what was copied leaves the clipboard after half a minute', async () => {
  const page = await supportPage();
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.clock.install();
  const code = await makeCustomer();
  await find(page, code);
  await rowOf(page, 'email').getByRole('button', { name: 'Show E-mail' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Show' }).click();
  await rowOf(page, 'email').getByRole('button', { name: 'Copy E-mail' }).click();
  await page.getByText('The clipboard is cleared').waitFor();
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  assert.equal(await clipboard(), 'signe.testfors@example.org');
  await page.clock.runFor(31_000);
  await page.waitForFunction(async () => (await navigator.clipboard.readText()) === '');
  await page.context().close();
});

test('Compare says yes or no and shows nothing', async () => {
  const page = await supportPage();
  const code = await makeCustomer();
  await find(page, code);
  const row = rowOf(page, 'date_of_birth');
  await row.getByRole('button', { name: 'Compare Date of birth' }).click();
  const dialog = page.getByRole('dialog', { name: 'Compare: Date of birth' });
  for (const [said, verdict] of [['1984-02-28', 'It does not match'], ['1984-02-29', 'It matches']]) {
    await dialog.getByLabel('What the caller says').fill(said);
    await dialog.getByRole('button', { name: 'Compare' }).click();
    await dialog.getByText(verdict, { exact: true }).waitFor();
    assert.equal(await dialog.getByLabel('What the caller says').inputValue(), '', 'what was typed is not kept');
  }
  await dialog.getByRole('button', { name: 'Close', exact: true }).last().click();
  assert.match(await row.innerText(), /Matches/);
  assert.ok(!(await page.locator('body').innerText()).includes('1984-02-29'));
  await page.context().close();
});

test('refusals say what happened and what to do', async () => {
  const page = await supportPage();
  await find(page, '7KQM-4XWN-2RTB-9D');
  await page.getByText('The code is mistyped').waitFor();
  await page.getByText('one of the characters is wrong').waitFor();
  await find(page, 'Zzyzx');
  await page.getByText('Nobody found').waitFor();
  await page.context().close();
});

test('whoever may name no reason for a field is told before asking, and whose training is overdue after', async () => {
  const code = await makeCustomer();
  const nameless = await signIn(world, await enrol(world, 'nameless', { roles: ['support'], purposes: [] }));
  await find(nameless, code);
  await rowOf(nameless, 'email').getByRole('button', { name: 'Show E-mail' }).click();
  await nameless.getByText('You have no reason for this field').waitFor();
  await nameless.context().close();

  const behind = await signIn(world, await enrol(world, 'behind', { roles: ['support'], current: false }));
  await behind.getByText('Something of yours is overdue').waitFor();
  await find(behind, code);
  await rowOf(behind, 'email').getByRole('button', { name: 'Show E-mail' }).click();
  await behind.getByRole('dialog').getByRole('button', { name: 'Show' }).click();
  const said = await behind.getByRole('dialog').getByRole('alert').innerText();
  assert.match(said, /overdue-sees-masks-only/, 'the rule that decided is named');
  await behind.keyboard.press('Escape');
  assert.ok(!(await behind.content()).includes('signe.testfors'));
  await behind.context().close();
});

test('card data asks to confirm, and goes on by itself once that is done', async () => {
  const page = await supportPage();
  await find(page, await makeCustomer());
  const row = rowOf(page, 'card_number');
  await page.waitForTimeout(1000 * (freshSeconds + 1) + 500); // whole seconds count; signing in was too long ago for bank and card data
  await row.getByRole('button', { name: 'Show Card number' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Show' }).click();
  const confirm = page.getByRole('dialog', { name: "Confirm it's you" });
  await confirm.waitFor();
  await page.keyboard.press('Escape');
  await confirm.waitFor({ state: 'detached' });
  assert.ok(!(await page.content()).includes('4242424242424242'), 'given up, nothing is shown');
  await page.getByRole('dialog', { name: 'Why do you need this?' }).getByRole('button', { name: 'Show' }).click();
  await confirm.getByRole('tab', { name: 'Passkey' }).click();
  await confirm.getByRole('button', { name: 'Confirm' }).click();
  await row.getByText('4242424242424242').waitFor();
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('the keyboard alone does it', async () => {
  const page = await supportPage();
  const code = await makeCustomer();
  await page.keyboard.press('Tab');
  await page.locator('h1').click();
  await page.keyboard.press('/');
  await page.keyboard.type(code);
  await page.keyboard.press('Enter');
  await page.waitForSelector('tr[data-field]');
  await rowOf(page, 'phone').getByRole('button', { name: 'Show Phone' }).focus();
  await page.keyboard.press('c');
  await page.getByRole('dialog', { name: 'Compare: Phone' }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('s');
  await page.getByRole('dialog', { name: 'Why do you need this?' }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await help.getByLabel('Single keys are shortcuts').uncheck();
  await page.keyboard.press('Escape');
  await page.keyboard.press('s');
  await page.waitForTimeout(200);
  assert.equal(await page.getByRole('dialog').count(), 0, 'shortcuts can be switched off');
  await page.context().close();
});

// Everything that the places where a browser keeps things hold, as text.
async function everythingKept(page) {
  return page.evaluate(async () => {
    const done = (request) => new Promise((resolve, reject) => { request.onsuccess = () => resolve(request.result); request.onerror = () => reject(request.error); });
    const databases = [];
    for (const { name } of await indexedDB.databases()) {
      const database = await done(indexedDB.open(name));
      for (const table of database.objectStoreNames) {
        const store = database.transaction(table).objectStore(table);
        databases.push(name, table, await done(store.getAllKeys()), (await done(store.getAll())).map((row) => (row instanceof CryptoKey ? 'key' : row)));
      }
      database.close();
    }
    const cached = [];
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) cached.push(name, request.url, await (await cache.match(request)).text());
    }
    return JSON.stringify({ local: { ...localStorage }, session: { ...sessionStorage }, cookies: document.cookie, databases, cached, title: document.title, address: location.href, state: history.state, window: window.name });
  });
}

// What a careless console would do, one place after the other.
const plants = {
  address: (value) => history.replaceState(null, '', `?q=${value}`),
  history: (value) => history.replaceState({ value }, ''),
  title: (value) => { document.title = value; },
  'local storage': (value) => localStorage.setItem('last', value),
  'session storage': (value) => sessionStorage.setItem('last', value),
  cookie: (value) => { document.cookie = `last=${value}`; },
  cache: async (value) => (await caches.open('answers')).put('/v1/last', new Response(value)),
  database: (value) => new Promise((resolve) => {
    const request = indexedDB.open('planted', 1);
    request.onupgradeneeded = () => request.result.createObjectStore('rows').put({ value }, 'last');
    request.onsuccess = () => { request.result.close(); resolve(); };
  }),
};

test('nothing personal is in address, title, storage, database, cache or history, and nobody else is asked', async () => {
  const page = await supportPage();
  const code = await makeCustomer();
  await find(page, 'signe.testfors@example.org');
  await page.locator('.hit', { hasText: code }).click();
  await rowOf(page, 'email').getByRole('button', { name: 'Show E-mail' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Show' }).click();
  await rowOf(page, 'email').getByText('signe.testfors@example.org').waitFor();
  const traces = (text) => ['signe', 'Testfors', code, '1740699'].filter((trace) => text.toLowerCase().includes(trace.toLowerCase()));
  assert.deepEqual(traces(await everythingKept(page)), []);
  const personal = page.requests.filter((url) => url.includes('signe'));
  assert.deepEqual(personal, [], 'no value stands in an address that is asked for');
  const hosts = () => [...new Set(page.requests.map((url) => new URL(url).host))];
  assert.deepEqual(hosts(), [new URL(world.server.url).host]);
  assert.deepEqual(page.faults, []);
  await page.reload();
  await page.waitForSelector('.search');
  assert.equal(await page.locator('.record-code').count(), 0, 'after a reload nothing is open');

  // The control: the same look finds a value in each of these places, and a request to somebody else.
  for (const [place, plant] of Object.entries(plants)) {
    const fresh = await world.page();
    await fresh.goto('/console/');
    await fresh.waitForSelector('form');
    await fresh.evaluate(plant, 'Testfors');
    assert.deepEqual(traces(await everythingKept(fresh)), ['Testfors'], place);
    await fresh.context().close();
  }
  await page.evaluate(() => { location.assign('https://example.invalid/'); });
  await page.waitForTimeout(300);
  assert.ok(hosts().includes('example.invalid'), 'a request elsewhere is noticed');
  await page.context().close();
});

test('the policy of the page stops what it should', async () => {
  const page = await supportPage();
  const outcome = await page.evaluate(async () => {
    const blocked = [];
    document.addEventListener('securitypolicyviolation', (event) => blocked.push(event.effectiveDirective));
    const script = document.createElement('script');
    try { script.textContent = 'window.injected = true'; document.head.append(script); } catch { blocked.push('trusted-types'); }
    await fetch('https://example.com/').catch(() => undefined);
    const image = new Image();
    image.src = 'https://example.com/x.png';
    await new Promise((resolve) => setTimeout(resolve, 300));
    return { blocked, injected: window.injected ?? false };
  });
  assert.equal(outcome.injected, false);
  assert.ok(outcome.blocked.includes('connect-src'), JSON.stringify(outcome));
  assert.ok(outcome.blocked.includes('img-src'), JSON.stringify(outcome));
  assert.ok(outcome.blocked.some((directive) => directive.startsWith('script-src') || directive.startsWith('require-trusted') || directive === 'trusted-types'), JSON.stringify(outcome));
  await page.context().close();
});
