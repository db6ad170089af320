// A real server over a vault of its own, on a free port, and gone afterwards.
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
export const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const binary = process.env.STRONGROOM_BINARY ?? join(root, 'build/release/bin/strongroom');

const customersForTests = 600;

// The first of examples/customers.csv, and enough people of one name to have to choose among.
function someCustomers() {
  const [head, ...rows] = readFileSync(join(root, 'examples/customers.csv'), 'utf8').trimEnd().split('\n');
  const alike = rows.slice(customersForTests).filter((row) => row.includes('Andersson')).slice(0, 10);
  return `${[head, ...rows.slice(0, customersForTests), ...alike].join('\n')}\n`;
}

// Runs the program to its end; answers what it printed.
export const strongroom = async (...args) => (await run(binary, args, { timeout: 120_000, env: { ...process.env, STRONGROOM_PORT: '0' } })).stdout;

// Serves `vault` on free ports of this machine; answers the ports and how to stop it.
async function serve(vault) {
  const environment = { ...process.env, STRONGROOM_PORT: '0', STRONGROOM_PLAINTEXT: 'true', STRONGROOM_PLAINTEXT_PORT: '0', STRONGROOM_WORKER_THREADS: '8' };
  const child = spawn(binary, ['serve', '--vault', vault], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const ports = await new Promise((resolve, reject) => {
    const hear = (chunk) => {
      said += chunk;
      const tls = /https:\/\/127\.0\.0\.1:(\d+)/.exec(said);
      const plain = /http:\/\/127\.0\.0\.1:(\d+)/.exec(said);
      if (tls && plain) resolve({ tls: tls[1], plain: plain[1] });
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('exit', (code) => reject(new Error(`the server ended with ${code}: ${said}`)));
    setTimeout(() => reject(new Error(`the server names no port: ${said}`)), 60_000).unref();
  });
  const stop = async () => {
    child.removeAllListeners('exit');
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 15_000))]);
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  };
  return { ports, stop };
}

// One call of the API, past the browser.  A policy is sent as its text.
async function call(port, key, method, path, body, headers = {}) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { Authorization: `Bearer ${key}`, ...(body ? { 'Content-Type': typeof body === 'string' ? 'application/toml' : 'application/json' } : {}), ...headers },
    body: typeof body === 'string' ? body : body && JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: text.startsWith('{') ? JSON.parse(text) : undefined };
}

async function startIn(folder, vault) {
  const { ports, stop } = await serve(vault);
  return {
    url: `http://localhost:${ports.plain}`,
    tlsUrl: `https://127.0.0.1:${ports.tls}`,
    vault,
    port: ports.plain,
    async stop() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

// A vault that nobody used: made by `strongroom init`, which names the first administrator.
export async function startFreshServer(administrator) {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-browser-'));
  const vault = join(folder, 'vault');
  const said = await strongroom('init', '--vault', vault, '--lock', 'development', '--administrator', administrator);
  return { ...(await startIn(folder, vault)), said };
}

// A development vault with some of the invented customers of examples/, and API keys of several roles.
export async function startServer() {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-browser-'));
  const vault = join(folder, 'vault');
  const csv = join(folder, 'customers.csv');
  writeFileSync(csv, someCustomers());
  await strongroom('tour', '--vault', vault, '--csv', csv, '--yes', '--once');
  const server = await startIn(folder, vault);
  const made = new Map(); // keys that tests made beside those of the tour
  const key = (role) => made.get(role) ?? readFileSync(join(vault, 'credentials', `${role}.key`), 'utf8').trim();
  const api = (role, method, path, body, headers) => call(server.port, key(role), method, path, body, headers);
  return {
    ...server,
    key,
    api,
    async makeKey(name, roles, kind = 'system') {
      const { status, json, text } = await api('administrator', 'POST', '/v1/api-keys', { name, kind, roles, purposes: ['customer-service'] });
      if (status !== 201) throw new Error(`no key for ${name}: ${text}`);
      made.set(name, json.key);
    },
  };
}
