// What needs no browser: the texts, the session's proof, what a search box makes of what was typed.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { webcrypto } from 'node:crypto';
import { load } from './support/modules.mjs';
import { root } from './support/server.mjs';

globalThis.crypto ??= webcrypto; // node 18
const source = join(root, 'console/src');
const texts = Object.fromEntries(['en', 'sv', 'zh'].map((language) => [language, JSON.parse(readFileSync(join(source, `i18n/${language}.json`), 'utf8'))]));
const placeholders = (text) => [...text.matchAll(/\{\w+\}/g)].map(String).sort().join();

function filesBelow(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}
const code = filesBelow(source).filter((path) => /\.tsx?$/.test(path) && !path.endsWith('schema.d.ts')).map((path) => readFileSync(path, 'utf8')).join('\n');

function differences(all) {
  const found = [];
  for (const [language, own] of Object.entries(all)) {
    for (const key of Object.keys(all.en)) {
      if (!own[key]) found.push(`${language} lacks ${key}`);
      else if (placeholders(own[key]) !== placeholders(all.en[key])) found.push(`${language} fills ${key} otherwise`);
    }
    for (const key of Object.keys(own)) if (!(key in all.en)) found.push(`${language} alone has ${key}`);
  }
  return found;
}

test('all languages have the same texts with the same placeholders', () => {
  assert.deepEqual(differences(texts), []);
  const { loading, ...short } = texts.zh;
  assert.equal(differences({ ...texts, zh: short }).length, 1, `a missing text is noticed (${loading})`);
  assert.equal(differences({ ...texts, sv: { ...texts.sv, 'find.count': 'Träffar' } }).length, 1, 'and a lost placeholder');
  console.log(`# ${Object.keys(texts.en).length} texts in each language`);
});

