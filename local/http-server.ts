import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { type ErrorCode, InvalidConfigError } from '../lib/domain/codes/errors.ts';
import { isLoopback } from '../lib/domain/loopback.ts';
import { second } from '../lib/domain/time/instant.ts';
import { bodyLimit } from '../lib/http/body.ts';
import { createRefusalLog } from '../lib/http/refusal-log.ts';
import type { Log } from '../lib/ports.ts';

/** A handler of the HTTP API, as the middy chain exports it. */
export type ApiHandler = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;

export type HttpServerOptions = {
  host: string;
  port: number;
  /** By the Authorization header. What others send along is thrown away unread, so that it costs no memory. */
  isKnownCaller: (authorization: string | undefined) => boolean;
  log: Log;
};

export type HttpServer = {
  /** Where it listens, for people to open. */
  url: string;
  /** Takes no new request, and waits for those under way. */
  close(): Promise<void>;
};

/** What a body over the limit may still cost: a caller that is cut off in the middle reads no answer. */
const discardLimit = 16 * bodyLimit;
/** Bodies that are kept at a time, in all. */
const keptBytes = 256 * bodyLimit;
/** Further connections are cut off. */
const mostConnections = 1_000;
/** Requests of one connection that wait for their answers; who sends more at once is cut off. */
const mostPipelined = 16;
/** Requests under way may take this long once it is told to stop. */
const closingTimeMs = 10 * second;

/**
 * Serves the HTTP API: turns each request into an event of API Gateway, and the answer back.
 *
 * @throws InvalidConfigError when the port cannot be used.
 */
