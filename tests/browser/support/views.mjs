// The console's pages as people meet them, in a house that is lived in.  Used by the tests that look at every page and
// by the pictures of the documentation.
import { letter } from './small_pdf.mjs';
import { addAuthenticator, enrol, expectOk, invite } from './people.mjs';

// A computer's request for a certificate (PKCS #10, P-256).  Its private key was not kept.
const deviceRequest = `-----BEGIN CERTIFICATE REQUEST-----
MIHLMHMCAQAwETEPMA0GA1UEAwwGbGFwdG9wMFkwEwYHKoZIzj0CAQYIKoZIzj0D
AQcDQgAEg7KUg+HBdHCpfQ5WZnjS3tEw5/eiUY4FQdkwS8FPuKEUD6K20MqZWD4z
fRiJ+VEhRZXcDS6h1OHGCP5xjk0I7aAAMAoGCCqGSM49BAMCA0gAMEUCIQD7Bwg2
EsX44a2guxd0MTPq2YoGrKpC9ErYToCdk9HTvAIgamt0KWO5GGenzf6k+ANGygYQ
VKmHIcJNvR6vK6n4NjU=
-----END CERTIFICATE REQUEST-----
`;

// Who works here.  The names are as long as names are.
export async function furnish(world) {
  const { server } = world;
  const people = {
    support: await enrol(world, 'kim', { roles: ['support'], displayName: 'Kim Lindqvist' }),
    colleague: await enrol(world, 'yusuf', { roles: ['support'], displayName: 'Yusuf Demir' }),
    officer: await enrol(world, 'gunilla', { roles: ['privacy-officer'], displayName: 'Gunilla Håkansson-Strömberg' }),
    auditor: await enrol(world, 'xiaoming', { roles: ['auditor'], displayName: '王小明' }),
    administrator: await enrol(world, 'anna', { roles: ['administrator', 'operator'], displayName: 'Anna Sjöström' }),
  };
  await invite(server, 'agneta', { roles: ['support'], displayName: 'Agneta Sandström', current: false });
  const spec = { name: 'wilhelm', display_name: 'Wilhelm af Klinteberg', email: 'wilhelm@example.com', roles: [{ role: 'support', until: '2031-06-30T22:00:00Z' }], purposes: ['customer-service'] };
  await expectOk(server.api('administrator', 'POST', '/v1/staff', spec));
  await expectOk(server.api('administrator', 'POST', '/v1/devices:issue', { person: people.support.id, label: 'Kims bärbara dator', request: deviceRequest }));
  const { json } = await server.api('auditor', 'GET', '/v1/catalogue');
  const point = json.collection_points.find(({ fields }) => fields.includes('email')).name;
  const vip = await expectOk(server.api('application', 'POST', '/v1/customers', { collection_point: point, tier: 1, values: { given_name: 'Signe', family_name: 'Skyddad', email: 'signe.skyddad@example.org' } }));
  people.vip = vip.json.code;
  return people;
}

const open = (path, seen) => async (page) => {
  await page.goto(`/console/${path}`);
  await page.waitForSelector(seen);
};
const then = (path, seen, more) => async (page) => {
  await open(path, seen)(page);
  await more(page);
};

const search = async (page) => {
  await open('', '.search')(page);
  await page.fill('.search input', 'Andersson');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.hit');
};
const record = async (page) => {
  await search(page);
  await page.click('.hit');
  await page.waitForSelector('tr[data-field]');
};
const pressShow = async (page, field = 'email') => {
  await page.click(`tr[data-field=${field}] button`);
  await page.waitForSelector('dialog[open] .choice');
};

