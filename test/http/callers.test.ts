import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InvalidConfigError, StoreError } from '../../lib/domain/codes/errors.ts';
import { createHandler } from '../../lib/http/api.ts';
import { createLog } from '../../lib/log.ts';

import { anEvent, aSchedule, createApi, tokenOf } from './api-rig.ts';

describe('who may call', () => {
  it.each([
    ['GET', '/v1/schedules', 'viewer'],
    ['GET', '/v1/schedules/eod', 'viewer'],
    ['GET', '/v1/deliveries', 'viewer'],
    ['GET', '/v1/deliveries/x', 'viewer'],
    ['GET', '/v1/pools', 'viewer'],
    ['POST', '/v1/preview', 'viewer'],
    ['GET', '/v1/audit', 'viewer'],
    ['POST', '/v1/tick', 'operator'],
    ['POST', '/v1/schedules/eod/pause', 'operator'],
    ['POST', '/v1/schedules/eod/resume', 'operator'],
    ['POST', '/v1/schedules/eod/skip', 'operator'],
    ['POST', '/v1/schedules/eod/postpone', 'operator'],
    ['POST', '/v1/schedules/eod/send', 'operator'],
    ['POST', '/v1/notifications', 'operator'],
    ['PUT', '/v1/schedules/eod', 'admin'],
    ['DELETE', '/v1/schedules/eod', 'admin'],
    ['POST', '/v1/apply', 'admin'],
  ] as const)('%s %s needs %s', async (method, path, needed) => {
    const { call } = createApi();
    const roles = ['viewer', 'operator', 'admin'] as const;
    for (const as of roles) {
      const { status, body } = await call(method, path, { as });
      const isEnough = roles.indexOf(as) >= roles.indexOf(needed);
      expect(status === 403, `${as} is told 403`).toBe(!isEnough);
      if (!isEnough) {
        expect(body).toMatchObject({ code: 'FORBIDDEN', params: { role: as, needed } });
        expect(body.detail).toContain(`needs ${needed}`);
      }
    }
  });

  it.each([
    ['without a token', {}],
    ['with an unknown token', { authorization: 'Bearer wrong-token-0123456789' }],
    ['with another scheme', { authorization: 'Basic dG9rZW46' }],
    ['with an empty token', { authorization: 'Bearer ' }],
    ['with two tokens', { authorization: 'Bearer a b' }],
  ])('asks for a token %s', async (_, headers) => {
    const {
      status,
      headers: answered,
      body,
    } = await createApi().call('GET', '/v1/schedules', {
      as: 'nobody',
      headers,
    });
    expect(status).toBe(401);
    expect(answered['WWW-Authenticate']).toBe('Bearer realm="deskbell"');
    expect(body).toMatchObject({ code: 'UNAUTHENTICATED', title: 'Unauthorized' });
    expect(JSON.stringify(body)).not.toContain('wrong-token');
  });

  it('takes the scheme of a token in any letters', async () => {
    const headers = { authorization: `bearer ${tokenOf('viewer')}` };
    expect((await createApi().call('GET', '/v1/schedules', { as: 'nobody', headers })).status).toBe(200);
  });

  it('tells who may not call nothing about the body', async () => {
    const { status } = await createApi().call('PUT', '/v1/schedules/eod', { as: 'viewer', body: '{' });
    expect(status).toBe(403);
  });
});

