// node embed.mjs <dist folder> <file.cc>: the built console as code, for src/http/console_assets.h.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const mediaTypes = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

function filesBelow(folder, prefix = '') {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap((entry) => {
    const path = prefix + entry.name;
    return entry.isDirectory() ? filesBelow(folder, `${path}/`) : [path];
  });
}

// A literal of these bytes, in pieces: three octal digits never swallow what follows them.
function literal(bytes) {
  if (bytes.length === 0) return 'std::string_view()';
  let text = '';
  for (let at = 0; at < bytes.length; at += 4096) {
    text += '\n"';
    for (const byte of bytes.subarray(at, at + 4096)) {
      const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c && byte !== 0x3f;
      text += plain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`;
    }
    text += '"';
  }
  return `std::string_view(${text}, ${bytes.length})`;
}

function assetCode(folder, path) {
  const type = mediaTypes[extname(path)];
  if (type === undefined) throw new Error(`embed.mjs knows no media type for ${path}`);
  const plain = readFileSync(join(folder, path));
  const gzip = gzipSync(plain, { level: 9 });
  const etag = createHash('sha256').update(plain).digest('base64url').slice(0, 22);
  const smaller = gzip.length < plain.length ? gzip : Buffer.alloc(0);
  return `{"${path}", "${type}", "\\"${etag}\\"", ${literal(plain)}, ${literal(smaller)}},\n`;
}

const [folder, out] = process.argv.slice(2);
const order = (left, right) => (left < right ? -1 : 1);
const assets = filesBelow(folder).sort(order).map((path) => assetCode(folder, path));
writeFileSync(
  out,
  `#include "http/console_assets.h"\n\nnamespace strongroom {\nnamespace {\nconstexpr ConsoleAsset kAssets[] = {\n${assets.join('')}};\n` +
    '}  // namespace\n\nstd::span<const ConsoleAsset> ConsoleAssets() { return kAssets; }\n\n}  // namespace strongroom\n',
);
