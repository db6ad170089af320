// A real server over a vault of its own, on a free port, and gone afterwards.
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
export const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const binary = process.env.STRONGROOM_BINARY ?? join(root, 'build/release/bin/strongroom');

// A development vault with the invented customers of examples/, and API keys of several roles.
export async function startServer() {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-browser-'));
  const vault = join(folder, 'vault');
  await run(binary, ['tour', '--vault', vault, '--csv', join(root, 'examples/customers.csv'), '--yes', '--once'], {
    timeout: 120_000,
    env: { ...process.env, STRONGROOM_PORT: '0' },
  });
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
  const made = new Map(); // keys that tests made beside those of the tour
  const key = (role) => made.get(role) ?? readFileSync(join(vault, 'credentials', `${role}.key`), 'utf8').trim();
  return {
    // What the log and the approvals call a key.
    async idOf(name) {
      const { json } = await this.api('administrator', 'GET', '/v1/api-keys');
      return json.api_keys.find((one) => one.name === name).id;
    },
    async makeKey(name, roles, kind = 'system') {
      const { status, json, text } = await this.api('administrator', 'POST', '/v1/api-keys', { name, kind, roles, purposes: ['customer-service'] });
      if (status !== 201) throw new Error(`no key for ${name}: ${text}`);
      made.set(name, json.key);
    },
    url: `http://localhost:${ports.plain}`,
    tlsUrl: `https://127.0.0.1:${ports.tls}`,
    key,
    // One call of the API, past the browser.
    async api(role, method, path, body, headers = {}) {
      const response = await fetch(`http://127.0.0.1:${ports.plain}${path}`, {
        method,
        headers: { Authorization: `Bearer ${key(role)}`, ...(body ? { 'Content-Type': 'application/json' } : {}), ...headers },
        body: body ? JSON.stringify(body) : undefined,
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, text, json: text.startsWith('{') ? JSON.parse(text) : undefined };
    },
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.removeAllListeners('exit');
      child.once('exit', () => undefined);
      child.kill('SIGTERM');
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 15_000))]);
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
