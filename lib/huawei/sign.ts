import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';

const algorithm = 'SDK-HMAC-SHA256';

export type SignableRequest = {
  method: string;
  /** Absolute; a fragment is never sent and so never signed. */
  url: string | URL;
  headers: Readonly<Record<string, string>>;
  /** The very bytes that will be sent, or their text in UTF-8; left out when nothing is sent. */
  body?: string | Uint8Array | undefined;
};

/** What one signature covers. */
export type SignedParts = {
  method: string;
  /** Made by `canonicalPath`. */
  path: string;
  /** Made by `canonicalQuery`. */
  query: string;
  /** Made by `headerLine`, one after the other in the order of the SignedHeaders list. */
  headerLines: string;
  /** Names in lower case, separated by semicolons. */
  signedHeaders: string;
  payloadHash: string;
};

/**
 * Signs a request with Huawei's AK/SK algorithm and returns the headers to send.
 *
 * They are the given ones plus `X-Sdk-Date`, `Host` and `Authorization`. All are signed except `Authorization`
 * and names with an underscore, which gateways drop on the way. A given `Host` is kept; a given `X-Sdk-Date` or
 * `Authorization` is replaced, so that a request signed once can be signed again.
 *
 * @param signedAt Huawei refuses what is more than 15 minutes off; sign each attempt afresh.
 * @throws TypeError when the URL is not absolute.
 */
export function signRequest(
  { method, url, headers: given, body }: SignableRequest,
  { accessKey, secretKey }: { accessKey: string; secretKey: string },
  signedAt: Date,
): Record<string, string> {
  const { host, path, query } = targetOf(url);
  const sdkDate = sdkDateOf(signedAt);
  const plan = planFor(Object.keys(given));
  const toSend: Record<string, string> = {};
  for (const name of plan.kept) toSend[name] = given[name] ?? '';
  if (!plan.hasHost) toSend.Host = host;
  toSend['X-Sdk-Date'] = sdkDate;
  const { signedHeaders, hashSentAs } = plan;
  let headerLines = '';
  for (const { name, sentAs } of plan.signed) headerLines += headerLine(name, toSend[sentAs] ?? '');
  const canonical = canonicalRequest({
    method,
    path,
    query,
    headerLines,
    signedHeaders,
    payloadHash: payloadHash(hashSentAs === undefined ? undefined : toSend[hashSentAs], body),
  });
  const signed = signature(stringToSign(canonical, sdkDate), secretKey);
  toSend.Authorization = `${algorithm} Access=${accessKey}, SignedHeaders=${signedHeaders}, Signature=${signed}`;
  return toSend;
}

/** Step 1: the request in the one form that both sides can calculate. */
export function canonicalRequest(parts: SignedParts): string {
  const { method, path, query, headerLines, signedHeaders } = parts;
  return `${method.toUpperCase()}\n${path}\n${query}\n${headerLines}\n${signedHeaders}\n${parts.payloadHash}`;
}

/** @param name in lower case. */
export function headerLine(name: string, value: string): string {
  return `${name}:${value.trim()}\n`;
}

/**
 * Step 2: what the key signs.
 *
 * @param sdkDate the value of X-Sdk-Date, `YYYYMMDDTHHMMSSZ` in UTC.
 */
export function stringToSign(canonical: string, sdkDate: string): string {
  return `${algorithm}\n${sdkDate}\n${hash('sha256', canonical)}`;
}

/** Step 3: the signature in lower-case hex. */
export function signature(text: string, secretKey: string): string {
  return createHmac('sha256', keyOf(secretKey)).update(text).digest('hex');
}

// A process signs with one key over and over, and importing it takes as long as a hash.
let lastKey: { secretKey: string; key: KeyObject } | undefined;

function keyOf(secretKey: string): KeyObject {
  if (lastKey?.secretKey !== secretKey) lastKey = { secretKey, key: createSecretKey(secretKey, 'utf8') };
  return lastKey.key;
}

/** SHA-256 of the body in hex, or what `x-sdk-content-sha256` says where that header is sent. */
export function payloadHash(declared: string | undefined, body: string | Uint8Array = ''): string {
  return declared === undefined ? hash('sha256', body) : declared.trim();
}

