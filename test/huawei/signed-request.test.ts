import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { inspect } from 'node:util';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import {
  HuaweiRejectedError,
  HuaweiUnavailableError,
  NotStartedError,
  OutcomeUnknownError,
} from '../../lib/domain/codes/errors.ts';
import type { HuaweiCall } from '../../lib/huawei/exchange.ts';
import { canonicalRequest, headerLine, payloadHash, signature, stringToSign } from '../../lib/huawei/sign.ts';
import { createSignedRequest, type SignedRequestOptions } from '../../lib/huawei/signed-request.ts';
import { Secret } from '../../lib/secret.ts';
import { httpAnswer, type RawRequest, startRawServer } from './raw-server.ts';

const keys = {
  accessKey: 'AK-EXAMPLE',
  secretKey: new Secret('secret-key-example'),
  securityToken: new Secret('token-example'),
};
const startedAt = Date.parse('2026-01-15T03:04:05Z');
const post: HuaweiCall = { method: 'POST', path: '/v2/p/things', body: '{"notifications":"研发 🕔"}' };
const get: HuaweiCall = { method: 'GET', path: '/v2/p/things?limit=10' };

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

async function aServer(answer: (request: RawRequest, n: number) => void) {
  const server = await startRawServer(answer);
  closers.push(server.close);
  return server;
}

function aClient(endpoint: string, options: Partial<SignedRequestOptions> = {}) {
  const client = createSignedRequest({
    endpoint,
    projectId: 'project-example',
    credentials: async () => keys,
    timeoutMs: 2000,
    now: () => startedAt,
    ...options,
  });
  closers.push(client.close);
  return client;
}

async function failureOf(promise: Promise<unknown>): Promise<Error> {
  const failure = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(failure instanceof Error)) throw new Error('it did not fail');
  return failure;
}

const answerOk = ({ socket }: RawRequest) => socket.write(httpAnswer(200, '{"job_id":"1"}'));

describe('a request', () => {
  it('carries a signature over what really went over the wire', async () => {
    const server = await aServer(answerOk);
    await aClient(server.endpoint).request(post);
    const [line = '', ...headLines] = server.requests[0]?.head.split('\r\n') ?? [];
    const headers = new Map(
      headLines.map((text) => text.split(': ', 2) as [string, string]).map(lowerCaseName),
    );
    const [, names = '', given] =
      /SignedHeaders=(.*), Signature=(.*)$/.exec(headers.get('authorization') ?? '') ?? [];
    expect(names).toBe('content-type;host;x-project-id;x-sdk-date;x-security-token');
    const lines = names.split(';').map((name) => headerLine(name, headers.get(name) ?? ''));
    const canonical = canonicalRequest({
      method: 'POST',
      path: '/v2/p/things/',
      query: '',
      headerLines: lines.join(''),
      signedHeaders: names,
      payloadHash: payloadHash(undefined, server.requests[0]?.body),
    });
    expect(line).toBe('POST /v2/p/things HTTP/1.1');
    expect(headers.get('x-sdk-date')).toBe('20260115T030405Z');
    expect(given).toBe(signature(stringToSign(canonical, '20260115T030405Z'), 'secret-key-example'));
    expect(server.requests[0]?.body).toBe(post.body);
  });

  it('gives status, headers in lower case, and body', async () => {
    const server = await aServer(({ socket }) =>
      socket.write(httpAnswer(202, '{"名":"🕔"}', { 'X-Request-ID': 'r1' })),
    );
    const answer = await aClient(server.endpoint).request(get);
    expect(answer).toMatchObject({ status: 202, body: '{"名":"🕔"}', headers: { 'x-request-id': 'r1' } });
    expect(server.requests[0]?.head).toContain('GET /v2/p/things?limit=10 HTTP/1.1');
  });

  it('signs with the key of the moment', async () => {
    const server = await aServer(answerOk);
    let accessKey = 'AK-OLD';
    const client = aClient(server.endpoint, { credentials: async () => ({ ...keys, accessKey }) });
    await client.request(get);
    accessKey = 'AK-NEW';
    await client.request(get);
    expect(server.requests.map(({ head }) => /Access=([^,]*)/.exec(head)?.[1])).toEqual(['AK-OLD', 'AK-NEW']);
  });

  it('passes on what the credentials fail with, and sends nothing', async () => {
    const server = await aServer(answerOk);
    const client = aClient(server.endpoint, { credentials: () => Promise.reject(new Error('no key today')) });
    expect((await failureOf(client.request(post))).message).toBe('no key today');
    expect(server.connections).toHaveLength(0);
  });

  it('gets its own answer among many at once, over at most 64 connections', async () => {
    const server = await aServer(({ body, socket }) => socket.write(httpAnswer(200, body)));
    const client = aClient(server.endpoint);
    const bodies = Array.from({ length: 300 }, (_, i) => `{"n":${i}}`);
    const answers = await Promise.all(bodies.map((body) => client.request({ ...post, body })));
    expect(answers.map(({ body }) => body)).toEqual(bodies);
    expect(server.connections.length).toBeLessThanOrEqual(64);
  });

  it('follows no redirect', async () => {
    const server = await aServer(({ socket }) =>
      socket.write(httpAnswer(307, '', { Location: '/elsewhere' })),
    );
    expect(await failureOf(aClient(server.endpoint).request(post))).toBeInstanceOf(HuaweiRejectedError);
    expect(server.requests).toHaveLength(1);
  });
});

