import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalPath,
  canonicalQuery,
  canonicalRequest,
  headerLine,
  payloadHash,
  signature,
  signRequest,
  stringToSign,
} from '../../lib/huawei/sign.ts';
import signing from '../vectors/signing.json' with { type: 'json' };

const { vectors } = signing;
type Vector = (typeof vectors)[number];

const keys = { accessKey: 'AK-EXAMPLE', secretKey: 'secret-example' };
const signedAt = new Date('2026-01-15T03:04:05.999Z');

function dateOf(sdkDate: string): Date {
  return new Date(sdkDate.replace(/(....)(..)(..T..)(..)(..Z)/, '$1-$2-$3:$4:$5'));
}

function givenHeaders(vector: Vector): Record<string, string> {
  return Object.fromEntries(Object.entries(vector.headers).filter(([, value]) => value !== undefined));
}

/** What a gateway makes of a request it received: the headers that the list names, whichever they are. */
function canonicalOf(vector: Vector, signedHeaders: string): string {
  const [, path = '', query = ''] = /^https?:\/\/[^/]+([^?]*)\??(.*)$/.exec(vector.url) ?? [];
  const sent = { host: new URL(vector.url).host, 'x-sdk-date': vector.sdkDate, ...givenHeaders(vector) };
  const byName = new Map(Object.entries(sent).map(([name, value]) => [name.toLowerCase(), value]));
  return canonicalRequest({
    method: vector.method,
    path: canonicalPath(path),
    query: canonicalQuery(query),
    headerLines: linesOf(signedHeaders.split(';'), byName),
    signedHeaders,
    payloadHash: payloadHash(byName.get('x-sdk-content-sha256'), vector.body),
  });
}

function linesOf(names: readonly string[], byName: ReadonlyMap<string, string>): string {
  return names.map((name) => headerLine(name, byName.get(name) ?? '')).join('');
}

function signatureIn(authorization = ''): string {
  return authorization.slice(authorization.lastIndexOf('=') + 1);
}

function signedHeadersIn(authorization = ''): string[] {
  return /SignedHeaders=([^,]*)/.exec(authorization)?.[1]?.split(';') ?? [];
}

/** The canonical request behind a signature: rebuilt from what was sent, and proven by the signature. */
function canonicalLines(url: string, given: Record<string, string> = {}, method = 'GET'): string[] {
  const sent = signRequest({ method, url, headers: given }, keys, signedAt);
  const byName = new Map(Object.entries(sent).map(([name, value]) => [name.toLowerCase(), value]));
  const names = signedHeadersIn(sent.Authorization);
  const { pathname, search } = new URL(url);
  const path = canonicalPath(pathname);
  const query = canonicalQuery(search.slice(1));
  const canonical = canonicalRequest({
    method,
    path,
    query,
    headerLines: linesOf(names, byName),
    signedHeaders: names.join(';'),
    payloadHash: payloadHash(byName.get('x-sdk-content-sha256')),
  });
  const expected = signature(stringToSign(canonical, '20260115T030405Z'), keys.secretKey);
  expect(signatureIn(sent.Authorization)).toBe(expected);
  return canonical.split('\n');
}

