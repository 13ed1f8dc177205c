import { describe, expect, it, onTestFinished } from 'vitest';
import type { HuaweiAnswer } from '../../lib/huawei/answer.ts';
import { masked } from '../../lib/huawei/mask.ts';
import { errorOf } from '../../lib/huawei/refusal.ts';
import { createSignedRequest } from '../../lib/huawei/signed-request.ts';
import { Secret } from '../../lib/secret.ts';
import { httpAnswer, startRawServer } from './raw-server.ts';

const accessKey = 'HST3WJKLEXAMPLEKEY01';
const secretKey = 'q8/Xw+Zt5kLm3Np=7RsUvY2aBcDeFgHiJkLmNoPq';
const token = 'gQ9ja24t+bm9ydGgtMUw/BbT5YW1wbGU&dG9rZW4=';
const keys = { accessKey, secretKey: new Secret(secretKey), securityToken: new Secret(token) };
const now = Date.parse('2026-01-15T03:04:05Z');

const asEntities = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('+', '&#43;').replaceAll('/', '&#x2F;');
const base64 = (text: string) => Buffer.from(text).toString('base64');
const refusal = (error_msg: string) => JSON.stringify({ error_code: 'APIGW.0301', error_msg });

/** As gateways, proxies and services quote what they were sent. */
const bodies: Readonly<Record<string, string>> = {
  'an unknown key': refusal(
    `Incorrect IAM authentication information: Get secretKey failed,ak:${accessKey},err:ak not exist`,
  ),
  'an unknown key in prose': refusal(`ak ${accessKey} not exist`),
  'a token in prose': refusal(`the security token ${token} has expired`),
  'a token in quotation marks': refusal(`token "${token}" is not valid`),
  'a secret key in prose': refusal(`no signature by ${secretKey} fits`),
  'a header line': `X-Security-Token: ${token}\r\nAuthorization: SDK-HMAC-SHA256 Access=${accessKey}`,
  'a list of headers': JSON.stringify({
    headers: [
      ['x-security-token', token],
      ['access', accessKey],
    ],
  }),
  'headers as an object': JSON.stringify({ error_code: 'A', error_msg: { 'X-Security-Token': token } }),
  'a table in HTML': `<tr><td>x-security-token</td><td>${asEntities(token)}</td></tr>`,
  'entities by number in HTML': `<td>${Array.from(token, (c) => (/\w/.test(c) ? c : `&#${c.charCodeAt(0)};`)).join('')}</td>`,
  'a list in XML': `<Error><Code>InvalidToken</Code><Token>${token.replaceAll('&', '&amp;')}</Token></Error>`,
  'a CGI name': `HTTP_X_SECURITY_TOKEN=${token}`,
  'a URL': `https://gateway.example/retry?token=${encodeURIComponent(token)}`,
  'a URL in small letters': `https://gateway.example/?t=${encodeURIComponent(token).replaceAll(/%../g, (hex) => hex.toLowerCase())}`,
  'escapes of JSON': `{"error_code":"A","error_msg":"${token.replaceAll('/', '\\/').replaceAll('&', '\\u0026')}"}`,
  'JSON in JSON': JSON.stringify({ error_code: 'A', error_msg: JSON.stringify({ token, accessKey }) }),
  base64: refusal(`Basic ${base64(token)} is no scheme`),
  'an error code': JSON.stringify({ error_code: `NO_${accessKey}`, error_msg: 'unknown' }),
  'a request id': JSON.stringify({ error_code: 'A', error_msg: 'no', request_id: `${accessKey}-1` }),
  'a job id': JSON.stringify({ job_id: accessKey }),
  'the status of a pool': JSON.stringify({ desktop_pools: [{ id: '1', name: 'n', status: accessKey }] }),
  'other capitals': refusal(`ak ${accessKey.toLowerCase()} not exist`),
};

/** Whether any writing of a secret can be found again in a text. */
function tells(text: string): boolean {
  const plain = text
    .replaceAll(/\\u([0-9a-f]{4})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replaceAll(/&#x([0-9a-f]+);/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
    .replaceAll(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replaceAll('&amp;', '&')
    .replaceAll('\\', '');
  const secrets = [accessKey, secretKey, token, base64(token)];
  return secrets.some((secret) => plain.toLowerCase().includes(secret.toLowerCase()));
}

describe('a key that an answer quotes', () => {
  it.each(Object.entries(bodies))('does not come out of %s', (_, body) => {
    expect(tells(body)).toBe(true);
    const answer: HuaweiAnswer = { status: 401, headers: {}, body };
    const clean = masked(answer, keys);
    expect(tells(clean.body)).toBe(false);
    const error = errorOf(clean, { isWrite: true, now });
    expect(tells(JSON.stringify([error.message, error.failure]))).toBe(false);
  });

  it('does not come out of a header', () => {
    const headers = {
      'x-request-id': `${accessKey}-7`,
      'set-cookie': [`t=${encodeURIComponent(token)}`],
      via: undefined,
    };
    const clean = masked({ status: 200, headers, body: '' }, keys);
    expect(clean.headers).toEqual({
      'x-request-id': '[left out]-7',
      'set-cookie': ['t=[left out]'],
      via: undefined,
    });
  });

  it('leaves the rest of the answer as it is', () => {
    const answer: HuaweiAnswer = { status: 200, headers: { date: 'now' }, body: '{"job_id":"j-1"}' };
    expect(masked(answer, keys)).toEqual(answer);
    const short = { accessKey: 'AK', secretKey: new Secret('SK') };
    expect(masked({ ...answer, body: 'AK and SK' }, short).body).toBe('AK and SK');
  });
});

it.each([400, 200])('no answer to a signed request holds its keys: %i', async (status) => {
  const quoting = JSON.stringify({ message: `no signature by ${secretKey} fits`, id: accessKey });
  const server = await startRawServer(({ socket }) => socket.write(httpAnswer(status, quoting)));
  const { endpoint } = server;
  const client = createSignedRequest({
    endpoint,
    projectId: 'p',
    credentials: async () => keys,
    now: () => now,
  });
  onTestFinished(async () => {
    await client.close();
    await server.close();
  });
  const told = await client.request({ method: 'GET', path: '/v2/p/jobs' }).then(
    ({ body }) => body,
    (error: unknown) => String(error),
  );
  expect(told).toContain('no signature by [left out] fits');
  expect(told).not.toContain(accessKey);
});