function lowerCaseName([name, value]: [string, string]): [string, string] {
  return [name.toLowerCase(), value];
}

describe('nothing was sent', () => {
  it('when the connection is refused', async () => {
    const server = await aServer(answerOk);
    await server.close();
    const failure = await failureOf(aClient(server.endpoint).request(post));
    expect(failure).toBeInstanceOf(HuaweiUnavailableError);
    expect(failure.message).toMatch(/^nothing was sent: .*ECONNREFUSED/);
  });

  it('when no secure connection can be made', async () => {
    const plain = createServer((socket) => socket.on('error', () => {}).end('no TLS here'));
    await once(plain.listen(0, '127.0.0.1'), 'listening');
    const { port } = plain.address() as AddressInfo;
    const failure = await failureOf(aClient(`https://127.0.0.1:${port}`).request(post));
    expect(failure).toBeInstanceOf(HuaweiUnavailableError);
    expect(failure.message).toMatch(/^nothing was sent: .+$/);
    plain.close();
  });

  it('when the client was closed before', async () => {
    const server = await aServer(answerOk);
    const client = aClient(server.endpoint);
    await client.close();
    expect(await failureOf(client.request(post))).toBeInstanceOf(HuaweiUnavailableError);
    expect(server.connections).toHaveLength(0);
  });

  it('when time runs out before a connection stands', async () => {
    const server = await aServer(() => {});
    // The server waits for a whole request, so the TLS handshake never ends.
    const silent = server.endpoint.replace('http:', 'https:');
    const failure = await failureOf(aClient(silent, { timeoutMs: 50 }).request(post));
    expect(failure).toBeInstanceOf(HuaweiUnavailableError);
    expect(failure.message).toBe('nothing was sent: no answer within 0.05 s');
  });

  it('when the caller says no at the last moment, and the connection stays', async () => {
    const server = await aServer(answerOk);
    const client = aClient(server.endpoint);
    await client.request(post);
    await nextTurn();
    const before = server.bytesRead();
    expect(await failureOf(client.request({ ...post, mayStart: () => false }))).toBeInstanceOf(
      NotStartedError,
    );
    expect(server.bytesRead()).toBe(before);
    await nextTurn();
    await client.request(post);
    expect(server.connections).toHaveLength(1);
  });

  it('before the caller is asked, which happens once a connection stands', async () => {
    const server = await aServer(answerOk);
    let connectionsWhenAsked = 0;
    let bytesWhenAsked = -1;
    const mayStart = () => {
      connectionsWhenAsked = server.connections.length;
      bytesWhenAsked = server.bytesRead();
      return true;
    };
    const client = aClient(server.endpoint);
    await client.request(get);
    await nextTurn();
    const before = server.bytesRead();
    await client.request({ ...post, mayStart });
    expect([connectionsWhenAsked, bytesWhenAsked]).toEqual([1, before]);
  });
});