test('every text that is asked for by name exists, and every text is asked for', () => {
  const asked = new Set([...code.matchAll(/\bt\(\s*'([^']+)'/g)].map((match) => match[1]));
  for (const key of asked) assert.ok(key in texts.en, key);
  const families = [...code.matchAll(/`([a-z-]+)\.\$\{/g)].map((match) => `${match[1]}.`);
  const unused = Object.keys(texts.en).filter((key) => !code.includes(`'${key}'`) && !families.some((family) => key.startsWith(family)));
  assert.deepEqual(unused, []);
});

test('words of the code do not reach people', () => {
  for (const [key, text] of Object.entries(texts.en)) {
    assert.doesNotMatch(text, /\b(tokens?|compartments?|principals?|reveal(ed)?|masked)\b/i, key);
  }
});

test('every problem that people meet has words, and each has advice', () => {
  const problems = Object.keys(texts.en).filter((key) => key.startsWith('problem.') && !key.endsWith('.help'));
  for (const key of problems) assert.ok(`${key}.help` in texts.en, key);
  const reasons = readFileSync(join(root, 'src/base/reason.def'), 'utf8');
  const known = new Set([...reasons.matchAll(/"([a-z-]+)", k\w+, "/g)].map((match) => match[1]));
  assert.ok(known.size > 80);
  const own = new Set(['gone', 'conflict', 'invalid', 'console-fault']);
  for (const key of problems) assert.ok(known.has(key.slice(8)) || own.has(key.slice(8)), `the server knows ${key}`);
});

test('the proof of a session is the one of docs/formats/session-proof.md', async () => {
  const page = readFileSync(join(root, 'docs/formats/session-proof.md'), 'utf8');
  const example = Object.fromEntries([...page.split('```example')[1].split('```')[0].matchAll(/^(client private|client public|server private|server public|session id|key|method|target|millis|message|header) (.+)$/gm)].map((match) => [match[1], match[2]]));
  const proof = await load('api/proof.ts');
  const bytes = (hex) => Uint8Array.from(Buffer.from(hex, 'hex'));
  const point = bytes(example['client public']);
  const url = (part) => Buffer.from(part).toString('base64url');
  const jwk = { kty: 'EC', crv: 'P-256', x: url(point.subarray(1, 33)), y: url(point.subarray(33)), d: url(bytes(example['client private'])) };
  const privateKey = await crypto.subtle.importKey('jwk', jwk, { name: 'ECDH', namedCurve: 'P-256' }, false, ['deriveKey']);
  const key = await proof.agree(privateKey, url(bytes(example['server public'])), example['session id']);
  assert.equal(key.extractable, false);
  assert.equal(await proof.prove(key, example.method, example.target, Number(example.millis)), example.header);
  assert.notEqual(await proof.prove(key, 'POST', example.target, Number(example.millis)), example.header);
  const pair = await proof.makePair();
  assert.equal(pair.privateKey.extractable, false);
  assert.equal(proof.fromBase64Url(pair.publicText).length, 65);
});

test('the search box knows a code, an address, a number and a name', async () => {
  const { planOf } = await load('pages/find_query.ts');
  const field = (name, type, search = 'exact') => ({ name, type, search });
  const fields = [field('given_name', 'person_name'), field('family_name', 'person_name'), field('email', 'email'), field('phone', 'phone'), field('note', 'text', 'none')];
  const tried = (text, where = '') => (planOf(text, where, fields).ways ?? []).map((steps) => steps.map(({ value, tries }) => `${value}:${tries.map((one) => one.field)}`));
  assert.deepEqual(planOf('7kqm 4xwn-2rtb 9c', '', fields), { kind: 'code', code: '7kqm 4xwn-2rtb 9c' });
  assert.deepEqual(tried('a@example.com'), [['a@example.com:email']]);
  assert.deepEqual(tried('+46 70-174 06 50'), [['+46 70-174 06 50:phone']]);
  assert.deepEqual(tried('Andersson'), [['Andersson:given_name,family_name']]);
  assert.deepEqual(tried('Anna Berg'), [['Anna:given_name,family_name', 'Berg:given_name,family_name'], ['Anna Berg:given_name,family_name']]);
  assert.deepEqual(tried('Anna', 'email'), [['Anna:email']]);
  assert.deepEqual(planOf('  ', '', fields), { kind: 'nothing' });
  assert.deepEqual(planOf('secret', 'note', fields), { kind: 'search', ways: [[{ value: 'secret', tries: [] }]] });
});

test('the search box uses the index a field has', async () => {
  const { planOf, bodyOf } = await load('pages/find_query.ts');
  const fields = [
    { name: 'name', type: 'person_name', search: 'fuzzy' }, { name: 'born', type: 'date_of_birth', search: 'range' }, { name: 'score', type: 'number', search: 'range' },
    { name: 'phone', type: 'phone', search: 'exact' }, { name: 'city', type: 'text', search: 'prefix' },
  ];
  const bodies = (text) => planOf(text, '', fields).ways.flat().flatMap(({ value, tries }) => tries.map((one) => bodyOf(value, one)));
  assert.deepEqual(bodies('asa sjoberg'), [{ field: 'name', like: 'asa sjoberg' }, { field: 'city', value: 'asa sjoberg', match: 'prefix' }]);
  assert.deepEqual(bodies('1984-05-17'), [{ field: 'born', from: '1984-05-17', to: '1984-05-17' }, { field: 'phone', value: '1984-05-17', match: 'exact' }]);
  assert.deepEqual(bodies('070-174 06 50'), [{ field: 'phone', value: '070-174 06 50', match: 'exact' }]);
  assert.ok(bodies('7.5').some((body) => body.field === 'score' && body.from === '7.5' && body.to === '7.5'));
});

test('the rules of the built-in policy are all read', async () => {
  const { rulesOf, rolesOf } = await load('pages/policy_toml.ts');
  const cc = readFileSync(join(root, 'src/policy/default_policy.cc'), 'utf8');
  const toml = cc.split('R"toml(')[1].split(')toml"')[0];
  const rules = rulesOf(toml);
  assert.equal(rules.length, toml.match(/^\[\[rule\]\]$/gm).length);
  for (const rule of rules) assert.ok(rule.name && rule.decision, JSON.stringify(rule));
  assert.ok(rolesOf(toml).includes('support'));
  const vip = rules.find(({ name }) => name === 'support-reveal-vip-needs-approval');
  assert.deepEqual(vip.parts.find(([key]) => key === 'sensitivities')[1], ['public', 'internal', 'personal', 'financial']);
  assert.match(vip.comment, /colleague/);
});