/** The path encoded again, with a slash at its end, whether it came encoded or not. */
export function canonicalPath(path: string): string {
  // Decoded before it is cut: Huawei's Python signer, the only one that takes encoded paths, does the same.
  const encoded = decoded(path).split('/').map(encode).join('/');
  return encoded.endsWith('/') ? encoded : `${encoded}/`;
}

/** The query, given without its question mark, encoded again and sorted by the bytes of names and values. */
export function canonicalQuery(query: string): string {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equalsAt = pair.indexOf('=');
      const [name, value] = equalsAt < 0 ? [pair, ''] : [pair.slice(0, equalsAt), pair.slice(equalsAt + 1)];
      return { name: decoded(name.replaceAll('+', ' ')), value: decoded(value.replaceAll('+', ' ')) };
    })
    .sort((a, b) => compare(a.name, b.name) || compare(a.value, b.value))
    .map(({ name, value }) => `${encode(name)}=${encode(value)}`)
    .join('&');
}

/** Percent-decodes into bytes, one character each, so that comparing texts compares bytes. */
function decoded(text: string): string {
  return Buffer.from(text)
    .toString('latin1')
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Percent-encodes bytes; only the unreserved characters of RFC 3986 stay as they are. */
function encode(bytes: string): string {
  return bytes.replace(
    /[^\w.~-]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

// What nearly every URL looks like: no default port, no query, a path that is canonical but for its last slash.
const plainUrl = /^https?:\/\/[a-z0-9.-]+(?::(?!0|80\/|443\/)\d+)?(?:\/[\w~-][\w.~-]*)+$/;

function targetOf(url: string | URL): { host: string; path: string; query: string } {
  const text = String(url);
  if (plainUrl.test(text)) {
    const hostAt = text.indexOf('//') + 2;
    const pathAt = text.indexOf('/', hostAt);
    return { host: text.slice(hostAt, pathAt), path: `${text.slice(pathAt)}/`, query: '' };
  }
  // Every HTTP client sends what the URL standard makes of it: no default port, no dot segments.
  const { host, pathname, search } = new URL(text);
  return { host, path: canonicalPath(pathname), query: canonicalQuery(search.slice(1)) };
}

// Many requests are signed within one second, and writing it out takes half as long as a hash.
let lastDate = { second: Number.NaN, text: '' };

function sdkDateOf(at: Date): string {
  const second = Math.floor(at.getTime() / 1_000);
  if (lastDate.second !== second) lastDate = { second, text: writtenOut(at) };
  return lastDate.text;
}

function writtenOut(at: Date): string {
  // Calculated, since toISOString takes longer than a hash.
  const days = at.getUTCFullYear() * 10_000 + (at.getUTCMonth() + 1) * 100 + at.getUTCDate();
  const seconds = at.getUTCHours() * 10_000 + at.getUTCMinutes() * 100 + at.getUTCSeconds();
  return `${days}T${String(seconds).padStart(6, '0')}Z`;
}

/** What follows from the names of the given headers alone. */
type HeaderPlan = {
  given: readonly string[];
  kept: readonly string[];
  hasHost: boolean;
  signed: readonly { name: string; sentAs: string }[];
  signedHeaders: string;
  /** The header that stands in for the hash of the body, if it is sent. */
  hashSentAs: string | undefined;
};

function makePlan(given: readonly string[]): HeaderPlan {
  const kept = given.filter((name) => !/^(x-sdk-date|authorization)$/i.test(name));
  const hasHost = kept.some((name) => name.toLowerCase() === 'host');
  const signed = [...kept, ...(hasHost ? [] : ['Host']), 'X-Sdk-Date']
    .filter((name) => !name.includes('_'))
    .map((sentAs) => ({ name: sentAs.toLowerCase(), sentAs }))
    .sort((a, b) => compare(a.name, b.name));
  const signedHeaders = signed.map(({ name }) => name).join(';');
  const hashSentAs = signed.find(({ name }) => name === 'x-sdk-content-sha256')?.sentAs;
  return { given, kept, hasHost, signed, signedHeaders, hashSentAs };
}

// A process signs the same few headers over and over: what follows from their names is kept.
let lastPlan = makePlan([]);

function planFor(given: readonly string[]): HeaderPlan {
  const isSame =
    given.length === lastPlan.given.length && given.every((name, i) => name === lastPlan.given[i]);
  if (!isSame) lastPlan = makePlan(given);
  return lastPlan;
}