describe('what is refused for its form', () => {
  it.each(['/', '/v1', '/v1/nothing', '/v2/health', '/v1/schedules/a/b', '/v1/schedules//'])(
    '%s is not found',
    async (path) => {
      expect(await createApi().call('GET', path)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    },
  );

  it.each([
    ['PATCH', '/v1/schedules/eod', 'GET, PUT, DELETE'],
    ['POST', '/v1/schedules', 'GET'],
    ['GET', '/v1/tick', 'POST'],
    ['GET', '/v1/schedules/eod/pause', 'POST'],
    ['DELETE', '/v1/audit', 'GET'],
    ['DELETE', '/v1/health/', 'GET'],
    ['HEAD', '/v1/health', 'GET'],
  ])('%s %s is told what is allowed', async (method, path, allowed) => {
    const { status, headers, body } = await createApi().call(method, path);
    expect(status).toBe(405);
    expect(headers.Allow).toBe(allowed);
    expect(body).toMatchObject({ code: 'METHOD_NOT_ALLOWED', params: { allowed: allowed.split(', ') } });
  });

  it.each([
    ['cut off', '{"id":'],
    ['empty', ''],
    ['two values', '{} {}'],
  ])('malformed JSON is bad input: %s', async (_, body) => {
    const answer = await createApi().call('PUT', '/v1/schedules/eod', {
      body,
      headers: { 'content-type': 'application/json' },
    });
    expect(answer).toMatchObject({ status: 400, body: { problems: [{ path: '', code: 'malformed_json' }] } });
  });

  it('a body of no text is bad input', async () => {
    const event = anEvent('PUT', '/v1/schedules/eod', { body: Buffer.from([0xff, 0xfe]).toString('base64') });
    const { status, body } = await createApi().send({ ...event, isBase64Encoded: true });
    expect({ status, codes: body.problems[0].code }).toEqual({ status: 400, codes: 'not_utf8' });
  });

  it('reads a body that came base64-encoded', async () => {
    const event = anEvent('POST', '/v1/tick', { body: Buffer.from('{"dryRun":true}').toString('base64') });
    expect((await createApi().send({ ...event, isBase64Encoded: true })).status).toBe(200);
  });

  it.each([
    [256 * 1024, 400],
    [256 * 1024 + 1, 413],
  ])('a body of %i bytes is answered %i', async (size, expected) => {
    const body = 'é'.repeat(Math.floor(size / 2)) + 'x'.repeat(size % 2);
    expect((await createApi().call('PUT', '/v1/schedules/eod', { body })).status).toBe(expected);
  });

  it('measures an encoded body by what it holds', async () => {
    const event = anEvent('PUT', '/v1/schedules/eod', {
      body: Buffer.alloc(256 * 1024 + 1).toString('base64'),
    });
    expect((await createApi().send({ ...event, isBase64Encoded: true })).status).toBe(413);
    const smaller = anEvent('PUT', '/v1/schedules/eod', {
      body: Buffer.alloc(256 * 1024).toString('base64'),
    });
    expect((await createApi().send({ ...smaller, isBase64Encoded: true })).status).toBe(400);
  });

  it.each([
    ['PUT', '/v1/schedules/eod', '', 415],
    ['PUT', '/v1/schedules/eod', 'text/plain', 415],
    ['PUT', '/v1/schedules/eod', 'application/x-www-form-urlencoded', 415],
    ['PUT', '/v1/schedules/eod', 'application/jsonish', 415],
    ['PUT', '/v1/schedules/eod', 'application/merge-patch+json; charset=utf-8', 400],
    ['POST', '/v1/apply', 'application/x-www-form-urlencoded', 415],
    ['POST', '/v1/apply', 'text/plain; charset=utf-8', 400],
    ['POST', '/v1/apply', 'application/json', 400],
  ])('%s %s with %s is answered %i', async (method, path, type, expected) => {
    const answer = await createApi().call(method, path, { body: '[]', headers: { 'content-type': type } });
    expect(answer.status).toBe(expected);
  });

  it('is not brought down by JSON that is nested deeply', async () => {
    const body = `{"id":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect((await createApi().call('PUT', '/v1/schedules/eod', { body })).status).toBe(400);
    const yaml = { body: '['.repeat(200_000), headers: { 'content-type': 'application/yaml' } };
    expect((await createApi().call('POST', '/v1/apply', yaml)).status).toBe(400);
  });

  it.each(['/v1/pools?x=1', '/v1/schedules/eod?rev=1', '/v1/health?deep=true'])(
    '%s has a parameter that is not known',
    async (target) => {
      const { status, body } = await createApi().call('GET', target);
      expect({ status, code: body.problems[0].code }).toEqual({ status: 400, code: 'unknown_field' });
    },
  );
});

it('a call that is handed to the function by hand, as docs/deploy.md shows, is answered', async () => {
  const api = createApi();
  await api.call('PUT', '/v1/schedules/patch-night', { body: aSchedule() });
  const guide = readFileSync(join(import.meta.dirname, '../../docs/deploy.md'), 'utf8');
  const [, written = ''] = /call\.json <<'END'\n(.*?)\nEND/s.exec(guide) ?? [];
  const event = JSON.parse(written.replace('TOKEN', tokenOf('operator')));
  expect((await api.send(event)).status).toBe(200);
  const { body } = await api.call('GET', '/v1/schedules/patch-night');
  expect(body.status.pause).toMatchObject({ why: 'the maintenance is off' });
  event.headers.authorization = 'Bearer wrong';
  expect((await api.send(event)).status).toBe(401);
});

describe('what an answer carries', () => {
  it.each([
    ['GET', '/v1/health'],
    ['GET', '/v1/nothing'],
  ])('%s %s is never stored and never run', async (method, path) => {
    const { headers } = await createApi().call(method, path);
    expect(headers).toMatchObject({
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'Strict-Transport-Security': expect.any(String),
    });
    expect(headers['Content-Security-Policy']).toContain("default-src 'none'");
  });

  it('an error is a problem document', async () => {
    const { headers, body } = await createApi().call('GET', '/v1/schedules/nowhere');
    expect(headers['Content-Type']).toBe('application/problem+json');
    expect(body).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      code: 'NOT_FOUND',
      detail: 'there is no schedule nowhere',
      params: {},
    });
  });
});

describe('what goes wrong inside', () => {
  it.each([
    [new Error('SELECT secret FROM /var/lib'), 500, 'INTERNAL'],
    [new StoreError('/var/lib/secret.db is locked'), 503, 'STORE_UNAVAILABLE'],
    [new InvalidConfigError(['DESKBELL_SECRET is not set']), 500, 'INVALID_CONFIG'],
    ['a thrown text with a secret', 500, 'INTERNAL'],
  ])('is logged under the id that the caller is shown: %s', async (cause, expected, code) => {
    const lines: string[] = [];
    const log = createLog({ now: () => 0 }, (line) => lines.push(line));
    const handler = createHandler(() => Promise.reject(cause), log);
    const { statusCode, body = '' } = await handler(anEvent('GET', '/v1/health'), {} as never);
    const answer = JSON.parse(body);
    expect(statusCode).toBe(expected);
    expect(answer.code).toBe(code);
    expect(body).not.toMatch(/secret/i);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(answer.params.id);
    expect(lines[0]).toMatch(/secret/i);
  });
});
