import { defineConfig } from 'vite';

export default defineConfig({
  base: '/console/',
  // ./dev console: beside a server of ./dev run, whose certificate it made itself.
  server: { proxy: { '/v1': { target: 'https://127.0.0.1:8443', secure: false } } },
  // React's JSX as it is: no plugin, and so no further packages to trust.
  esbuild: { jsx: 'automatic', legalComments: 'none' },
  json: { namedExports: false, stringify: true },
  build: {
    target: 'es2022',
    // Nothing inline: the content security policy takes neither data: scripts nor data: fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    cssCodeSplit: false,
    sourcemap: false,
    reportCompressedSize: false,
  },
});