// [name, who, how one gets there].
export const views = [
  ['sign-in', undefined, open('', 'form')],
  ['invitation', undefined, then('', 'form', async (page) => { await page.click('.gate-card > .button.quiet'); await page.waitForSelector('input.code'); })],
  ['find', 'support', open('', '.tips')],
  ['hits', 'support', search],
  ['record', 'support', record],
  ['show', 'support', async (page) => { await record(page); await pressShow(page); }],
  ['shown', 'support', async (page) => {
    await record(page);
    await pressShow(page);
    await page.click('dialog button[type=submit]');
    await page.waitForSelector('tr.open');
  }],
  ['paper', 'support', async (page) => {
    await open('paper', '.paper-drop')(page);
    await page.setInputFiles('input[type=file]', letter);
    await page.waitForSelector('.paper image');
  }],
  ['compare', 'support', async (page) => {
    await record(page);
    await page.click('tr[data-field=email] button >> nth=1');
    await page.fill('dialog input', 'somebody@example.org');
    await page.click('dialog button[type=submit]');
    await page.waitForSelector('.verdict');
  }],
  ['refusal', 'support', async (page) => {
    await open('', '.search')(page);
    await page.fill('.search input', '7KQM-4XWN-2RTB-9D');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.note');
  }],
  ['ask', 'support', async (page, people) => {
    await open('', '.search')(page);
    await page.fill('.search input', people.vip);
    await page.keyboard.press('Enter');
    await page.waitForSelector('tr[data-field]');
    await pressShow(page);
    await page.click('dialog button[type=submit]');
    await page.fill('dialog textarea', 'Returpaketet gick till fel adress');
    await page.click('dialog[open] >> nth=-1 >> button[type=submit]');
    await page.waitForSelector('.spinner');
  }],
  ['asked', 'support', then('colleagues', '[role=tablist]', async (page) => { await page.click('#tab-mine'); await page.waitForSelector('article'); })],
  ['account', 'support', open('account', '.ways')],
  ['keys', 'support', then('', '.search', async (page) => { await page.click('.page h1'); await page.keyboard.press('?'); await page.waitForSelector('dialog[open]'); })],
  ['nowhere', 'support', open('no-such-page', '.empty')],
  ['answer', 'colleague', open('colleagues', 'article')],
  ['agree', 'colleague', then('colleagues', 'article', async (page) => { await page.click('article .button.primary'); await page.waitForSelector('dialog[open]'); })],
  ['catalogue', 'officer', open('catalogue', 'tbody tr')],
  ['points', 'officer', then('catalogue', 'tbody tr', async (page) => { await page.click('#tab-points'); await page.waitForSelector('tbody tr'); })],
  ['field', 'officer', then('catalogue', 'tbody tr', async (page) => { await page.click('.page-head .button'); await page.waitForSelector('dialog[open]'); })],
  ['policy', 'auditor', open('policy', 'tbody tr')],
  ['tester', 'auditor', then('policy', 'tbody tr', async (page) => { await page.click('#tab-test'); await page.click('form button[type=submit]'); await page.waitForSelector('.verdict-card'); })],
  ['source', 'auditor', then('policy', 'tbody tr', async (page) => { await page.click('#tab-source'); await page.waitForSelector('.source'); })],
  ['log', 'auditor', open('log', 'tbody tr')],
  ['entry', 'auditor', then('log', 'tbody tr', async (page) => { await page.click('td.actions button >> nth=0'); await page.waitForSelector('dialog[open]'); })],
  ['verify', 'auditor', then('log', 'tbody tr', async (page) => { await page.click('.page-head .button'); await page.waitForSelector('dialog .checkpoint'); })],
  ['staff', 'administrator', open('staff', 'tbody tr')],
  ['person', 'administrator', then('staff', 'tbody tr', async (page) => { await page.click('tr:has-text("Wilhelm") td.actions button'); await page.waitForSelector('.facts'); })],
  ['vet', 'administrator', then('staff', 'tbody tr', async (page) => {
    await page.click('tr:has-text("Wilhelm") td.actions button');
    await page.click('.page .row .button.small >> nth=0');
    await page.waitForSelector('dialog[open]');
  })],
  ['invite', 'administrator', then('staff', 'tbody tr', async (page) => { await page.click('.page-head .button'); await page.waitForSelector('dialog[open] .choice'); })],
  ['registers', 'administrator', open('registers', 'tbody tr')],
  ['renew', 'administrator', then('registers', 'tbody tr', async (page) => { await page.click('td.actions button >> nth=0'); await page.waitForSelector('dialog[open]'); })],
  ['devices', 'administrator', open('devices', 'tbody tr')],
  ['networks', 'administrator', open('networks', 'tbody tr')],
  ['network', 'administrator', then('networks', 'tbody tr', async (page) => { await page.click('td.actions button >> nth=0'); await page.waitForSelector('dialog[open] textarea'); })],
  ['limits', 'administrator', then('networks', 'tbody tr', async (page) => { await page.click('.section-head .button'); await page.waitForSelector('dialog[open] input[type=number]'); })],
  ['review', 'administrator', open('review', 'tbody tr')],
  ['score', 'administrator', open('score', '.score-figure')],
  ['health', 'administrator', open('health', '.note')],
];

// The steps of an enrolment: each is one look, and none can be reached from outside of it.
export async function enrolmentSteps(world, person, page, look) {
  await page.goto('/console/');
  await page.click('.gate-card > .button.quiet');
  await page.fill('input.code', person.code);
  await page.click('form button[type=submit]');
  await page.waitForSelector('progress');
  await look('enrol-password');
  await page.fill('input[autocomplete=new-password] >> nth=0', 'seven quiet herons at noon');
  await page.fill('input[autocomplete=new-password] >> nth=1', 'seven quiet herons at noon');
  await page.click('form button[type=submit]');
  await page.waitForSelector('.or');
  await look('enrol-factor');
  await page.click('.or ~ .button');
  await page.waitForSelector('.qr');
  await look('enrol-app');
  await page.click('form .button.quiet');
  await addAuthenticator(page); // not before: axe's own session with the browser, in between, takes it away
  await page.click('.stack .button.primary');
  await page.waitForSelector('form .button.quiet');
  await look('enrol-question');
  await page.click('form .button.quiet');
  await page.waitForSelector('.codes li');
  await look('enrol-codes');
}