describe("Huawei's own signers agree with ours", () => {
  it.each(vectors)('on the canonical request of $name', (vector) => {
    expect(canonicalOf(vector, vector.expected.signedHeaders)).toBe(vector.expected.canonicalRequest);
  });

  it.each(vectors)('on the string to sign of $name', (vector) => {
    const hashed = createHash('sha256').update(vector.expected.canonicalRequest).digest('hex');
    expect(stringToSign(vector.expected.canonicalRequest, vector.sdkDate)).toBe(
      `SDK-HMAC-SHA256\n${vector.sdkDate}\n${hashed}`,
    );
  });

  it.each(vectors)('on the signature of $name', (vector) => {
    const text = stringToSign(vector.expected.canonicalRequest, vector.sdkDate);
    expect(signature(text, vector.sk)).toBe(signatureIn(vector.expected.authorization));
  });

  it.each(vectors)('on the Authorization header of $name', (vector) => {
    const { method, url, body, ak, sk } = vector;
    for (const bytes of [body, Buffer.from(body)]) {
      const request = { method, url, headers: givenHeaders(vector), body: bytes };
      const headers = signRequest(request, { accessKey: ak, secretKey: sk }, dateOf(vector.sdkDate));
      expect(headers.Authorization).toBe(vector.expected.authorization);
    }
  });

  it.each(vectors)('when they sign other headers of $name', (vector) => {
    for (const { signedHeaders, authorization } of vector.alsoValid ?? []) {
      const text = stringToSign(canonicalOf(vector, signedHeaders), vector.sdkDate);
      expect(signature(text, vector.sk)).toBe(signatureIn(authorization));
    }
  });

  it('on the hash that the signing guide prints', () => {
    const example = vectors.find(({ name }) => name === 'docs-worked-example');
    expect(stringToSign(example?.expected.canonicalRequest ?? '', '20191115T033655Z')).toBe(
      'SDK-HMAC-SHA256\n20191115T033655Z\nb25362e603ee30f4f25e7858e8a7160fd36e803bb2dfe206278659d71a9bcd7a',
    );
  });
});

