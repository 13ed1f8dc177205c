import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signRequest } from '../../../lib/huawei/sign.ts';
import {
  canonicalRequestOf,
  instantOfSdkDate,
  isSignedBy,
  parseAuthorization,
  sdkDateOf,
} from '../../../local/simulator/gateway/signature.ts';

type Signed = { authorization: string; signedHeaders: string };
type Vector = {
  name: string;
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
  sk: string;
  sdkDate: string;
  expected: Signed & { canonicalRequest: string };
  alsoValid: Signed[];
};

const file = join(import.meta.dirname, '../../vectors/signing.json');
const { vectors }: { vectors: Vector[] } = JSON.parse(readFileSync(file, 'utf8'));

/** Headers as Node hands them over: lower-case names. */
function received(method: string, url: string, headers: Record<string, string>, body: string) {
  const lowerCase = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  const { pathname, search } = new URL(url);
  const target = pathname + search;
  return { method, target, headers: Object.fromEntries(lowerCase), body: Buffer.from(body) };
}

function receivedVector({ method, url, headers, body, sdkDate }: Vector, authorization: string) {
  const { host } = new URL(url);
  return received(method, url, { host, 'X-Sdk-Date': sdkDate, ...headers, authorization }, body);
}

const allSigned = vectors.flatMap((vector) =>
  [vector.expected, ...(vector.alsoValid ?? [])].map((signed) => ({ ...signed, vector, name: vector.name })),
);

describe('the check of signatures', () => {
  it.each(allSigned)(
    "accepts Huawei's own signature $name over $signedHeaders",
    ({ vector, authorization }) => {
      expect(isSignedBy(vector.sk, receivedVector(vector, authorization))).toBe(true);
    },
  );

  it.each(vectors)('makes the canonical request of $name', (vector) => {
    const request = receivedVector(vector, vector.expected.authorization);
    const signedHeaders = vector.expected.signedHeaders.split(';');
    expect(canonicalRequestOf(request, signedHeaders)).toBe(vector.expected.canonicalRequest);
  });

  it('accepts whatever the signer of the product signs', () => {
    const url = fc.webUrl({ withQueryParameters: true });
    fc.assert(
      fc.property(url, fc.string(), fc.constantFrom('GET', 'POST'), (address, body, method) => {
        const unsigned = { method, url: address, headers: { 'Content-Type': 'text/plain' }, body };
        const keys = { accessKey: 'AK', secretKey: 'secret' };
        const headers = signRequest(unsigned, keys, new Date(0));
        expect(isSignedBy('secret', received(method, address, headers, body))).toBe(true);
        expect(isSignedBy('another', received(method, address, headers, body))).toBe(false);
        expect(isSignedBy('secret', received(method, address, headers, `${body}.`))).toBe(false);
      }),
    );
  });

  it.each([
    ['no header', undefined],
    ['another algorithm', 'SDK-HMAC-SM3 Access=a, SignedHeaders=b, Signature=c'],
    ['no signature', 'SDK-HMAC-SHA256 Access=a, SignedHeaders=b'],
  ])('finds nothing to check in %s', (_, header) => {
    expect(parseAuthorization(header)).toBeUndefined();
  });

  it('reads back the dates that it writes', () => {
    expect(sdkDateOf(Date.UTC(2026, 0, 2, 3, 4, 5))).toBe('20260102T030405Z');
    expect(instantOfSdkDate('20260102T030405Z')).toBe(Date.UTC(2026, 0, 2, 3, 4, 5));
    expect(['2026-01-02T03:04:05Z', '20261332T030405Z', ''].map(instantOfSdkDate)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
