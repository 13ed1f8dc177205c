import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createHandler } from '../../lib/http/api.ts';
import { isKnownCaller } from '../../lib/http/authentication.ts';
import type { Log, LogFields } from '../../lib/ports.ts';
import { type ApiHandler, type HttpServerOptions, startHttpServer } from '../../local/http-server.ts';
import { createApi, tokenOf } from '../http/api-rig.ts';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const silent: Log = { info() {}, warn() {}, error() {} };
const local = { host: '127.0.0.1', port: 0, isKnownCaller: () => true, log: silent };

async function serve(handler: ApiHandler, options: Partial<HttpServerOptions> = {}) {
  const server = await startHttpServer(handler, { ...local, ...options });
  stops.push(server.close);
  return server;
}

/** A log that keeps what it is told of refused calls. */
function aRefusalLog() {
  const told: LogFields[] = [];
  const log: Log = {
    ...silent,
    warn: (event: string, fields: LogFields = {}) => void told.push({ event, ...fields }),
  };
  return { log, told: () => told };
}

/** A handler that keeps what it was given and answers with it. */
function anEcho() {
  const events: APIGatewayProxyEventV2[] = [];
  const handler: ApiHandler = async (event) => {
    events.push(event);
    return { statusCode: 200, headers: { 'Content-Type': 'application/json', ETag: '"1"' }, body: '{}' };
  };
  return { events, handler };
}