export async function startHttpServer(
  handler: ApiHandler,
  { host, port, isKnownCaller, log }: HttpServerOptions,
): Promise<HttpServer> {
  const isGuarded = isLoopback({ hostname: nameInUrl(host).toLowerCase() });
  const tellRefused = createRefusalLog(log);
  const door: Door = {
    handler,
    isGuarded,
    isKnownCaller,
    tellRefused,
    keptBytes: 0,
    pipelined: new WeakMap(),
  };
  const server = createServer(
    // One slow or silent caller must not hold a connection for long.
    { headersTimeout: 10 * second, requestTimeout: 30 * second, connectionsCheckingInterval: 5 * second },
    (request, response) => {
      answer(door, request, response).catch(() => response.destroy());
    },
  );
  server.maxConnections = mostConnections;
  server.on('drop', (dropped) => {
    const reason = `more than ${mostConnections} connections at a time`;
    const from = dropped?.remoteAddress ?? '';
    tellRefused({ code: 'TOO_MANY_REQUESTS', method: '', path: '', from, reason }, Date.now());
  });
  const url = `http://${isGuarded ? 'localhost' : nameInUrl(host)}:${await listen(server, host, port)}`;
  return { url, close: () => close(server) };
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason';
    const what = code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be used (${code})`;
    throw new InvalidConfigError([
      `port ${port} on ${host} ${what}; choose another one: PORT=${port + 1}, or 0 for any free one`,
    ]);
  }
  return (server.address() as AddressInfo).port;
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  const timer = setTimeout(() => server.closeAllConnections(), closingTimeMs);
  await closed;
  clearTimeout(timer);
}

type Door = Pick<HttpServerOptions, 'isKnownCaller'> & {
  handler: ApiHandler;
  isGuarded: boolean;
  tellRefused: ReturnType<typeof createRefusalLog>;
  /** Of bodies, now. */
  keptBytes: number;
  /** Requests of a connection that have no answer yet. */
  pipelined: WeakMap<Socket, number>;
};

type Refusal = { status: number; code: ErrorCode; reason: string };

async function answer(door: Door, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { handler, pipelined } = door;
  const { socket } = request;
  const refusal = refusalOf(door, request);
  if (refusal !== undefined) return refuse(door, refusal, request, response);
  pipelined.set(socket, (pipelined.get(socket) ?? 0) + 1);
  const chunks: Buffer[] = [];
  try {
    await readBody(door, request, chunks);
    const body = Buffer.concat(chunks);
    // The handler reads who calls and what from the event alone.
    const result = await handler(eventOf(request, body), {} as Context);
    if (body.length > bodyLimit || !request.complete) response.setHeader('Connection', 'close');
    response.writeHead(result.statusCode ?? 200, headersOf(result));
    response.end(request.method === 'HEAD' ? undefined : result.body);
  } finally {
    door.keptBytes -= lengthOf(chunks);
    pipelined.set(socket, (pipelined.get(socket) ?? 1) - 1);
  }
}

/** Why a request is not even read. */
function refusalOf(door: Door, request: IncomingMessage): Refusal | undefined {
  // A page of another site whose name was pointed at this machine (DNS rebinding) sends that name.
  if (door.isGuarded && !isLoopbackRequest(request))
    return {
      status: 421,
      code: 'FORBIDDEN',
      reason: 'This server answers to localhost only; DESKBELL_HOST widens it.',
    };
  if ((door.pipelined.get(request.socket) ?? 0) >= mostPipelined)
    return {
      status: 429,
      code: 'TOO_MANY_REQUESTS',
      reason: 'Too many requests on one connection; wait for their answers.',
    };
  if (door.keptBytes >= keptBytes && hasBody(request))
    return {
      status: 429,
      code: 'TOO_MANY_REQUESTS',
      reason: 'Too many requests with a body at a time; try again in a second.',
    };
  return undefined;
}

function refuse(
  { tellRefused }: Door,
  { status, code, reason }: Refusal,
  { method = '', url = '', socket }: IncomingMessage,
  response: ServerResponse,
): void {
  tellRefused(
    { code, method, path: url.split('?')[0] ?? '', from: socket.remoteAddress ?? '', reason },
    Date.now(),
  );
  const mayRetry = status === 429 ? { 'Retry-After': '1' } : {};
  response.writeHead(status, { 'Content-Type': 'text/plain', Connection: 'close', ...mayRetry });
  response.end(`${reason}\n`);
}

function isLoopbackRequest({ headers }: IncomingMessage): boolean {
  const hostname = (headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
  return isLoopback({ hostname });
}

function hasBody({ headers }: IncomingMessage): boolean {
  return Number(headers['content-length'] ?? 0) > 0 || headers['transfer-encoding'] !== undefined;
}

/** Keeps the body, or as much of it as shows that it is over the limit; nothing of it from a caller who is not known. */
async function readBody(door: Door, request: IncomingMessage, chunks: Buffer[]): Promise<void> {
  const limit = door.isKnownCaller(request.headers.authorization) ? bodyLimit : -1;
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    if (size <= limit) {
      chunks.push(chunk);
      door.keptBytes += chunk.length;
    }
    size += chunk.length;
    if (size > discardLimit) break;
  }
}

function lengthOf(chunks: readonly Buffer[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}

function eventOf(request: IncomingMessage, body: Buffer): APIGatewayProxyEventV2 {
  const { method = '', url = '/', httpVersion, socket } = request;
  const [rawPath = '/', rawQueryString = ''] = splitOnce(url, '?');
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(',') : value,
    ]),
  );
  const isText = isUtf8(body);
  const now = new Date();
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString,
    headers,
    ...(body.length === 0 ? {} : { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: !isText,
    requestContext: {
      accountId: 'local',
      apiId: 'local',
      domainName: headers.host ?? '',
      domainPrefix: 'local',
      http: {
        method,
        path: rawPath,
        protocol: `HTTP/${httpVersion}`,
        sourceIp: socket.remoteAddress ?? '',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: now.toISOString(),
      timeEpoch: now.getTime(),
    },
  };
}

function headersOf({ headers = {} }: APIGatewayProxyStructuredResultV2): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/** IPv6 addresses stand in brackets in a URL. */
function nameInUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