/** What a server can do to a request that it has read, so that no answer comes. */
const silences: [string, (request: RawRequest) => void][] = [
  ['the server closes after reading', ({ socket }) => socket.end()],
  ['the server resets after reading', ({ socket }) => socket.resetAndDestroy()],
  ['the server says nothing', () => {}],
  ['the answer is no HTTP', ({ socket }) => socket.write('SSH-2.0-x\r\n\r\n')],
  [
    'a good answer is cut short',
    ({ socket }) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{"job'),
  ],
  [
    'a good answer stops half-way',
    ({ socket }) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{'),
  ],
  ['the answer is too long', ({ socket }) => socket.write(httpAnswer(200, 'x'.repeat(1_000_001)))],
];

describe.each(silences)('when %s', (_, answer) => {
  it('a write ends as unknown, and is not repeated', async () => {
    const server = await aServer(answer);
    const client = aClient(server.endpoint, { timeoutMs: 150 });
    const failure = await failureOf(client.request(post));
    expect(failure).toBeInstanceOf(OutcomeUnknownError);
    expect(failure.message).toMatch(/^the request left, and then: \S/);
    await client.close();
    expect(server.requests).toHaveLength(1);
  });

  it('a read may be tried again, and is not repeated by itself', async () => {
    const server = await aServer(answer);
    const client = aClient(server.endpoint, { timeoutMs: 150 });
    expect(await failureOf(client.request(get))).toBeInstanceOf(HuaweiUnavailableError);
    await client.close();
    expect(server.requests).toHaveLength(1);
  });
});

// undici takes a connection again one turn of the event loop after its answer.
describe('a connection that was used before', () => {
  it('closed while a write is under way makes that write unknown, not a second one', async () => {
    const server = await aServer((request, n) => (n === 1 ? answerOk(request) : request.socket.destroy()));
    const client = aClient(server.endpoint);
    await client.request(post);
    await nextTurn();
    expect(await failureOf(client.request(post))).toBeInstanceOf(OutcomeUnknownError);
    expect(server.requests).toHaveLength(2);
    expect(server.connections).toHaveLength(1);
  });

  it('closed by the server after its answer is not used again', async () => {
    const server = await aServer(({ socket }) => socket.end(httpAnswer(200, '{}')));
    const client = aClient(server.endpoint);
    await client.request(post);
    const [first] = server.connections;
    if (first !== undefined && !first.closed) await once(first, 'close');
    await client.request(post);
    expect(server.connections).toHaveLength(2);
  });

  it('is left when the wall clock shows that this process was frozen', async () => {
    const server = await aServer(answerOk);
    let now = startedAt;
    const client = aClient(server.endpoint, { now: () => now });
    await client.request(post);
    await nextTurn();
    now += 3_000;
    await client.request(post);
    await nextTurn();
    expect(server.connections).toHaveLength(1);
    now += 5_000;
    await client.request(post);
    expect(server.connections).toHaveLength(2);
  });

  it.each([
    ['was under way', 5_000],
    ['was under way, and failed right after', 100],
  ])('is left after a freeze in which another call %s', async (_, timeoutMs) => {
    const server = await aServer(({ head, socket }) => {
      if (head.startsWith('POST')) socket.write(httpAnswer(200, '{}'));
    });
    let now = startedAt;
    const client = aClient(server.endpoint, { now: () => now, timeoutMs });
    const unanswered = client.request(get).catch(() => 'no answer');
    await client.request(post);
    await nextTurn();
    expect(server.connections).toHaveLength(2);
    now += 60_000;
    if (timeoutMs < 1_000) expect(await unanswered).toBe('no answer');
    await client.request(post);
    expect(server.connections).toHaveLength(3);
    for (const socket of server.connections) socket.destroy();
    await unanswered;
  });
});

describe('an answer that lay there while this process was frozen', () => {
  it('does not make the other connections good', async () => {
    const held: (() => void)[] = [];
    const server = await aServer(({ head, socket }) => {
      if (head.startsWith('POST')) socket.write(httpAnswer(200, '{}'));
      else held.push(() => socket.write(httpAnswer(200, '{}')));
    });
    let now = startedAt;
    const client = aClient(server.endpoint, { now: () => now });
    const slow = client.request(get);
    await client.request(post);
    await nextTurn();
    now += 60_000;
    held[0]?.();
    await slow;
    await client.request(post);
    expect(server.connections).toHaveLength(3);
  });
});

describe('a refusal', () => {
  it('is known by its status though its text was cut short', async () => {
    const server = await aServer(({ socket }) =>
      socket.end('HTTP/1.1 403 X\r\nContent-Length: 99\r\n\r\n{"error_'),
    );
    const failure = await failureOf(aClient(server.endpoint).request(post));
    expect(failure).toBeInstanceOf(HuaweiRejectedError);
    expect(failure).toMatchObject({ failure: { status: 403 } });
  });

  it('shows neither keys nor tokens, even where the gateway echoes them', async () => {
    const server = await aServer(({ head, socket }) => {
      const echo = head.replaceAll('\r\n', '|');
      const error_msg = `verify aksk signature fail, canonicalRequest:POST|/|${echo}||a;b|abc`;
      socket.write(httpAnswer(401, JSON.stringify({ error_code: 'APIGW.0301', error_msg, echo })));
    });
    const failure = await failureOf(aClient(server.endpoint).request(post));
    const shown = `${failure.message} ${inspect(failure, { depth: 9 })} ${JSON.stringify(failure)}`;
    expect(shown).toContain('verify aksk signature fail');
    for (const secret of ['secret-key-example', 'token-example', 'Signature=', 'x-security-token']) {
      expect(shown).not.toContain(secret);
    }
  });
});

describe('time', () => {
  it('does not end a call whose answer came while this process stood still', async () => {
    const worker = new Worker(
      `const { parentPort } = require('node:worker_threads');
       const server = require('node:net').createServer((socket) =>
         socket.on('data', () => socket.write('HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\n{}')));
       server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`,
      { eval: true },
    );
    closers.push(() => worker.terminate());
    const [port] = await once(worker, 'message');
    const client = aClient(`http://127.0.0.1:${port}`, { timeoutMs: 50 });
    const standStill = () =>
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 120) === 'timed-out';
    const mayStart = () => {
      // Still in the same turn, right after the request was written.
      process.nextTick(standStill);
      return true;
    };
    expect(await client.request({ ...post, mayStart })).toMatchObject({ status: 200 });
  });

  it('that is over closes the connection, so that a late answer meets no other request', async () => {
    const server = await aServer((request, n) => {
      if (n > 1) answerOk(request);
    });
    const client = aClient(server.endpoint, { timeoutMs: 50 });
    await failureOf(client.request(post));
    await client.request(post);
    expect(server.connections).toHaveLength(2);
  });
});

describe('closing', () => {
  it('lets a request under way end', async () => {
    const waiting = Promise.withResolvers<RawRequest>();
    const server = await aServer((request) => waiting.resolve(request));
    const client = aClient(server.endpoint);
    const answer = client.request(post);
    const request = await waiting.promise;
    const closed = client.close();
    answerOk(request);
    expect(await answer).toMatchObject({ status: 200 });
    await closed;
  });
});