/** fetch does not let a caller choose the Host header. */
async function statusWithHost(url: string, host: string): Promise<number | undefined> {
  const request = httpRequest(`${url.replace('localhost', '127.0.0.1')}/v1/health`, { headers: { host } });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

describe('the local server', () => {
  it('turns a request into an event and the answer back', async () => {
    const { events, handler } = anEcho();
    const { url } = await serve(handler);
    const response = await fetch(`${url}/v1/schedules/eod?limit=2&state=a&state=b`, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json', 'If-Match': '"3"' },
      body: '{"message":"再见"}',
    });
    expect({
      status: response.status,
      etag: response.headers.get('etag'),
      body: await response.json(),
    }).toEqual({
      status: 200,
      etag: '"1"',
      body: {},
    });
    expect(events).toMatchObject([
      {
        version: '2.0',
        rawPath: '/v1/schedules/eod',
        rawQueryString: 'limit=2&state=a&state=b',
        headers: { 'content-type': 'application/json', 'if-match': '"3"' },
        body: '{"message":"再见"}',
        isBase64Encoded: false,
        requestContext: { http: { method: 'PUT', path: '/v1/schedules/eod' }, stage: '$default' },
      },
    ]);
  });

  it('hands over bytes that are no text in base64', async () => {
    const { events, handler } = anEcho();
    const { url } = await serve(handler);
    await fetch(url, { method: 'POST', body: new Uint8Array([0xff, 0x00, 0xfe]) });
    expect(events).toMatchObject([{ body: '/wD+', isBase64Encoded: true }]);
  });

  it('has no body where none was sent', async () => {
    const { events, handler } = anEcho();
    const { url } = await serve(handler);
    await fetch(url);
    expect(events[0]).not.toHaveProperty('body');
  });

  it('serves the API', async () => {
    const { runtime, tick } = createApi();
    await tick();
    const { url } = await serve(createHandler(async () => runtime));
    const authorization = `Bearer ${tokenOf('viewer')}`;
    expect((await fetch(`${url}/v1/health`)).status).toBe(200);
    expect((await fetch(`${url}/v1/schedules`)).status).toBe(401);
    expect((await fetch(`${url}/v1/schedules`, { headers: { authorization } })).status).toBe(200);
  });

  it.each([1_000, 256_000, 3_000_000])(
    'keeps nothing of %i bytes that come without a known token',
    async (length) => {
      const { runtime } = createApi();
      const seen: unknown[] = [];
      const api = createHandler(async () => runtime);
      const { url } = await serve(
        (event, context) => {
          seen.push(event.body);
          return api(event, context);
        },
        { isKnownCaller: (authorization) => isKnownCaller(authorization, runtime.config.tokens) },
      );
      const ask = (authorization: string) =>
        fetch(`${url}/v1/apply`, { method: 'POST', headers: { authorization }, body: 'x'.repeat(length) });
      expect((await ask('Bearer wrong')).status).toBe(401);
      expect(seen).toEqual([undefined]);
      await ask(`Bearer ${tokenOf('admin')}`);
      expect(seen[1]).not.toBeUndefined();
    },
  );

  it('refuses a body over the limit without keeping it', async () => {
    const { runtime } = createApi();
    const seen: number[] = [];
    const api = createHandler(async () => runtime);
    const { url } = await serve((event, context) => {
      seen.push(event.body?.length ?? 0);
      return api(event, context);
    });
    const response = await fetch(`${url}/v1/apply`, { method: 'POST', body: 'x'.repeat(3_000_000) });
    expect(response.status).toBe(413);
    expect(seen[0]).toBeLessThan(1_000_000);
  });

  it.each([
    ['localhost', 200],
    ['localhost:3000', 200],
    ['LOCALHOST', 200],
    ['127.0.0.1:3000', 200],
    ['[::1]:3000', 200],
    ['evil.example', 421],
    ['evil.example:3000', 421],
    ['localhost.evil.example', 421],
    ['127.0.0.1.evil.example', 421],
  ])('on loopback a request for %s is answered %i', async (host, expected) => {
    const { events, handler } = anEcho();
    const { url } = await serve(handler);
    expect(await statusWithHost(url, host)).toBe(expected);
    expect(events).toHaveLength(expected === 200 ? 1 : 0);
  });

  it('takes any name when it is bound to all addresses', async () => {
    const { handler } = anEcho();
    const { url } = await serve(handler, { host: '0.0.0.0' });
    expect(await statusWithHost(url.replace('0.0.0.0', '127.0.0.1'), 'deskbell.example')).toBe(200);
  });

  it('says which port is taken and how to choose another', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    stops.push(async () => taken.close());
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(startHttpServer(anEcho().handler, { ...local, port })).rejects.toThrow(
      new RegExp(`port ${port} on 127.0.0.1 is taken by another program.*PORT=`),
    );
  });

  it('cuts off whoever sends many requests on one connection without waiting for answers', async () => {
    const refusals = aRefusalLog();
    const { url } = await serve(() => new Promise(() => {}), { log: refusals.log });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.on('error', () => {});
    socket.write('GET /v1/schedules HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(17));
    await vi.waitFor(() => expect(refusals.told()).toMatchObject([{ code: 'TOO_MANY_REQUESTS' }]));
    socket.destroy();
  });

  it('keeps 64 MB of bodies at most, and answers calls without one all the same', async () => {
    let held = 0;
    const { url } = await serve(({ body }) => {
      if (body === undefined) return Promise.resolve({ statusCode: 200 });
      held += 1;
      return new Promise(() => {});
    });
    const port = Number(new URL(url).port);
    const body = 'x'.repeat(256 * 1024);
    const head = `POST /v1/preview HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n`;
    const sockets = Array.from({ length: 256 }, () => connect(port, '127.0.0.1').on('error', () => {}));
    for (const socket of sockets) socket.write(`${head}${body}`);
    await vi.waitFor(() => expect(held).toBe(256), { timeout: 20_000 });
    expect((await fetch(url, { method: 'POST', body: 'one more' })).status).toBe(429);
    expect((await fetch(url)).status).toBe(200);
    for (const socket of sockets) socket.destroy();
  });

  it('finishes what is under way when it is closed, and takes nothing new', async () => {
    let finish = () => {};
    let begun = () => {};
    const isUnderWay = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const gate = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const { url, close } = await startHttpServer(async () => {
      begun();
      await gate;
      return { statusCode: 200, body: 'done' };
    }, local);
    const answer = fetch(url).then((response) => response.text());
    await isUnderWay;
    const closed = close();
    await expect(fetch(url)).rejects.toThrow();
    finish();
    expect(await answer).toBe('done');
    await closed;
  });

  it('survives a caller that hangs up in the middle', async () => {
    const { events, handler } = anEcho();
    const { url } = await serve(handler);
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write('POST /v1/apply HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf');
    await once(socket, 'connect');
    socket.destroy();
    await once(socket, 'close');
    expect((await fetch(`${url}/v1/health`)).status).toBe(200);
    expect(events.map(({ rawPath }) => rawPath)).toEqual(['/v1/health']);
  });

  it('breaks the connection when the handler fails, for there is nothing to say', async () => {
    const { url } = await serve(() => Promise.reject(new Error('a bug')));
    await expect(fetch(url)).rejects.toThrow();
  });
});
