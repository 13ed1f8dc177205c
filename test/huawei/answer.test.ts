import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanText, readRefusal, requestIdOf } from '../../lib/huawei/answer.ts';

function refusal(body: unknown, headers: Record<string, string> = {}, status = 400) {
  return readRefusal({ status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) });
}

describe('a refusal', () => {
  it.each([
    ['of Workspace', { error_code: 'WKS.0001', error_msg: 'said' }, 'WKS.0001'],
    ['with nulls beside it', { error_code: 'WKS.1', error_msg: 'said', error_detail: null }, 'WKS.1'],
    ['in camel case', { errorCode: 'WKS.2', errorMsg: 'said' }, 'WKS.2'],
    ['with code and message', { code: 'WKS.3', message: 'said' }, 'WKS.3'],
    ['of IAM, with a number', { error: { code: 401, message: 'said', title: 'Unauthorized' } }, '401'],
    ['nested in a list', { errors: [{ error_code: 'WKS.4', error_msg: 'said' }] }, 'WKS.4'],
    ['deeply nested', { a: { b: { c: { code: 'WKS.5', message: 'said' } } } }, 'WKS.5'],
    ['of the gateway of the other product', { error_code: 'APIG.0308', error_msg: 'said' }, 'APIGW.0308'],
  ])('%s gives code and text', (_, body, code) => {
    expect(refusal(body)).toMatchObject({ code, text: 'said' });
  });

  it.each([
    ['a code without a message', '{"error_code":"WKS.1"}', '{"error_code":"WKS.1"}'],
    ['a message without a code', '{"message":"said"}', '{"message":"said"}'],
    ['nothing', '', ''],
    ['null', 'null', 'null'],
    ['a number', '7', '7'],
    ['broken JSON', '{"error_code":', '{"error_code":'],
    [
      'a page of a proxy',
      '<html><style>b{}</style>\n<h1>502 Bad\tGateway</h1><hr>nginx</html>',
      '502 Bad Gateway nginx',
    ],
  ])('of %s gives its text and no code', (_, body, text) => {
    const { code, text: found, failure } = refusal(body, {}, 502);
    expect({ code, found, failure }).toEqual({ code: '', found: text, failure: { status: 502 } });
  });

  it('keeps the code as Huawei wrote it, the request id and the encoded message', () => {
    const body = { error_code: 'APIG.1', error_msg: 'no', encoded_authorization_message: 'AQID' };
    expect(refusal(body, { 'x-request-id': 'r-1' }, 403).failure).toEqual({
      status: 403,
      errorCode: 'APIG.1',
      requestId: 'r-1',
      encodedAuthorizationMessage: 'AQID',
    });
  });

  it('is read whatever the body is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
        const { text, failure } = refusal(body);
        expect(text.length).toBeLessThanOrEqual(500);
        expect(failure.status).toBe(400);
      }),
    );
  });

  it.each(['<', '<style>', 'canonicalRequest', 'signature=', '{"a":'])(
    'is read in little time though the body is %s without end',
    { timeout: 2000 },
    (piece) => {
      expect(refusal(piece.repeat(100_000)).text.length).toBeLessThanOrEqual(500);
    },
  );

  it('keeps an encoded message only as long as STS takes it', () => {
    const encoded = (length: number) => ({ encoded_authorization_message: 'x'.repeat(length) });
    expect(refusal(encoded(10_240)).failure.encodedAuthorizationMessage).toHaveLength(10_240);
    expect(refusal(encoded(10_241)).failure).not.toHaveProperty('encodedAuthorizationMessage');
  });
});

describe('the request id', () => {
  const body = '{"a":{"request_id":"in the body"}}';
  it.each([
    [{ 'x-request-id': 'one', 'x-iam-trace-id': 'two' }, 'one'],
    [{ 'x-iam-trace-id': 'two' }, 'two'],
    [{}, 'in the body'],
  ])('with headers %o is %s', (headers, id) => {
    expect(requestIdOf({ status: 200, headers, body })).toBe(id);
  });

  it('may be missing', () => {
    expect(requestIdOf({ status: 200, headers: {}, body: '' })).toBeUndefined();
  });
});

describe('a text for people', () => {
  it.each([
    ['control and invisible characters', 'a\u0000b\r\n\tc\u202Ed', 'a b c d'],
    [
      'the canonical request',
      'fail, canonicalRequest:GET|/|x-security-token:T||a|b',
      'fail, canonicalRequest: [left out]',
    ],
    [
      'one written otherwise',
      'fail, canonical_request = GET\n/\ntoken',
      'fail, canonicalRequest: [left out]',
    ],
    ['a token', 'header x-security-token: T|x', 'header x-security-token: [left out]|x'],
    ['a token in JSON', '{"X-Auth-Token":"T","a":1}', '{"X-Auth-Token: [left out],"a":1}'],
    ['a signature', 'got Access=AK, Signature=0f0f;', 'got Access: [left out], Signature: [left out];'],
  ])('is without %s', (_, text, clean) => {
    expect(cleanText(text)).toBe(clean);
  });

  it('keeps words that only look like secrets', () => {
    const text = 'signature expired,signature time:20211217T064303Z,server time:20211217T065804Z';
    expect(cleanText(text)).toBe(text);
  });

  it('is cut at 500 characters, never through one', () => {
    expect(cleanText('x'.repeat(500))).toHaveLength(500);
    expect(cleanText('x'.repeat(501))).toBe(`${'x'.repeat(499)}…`);
    expect(cleanText(`${'x'.repeat(498)}🕔🕔`)).toBe(`${'x'.repeat(498)}…`);
  });
});
