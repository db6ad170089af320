// A module of the console, for a test that needs no browser: bundled by the esbuild that builds the console.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from './server.mjs';

const { build } = createRequire(join(root, 'console/package.json'))('esbuild');

export async function load(file) {
  const { outputFiles } = await build({ entryPoints: [join(root, 'console/src', file)], bundle: true, write: false, format: 'esm', target: 'es2022', jsx: 'automatic', logLevel: 'silent' });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}
