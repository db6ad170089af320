// One request to the API: proves that it comes from the session's own browser, and turns every failure into an
// ApiProblem with a stable code.  Bodies are built once, as text, so that a request repeated after a colleague's
// approval is the same byte for byte.
import { dropKey, findKey, keepKey } from './key_store';
import { prove } from './proof';

export interface ApiRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  target: string; // path and query
  body?: string;
  contentType?: string;
  headers?: Record<string, string>;
}

export class ApiProblem extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly requestId: string,
    readonly more: Record<string, unknown> = {},
  ) {
    super(code);
  }
}

let sessionKey: CryptoKey | undefined;
let onSessionEnded: () => void = () => undefined;

export const hasSessionKey = () => sessionKey !== undefined;
export async function loadSessionKey(): Promise<void> {
  sessionKey = await findKey().catch(() => undefined);
}
// A browser that keeps nothing (a private window) still signs in; a reload then asks again.
export async function useSessionKey(key: CryptoKey): Promise<void> {
  sessionKey = key;
  await keepKey(key).catch(() => undefined);
}
export async function forgetSessionKey(): Promise<void> {
  sessionKey = undefined;
  await dropKey().catch(() => undefined);
}
export function whenSessionEnds(listener: () => void): void {
  onSessionEnded = listener;
}

export function json(method: ApiRequest['method'], target: string, body?: unknown): ApiRequest {
  return body === undefined ? { method, target } : { method, target, body: JSON.stringify(body) };
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const requestId = response.headers.get('X-Request-Id') ?? '';
  try {
    const { code, title, detail, ...more } = (await response.json()) as Record<string, unknown>;
    if (typeof code === 'string') {
      return new ApiProblem(code, response.status, String(title ?? ''), String(detail ?? ''), requestId, more);
    }
  } catch {
    // Not a problem document: something between us and the server answered.
  }
  return new ApiProblem('internal', response.status, response.statusText, '', requestId);
}

const endings = new Set(['session-ended', 'session-unproved', 'credential-missing', 'credential-invalid']);

async function send(request: ApiRequest): Promise<Response> {
  const headers = new Headers(request.headers);
  headers.set('Accept', 'application/json, text/plain;q=0.9, image/png;q=0.9');
  if (request.body !== undefined) headers.set('Content-Type', request.contentType ?? 'application/json');
  if (sessionKey) headers.set('X-Session-Proof', await prove(sessionKey, request.method, request.target));
  try {
    return await fetch(request.target, {
      method: request.method,
      headers,
      body: request.body ?? null,
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
    });
  } catch {
    throw new ApiProblem('server-unreachable', 0, '', '', '');
  }
}

async function answerTo(request: ApiRequest): Promise<Response> {
  const response = await send(request);
  if (response.ok) return response;
  const problem = await problemOf(response);
  if (endings.has(problem.code)) onSessionEnded();
  throw problem;
}

// An answer that is no text: a picture.
export const callBlob = async (request: ApiRequest): Promise<Blob> => (await answerTo(request)).blob();

// The answer's JSON, or its text where it is none; undefined when it is empty.
export async function call<T>(request: ApiRequest): Promise<T> {
  const response = await answerTo(request);
  const text = await response.text();
  if (text === '') return undefined as T;
  const isJson = (response.headers.get('Content-Type') ?? '').includes('json');
  return (isJson ? JSON.parse(text) : text) as T;
}

export const get = <T>(target: string) => call<T>({ method: 'GET', target });

export function query(path: string, parameters: Record<string, string | number | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== '') search.set(name, String(value));
  }
  const text = search.toString();
  return text === '' ? path : `${path}?${text}`;
}

export function asProblem(thrown: unknown): ApiProblem {
  if (thrown instanceof ApiProblem) return thrown;
  return new ApiProblem('console-fault', 0, '', thrown instanceof Error ? thrown.name : '', '');
}
