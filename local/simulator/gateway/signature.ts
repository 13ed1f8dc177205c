// The signature as the signing guide words it, in plain steps. The product's own signer is not used: it is made
// for speed, and what goes wrong there must not go wrong in the same way here.
import { createHmac, hash } from 'node:crypto';
import type { Instant } from '../../../lib/domain/time/instant.ts';
import type { Call } from '../answer.ts';

/** What of a received request a signature is made over. */
export type ReceivedRequest = Pick<Call, 'method' | 'target' | 'headers' | 'body'>;

/** The three parts of an `Authorization` header. */
type Authorization = { accessKey: string; signedHeaders: string[]; signature: string };

const algorithm = 'SDK-HMAC-SHA256';

/** Takes an `Authorization` header apart; undefined when it is none of this algorithm. */
export function parseAuthorization(header: string | undefined): Authorization | undefined {
  const form = /^SDK-HMAC-SHA256 Access=([^,\s]+), ?SignedHeaders=([^,\s]+), ?Signature=([0-9a-f]{64})$/;
  const [, accessKey, signedHeaders, signature] = form.exec(header ?? '') ?? [];
  if (accessKey === undefined || signedHeaders === undefined || signature === undefined) return undefined;
  return { accessKey, signedHeaders: signedHeaders.split(';'), signature };
}

/** RFC 3986: everything but letters, digits and `-_.~` is escaped. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Text that is not valid percent-encoding stands for itself. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function canonicalPath(path: string): string {
  const encoded = path
    .split('/')
    .map((segment) => encode(decode(segment)))
    .join('/');
  return encoded.endsWith('/') ? encoded : `${encoded}/`;
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function canonicalQuery(query: string): string {
  // With a question mark of its own, since URLSearchParams takes the first one away.
  return [...new URLSearchParams(`?${query}`)]
    .sort(([keyA, valueA], [keyB, valueB]) => byBytes(keyA, keyB) || byBytes(valueA, valueB))
    .map(([key, value]) => `${encode(key)}=${encode(value)}`)
    .join('&');
}

function payloadHash({ headers, body }: ReceivedRequest): string {
  return String(headers['x-sdk-content-sha256'] ?? hash('sha256', body));
}

/** The canonical request as the gateway makes it: from what was received, and the sender's own list of headers. */
export function canonicalRequestOf(request: ReceivedRequest, signedHeaders: readonly string[]): string {
  const [path = ''] = request.target.split('?', 1);
  const headers = signedHeaders.map((name) => `${name}:${String(request.headers[name] ?? '').trim()}\n`);
  return [
    request.method,
    canonicalPath(path),
    canonicalQuery(request.target.slice(path.length + 1)),
    headers.join(''),
    signedHeaders.join(';'),
    payloadHash(request),
  ].join('\n');
}

/** Whether the request carries the signature that this key makes over it. */
export function isSignedBy(secretKey: string, request: ReceivedRequest): boolean {
  const given = parseAuthorization(request.headers.authorization);
  if (given === undefined) return false;
  const digest = hash('sha256', canonicalRequestOf(request, given.signedHeaders));
  const stringToSign = `${algorithm}\n${request.headers['x-sdk-date']}\n${digest}`;
  return given.signature === createHmac('sha256', secretKey).update(stringToSign).digest('hex');
}

/** `X-Sdk-Date` (`20261124T064500Z`) as an instant; undefined when it is not one. */
export function instantOfSdkDate(text: string): Instant | undefined {
  if (!/^\d{8}T\d{6}Z$/.test(text)) return undefined;
  const at = Date.parse(text.replace(/^(....)(..)(..T..)(..)/, '$1-$2-$3:$4:'));
  return Number.isNaN(at) ? undefined : at;
}

/** An instant as `X-Sdk-Date` spells it, to the second. */
export function sdkDateOf(at: Instant): string {
  return new Date(at).toISOString().replace(/[-:]|\.\d{3}/g, '');
}
