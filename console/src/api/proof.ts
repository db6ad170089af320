// What makes a stolen cookie worthless: a key that this browser agreed on with the server and cannot give away.
// Format: docs/formats/session-proof.md.  The keys are not extractable; no byte of them is ever visible to the page.

const curve = { name: 'ECDH', namedCurve: 'P-256' } as const;
const utf8 = new TextEncoder();

export function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}

export interface ProofPair {
  privateKey: CryptoKey;
  publicText: string; // base64url of the 65 bytes of the point
}

export async function makePair(): Promise<ProofPair> {
  const pair = await crypto.subtle.generateKey(curve, false, ['deriveKey']);
  const point = await crypto.subtle.exportKey('raw', pair.publicKey);
  return { privateKey: pair.privateKey, publicText: toBase64Url(new Uint8Array(point)) };
}

export async function agree(privateKey: CryptoKey, serverPublic: string, sessionId: string): Promise<CryptoKey> {
  const peer = await crypto.subtle.importKey('raw', fromBase64Url(serverPublic), curve, false, []);
  const shared = await crypto.subtle.deriveKey({ name: 'ECDH', public: peer }, privateKey, 'HKDF', false, ['deriveKey']);
  const salt = await crypto.subtle.digest('SHA-256', utf8.encode(sessionId));
  const info = utf8.encode('strongroom session proof v1');
  const mac = { name: 'HMAC', hash: 'SHA-256', length: 256 };
  return crypto.subtle.deriveKey({ name: 'HKDF', hash: 'SHA-256', salt, info }, shared, mac, false, ['sign']);
}

function lengthPrefixed(parts: string[]): Uint8Array<ArrayBuffer> {
  const encoded = parts.map((part) => utf8.encode(part));
  const out = new Uint8Array(encoded.reduce((sum, part) => sum + 4 + part.length, 0));
  const view = new DataView(out.buffer);
  let at = 0;
  for (const part of encoded) {
    view.setUint32(at, part.length);
    out.set(part, at + 4);
    at += 4 + part.length;
  }
  return out;
}

// The value of X-Session-Proof.  `target`: path and query as fetch() sends them.
export async function prove(key: CryptoKey, method: string, target: string, millis = Date.now()): Promise<string> {
  const mac = await crypto.subtle.sign('HMAC', key, lengthPrefixed([method, target, String(millis)]));
  return `${millis}.${toBase64Url(new Uint8Array(mac))}`;
}