describe('the canonical request', () => {
  it.each([
    ['no path', 'https://h.example', '/'],
    ['a slash only', 'https://h.example/', '/'],
    ['a path without a last slash', 'https://h.example/v2/pools', '/v2/pools/'],
    ['a path with a last slash', 'https://h.example/v2/pools/', '/v2/pools/'],
    ['a fragment', 'https://h.example/v2/pools#top', '/v2/pools/'],
    ['characters that stay as they are', 'https://h.example/a-b_c.d~e', '/a-b_c.d~e/'],
    ['literal Chinese', 'https://h.example/标签', '/%E6%A0%87%E7%AD%BE/'],
    ['encoded Chinese in lower case', 'https://h.example/%e6%a0%87%e7%ad%be', '/%E6%A0%87%E7%AD%BE/'],
    ['a needless encoding', 'https://h.example/%61%7E', '/a~/'],
    ['a literal space', 'https://h.example/a b', '/a%20b/'],
    ['an encoded percent sign', 'https://h.example/100%25', '/100%25/'],
    ['a percent sign that encodes nothing', 'https://h.example/100%/50%zz', '/100%25/50%25zz/'],
    ['a plus sign, which is no space in a path', 'https://h.example/a+b', '/a%2Bb/'],
    ['an encoded slash, as the Python signer has it', 'https://h.example/a%2Fb', '/a/b/'],
    ['an empty segment', 'https://h.example/a//b', '/a//b/'],
    ['dot segments, which no client sends', 'https://h.example/a/../b/./c', '/b/c/'],
    ['an emoji', 'https://h.example/🖥', '/%F0%9F%96%A5/'],
  ])('has the path of a URL with %s', (_, url, path) => {
    expect(canonicalLines(url)[1]).toBe(path);
  });

  it.each([
    ['none', '', ''],
    ['an empty one', '?', ''],
    ['a name without a value', '?limit', 'limit='],
    ['a name with an empty value', '?limit=', 'limit='],
    ['an empty pair', '?&a=1&&b=2&', 'a=1&b=2'],
    ['names out of order', '?b=1&a=2&B=3', 'B=3&a=2&b=1'],
    ['a repeated name', '?s=RUNNING&a=1&s=FAILED&s=', 'a=1&s=&s=FAILED&s=RUNNING'],
    ['a name that begins another', '?a-b=1&a=2', 'a=2&a-b=1'],
    ['an equals sign in the value', '?a=b=c', 'a=b%3Dc'],
    ['a plus sign, which is a space in a query', '?name=Sales+Pool', 'name=Sales%20Pool'],
    ['an encoded plus sign', '?name=C%2B%2B', 'name=C%2B%2B'],
    ['lower-case hex', '?name=a%2fb', 'name=a%2Fb'],
    ['a needless encoding', '?n%61me=%7E%61', 'name=~a'],
    ['reserved characters', "?a=!'()*", 'a=%21%27%28%29%2A'],
    ['literal Chinese', '?name=研发', 'name=%E7%A0%94%E5%8F%91'],
    ['a percent sign that encodes nothing', '?a=100%', 'a=100%25'],
    ['names that only decoding puts in order', '?%7E=1&%E4%B8%AD=2&~a=3', '~=1&~a=3&%E4%B8%AD=2'],
    ['an emoji after a later code unit', '?%F0%9F%96%A5=1&%EF%BC%A1=2', '%EF%BC%A1=2&%F0%9F%96%A5=1'],
  ])('has the query of a URL with %s', (_, search, query) => {
    expect(canonicalLines(`https://h.example/v2/pools${search}`)[2]).toBe(query);
  });

  it.each([
    ['https://h.example/', 'h.example'],
    ['https://h.example:8443/v2', 'h.example:8443'],
    ['https://h.example:443/v2', 'h.example'],
    ['http://h.example:80/v2', 'h.example'],
    ['https://h.example:80/v2', 'h.example:80'],
    ['https://h.example:8080/v2', 'h.example:8080'],
    ['https://h.example:0443/v2', 'h.example'],
    ['http://127.0.0.1:4000/v2', '127.0.0.1:4000'],
    ['http://[::1]:4000/v2', '[::1]:4000'],
    ['https://H.Example/v2', 'h.example'],
  ])('has the host of %s', (url, host) => {
    expect(canonicalLines(url)[3]).toBe(`host:${host}`);
  });

  it('trims values at their ends only and sorts names by code point, whatever their case', () => {
    const headers = { 'X-B': ' two  words\t', 'x-a': '', 'X-A1': '2', 'x-a-b': '1' };
    expect(canonicalLines('https://h.example/', headers).slice(3, -3)).toEqual([
      'host:h.example',
      'x-a:',
      'x-a-b:1',
      'x-a1:2',
      'x-b:two  words',
      'x-sdk-date:20260115T030405Z',
    ]);
  });

  it('has the method in upper case', () => {
    expect(canonicalLines('https://h.example/', {}, 'pAtCh')[0]).toBe('PATCH');
  });

  it('leaves out names with an underscore, which gateways drop', () => {
    expect(canonicalLines('https://h.example/', { x_trace: '1' }).at(-2)).toBe('host;x-sdk-date');
  });

  it('encodes every text as RFC 3986 has it', () => {
    const strict = (text: string) =>
      encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (name, value) => {
        fc.pre(!value.includes('/'));
        expect(canonicalPath(`/${encodeURIComponent(value)}/`)).toBe(`/${strict(value)}/`);
        expect(canonicalQuery(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`)).toBe(
          `${strict(name)}=${strict(value)}`,
        );
      }),
    );
  });

  it('is the same for a query in whatever order', () => {
    const pair = fc.tuple(fc.string({ unit: 'binary', minLength: 1 }), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(fc.array(pair), (pairs) => {
        const query = (list: typeof pairs) =>
          list.map((texts) => texts.map(encodeURIComponent).join('=')).join('&');
        expect(canonicalQuery(query(pairs.toReversed()))).toBe(canonicalQuery(query(pairs)));
      }),
    );
  });
});

describe('the headers to send', () => {
  const url = 'https://h.example/v2/pools';

  it('are the given ones plus date, host and authorization', () => {
    const headers = { 'content-type': 'application/json', x_trace: '1' };
    const signed = signRequest({ method: 'POST', url, headers, body: '{}' }, keys, signedAt);
    expect(signed).toEqual({
      ...headers,
      Host: 'h.example',
      'X-Sdk-Date': '20260115T030405Z',
      Authorization: expect.stringMatching(
        /^SDK-HMAC-SHA256 Access=AK-EXAMPLE, SignedHeaders=content-type;host;x-sdk-date, Signature=[0-9a-f]{64}$/,
      ),
    });
    expect(headers).toEqual({ 'content-type': 'application/json', x_trace: '1' });
  });

  it('keep a given host under its name', () => {
    const signed = signRequest({ method: 'GET', url, headers: { HOST: 'other.example' } }, keys, signedAt);
    expect(Object.keys(signed)).toEqual(['HOST', 'X-Sdk-Date', 'Authorization']);
    expect(canonicalLines(url, { HOST: 'other.example' })[3]).toBe('host:other.example');
  });

  it('are fresh when a signed request is signed again', () => {
    const request = { method: 'GET', url, headers: {} };
    const once = signRequest(request, keys, new Date('2020-01-01T00:00:00Z'));
    const lowerCase = Object.fromEntries(
      Object.entries(once).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const again = signRequest({ ...request, headers: lowerCase }, keys, signedAt);
    expect(again.Authorization).toBe(signRequest(request, keys, signedAt).Authorization);
    expect(Object.keys(again)).toEqual(['host', 'X-Sdk-Date', 'Authorization']);
  });

  it('do not hold the secret', () => {
    expect(JSON.stringify(signRequest({ method: 'GET', url, headers: {} }, keys, signedAt))).not.toContain(
      keys.secretKey,
    );
  });

  it('take a URL object for a URL', () => {
    const headers = {};
    expect(signRequest({ method: 'GET', url: new URL(url), headers }, keys, signedAt)).toEqual(
      signRequest({ method: 'GET', url, headers }, keys, signedAt),
    );
  });

  it('cannot be made for a relative URL', () => {
    expect(() => signRequest({ method: 'GET', url: '/v2/pools', headers: {} }, keys, signedAt)).toThrow(
      TypeError,
    );
  });
});

describe('the payload hash', () => {
  it('tells an empty body from an empty object', () => {
    const none = payloadHash(undefined);
    expect(none).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(payloadHash(undefined, '')).toBe(none);
    expect(payloadHash(undefined, '{}')).not.toBe(none);
  });

  it('is the text of x-sdk-content-sha256 where that is sent', () => {
    expect(payloadHash(' UNSIGNED-PAYLOAD', '{}')).toBe('UNSIGNED-PAYLOAD');
    const header = { 'X-Sdk-Content-Sha256': ' UNSIGNED-PAYLOAD' };
    expect(canonicalLines('https://h.example/v2', header).at(-1)).toBe('UNSIGNED-PAYLOAD');
  });
});

describe('signing again and again', () => {
  it('keeps nothing of the key or the headers of the call before', () => {
    const request = { method: 'GET', url: 'https://h.example/v2', headers: {} };
    const first = signRequest(request, keys, signedAt);
    const otherKey = signRequest(request, { ...keys, secretKey: 'another' }, signedAt);
    expect(signatureIn(otherKey.Authorization)).not.toBe(signatureIn(first.Authorization));
    const more = signRequest({ ...request, headers: { 'x-a': '1' } }, keys, signedAt);
    expect(signedHeadersIn(more.Authorization)).toEqual(['host', 'x-a', 'x-sdk-date']);
    expect(signRequest(request, keys, signedAt)).toEqual(first);
  });

  it('takes the very second, whichever one came before', () => {
    const dateAt = (at: string) =>
      signRequest({ method: 'GET', url: 'https://h.example/v2', headers: {} }, keys, new Date(at))[
        'X-Sdk-Date'
      ];
    expect(dateAt('2026-01-15T03:04:05.000Z')).toBe('20260115T030405Z');
    expect(dateAt('2026-01-15T03:04:05.999Z')).toBe('20260115T030405Z');
    expect(dateAt('2026-01-15T03:04:06.000Z')).toBe('20260115T030406Z');
    expect(dateAt('2026-01-15T03:04:05.999Z')).toBe('20260115T030405Z');
  });
});
