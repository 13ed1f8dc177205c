import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { InvalidConfigError } from '../../lib/domain/codes/errors.ts';
import { type Instant, minute, second } from '../../lib/domain/time/instant.ts';
import { type Answer, type Call, gatewayError, RefusedError } from './answer.ts';
import { findOperation } from './catalogue.ts';
import { drillPrefix, runDrillCall } from './drill.ts';
import { noSuchApi, type Reply } from './faults.ts';
import { authenticate } from './gateway/gateway.ts';
import { performCall } from './perform.ts';
import { createState, type SimulatorState } from './state.ts';

/** How a simulator runs; everything but the clock has a default. */
export type SimulatorOptions = {
  /** The clock of signatures, limits, locks and jobs. */
  now: () => Instant;
  /** On 127.0.0.1; 0, the default, takes any free one. */
  port?: number;
  /** Whether it limits calls per minute as the service does; true by default. */
  throttle?: boolean;
  /** How long each answer takes; 0 by default. What a call does, it does at once. */
  delayMs?: number;
  /** Waits for `delayMs` and for late answers; by default in real time. */
  wait?: (ms: number) => Promise<void>;
};

/** A running simulator. */
export type Simulator = {
  /** `http://127.0.0.1:PORT`, the endpoint of Workspace, IAM and STS alike. */
  url: string;
  state: SimulatorState;
  close(): Promise<void>;
};

type Running = {
  state: SimulatorState;
  now: () => Instant;
  delayMs: number;
  wait: (ms: number) => Promise<void>;
  calls: number;
};

// The gateway takes 12 MB.
const bodyLimit = 12 * 1024 * 1024;
/** Longer than any caller waits. */
const lateMs = 15 * second;
const host = '127.0.0.1';

function waitInRealTime(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}

function route(running: Running, call: Call, path: string): Reply {
  const { state } = running;
  if (path.startsWith(drillPrefix)) return { answer: runDrillCall(state, call, path) };
  const operation = findOperation(call.method, path);
  if (operation === undefined) throw new RefusedError(noSuchApi(call));
  authenticate(state.gateway, call);
  return performCall(state, call, operation);
}

function replyOf(running: Running, call: Call, path: string): Reply {
  try {
    return route(running, call, path);
  } catch (cause) {
    if (cause instanceof RefusedError) return { answer: cause.answer };
    console.error(cause);
    const answer = gatewayError(call, 500, 'APIGW.0601', 'This simulator failed; its own output says why');
    return { answer };
  }
}

function send(response: ServerResponse, { requestId, receivedAt }: Call, { status, body }: Answer): void {
  const text = typeof body === 'object' ? JSON.stringify(body) : (body ?? '');
  // Node's own Date header would tell the real time.
  response.setHeader('Date', new Date(receivedAt).toUTCString());
  response.setHeader('X-Request-Id', requestId);
  if (text !== '') {
    response.setHeader('Content-Type', typeof body === 'object' ? 'application/json' : 'text/html');
    response.setHeader('Content-Length', Buffer.byteLength(text));
  }
  response.writeHead(status);
  response.end(text);
}

/** Keeps the call waiting until the faults are cleared or the caller goes away. */
function hang({ state }: Running, request: IncomingMessage): void {
  const { socket } = request;
  const release = () => socket.resetAndDestroy();
  state.hanging.add(release);
  socket.once('close', () => state.hanging.delete(release));
}

async function answerCall(
  running: Running,
  request: IncomingMessage,
  response: ServerResponse,
  call: Call,
): Promise<void> {
  const [path = ''] = call.target.split('?');
  const reply = replyOf(running, call, path);
  if (reply === 'hang') return hang(running, request);
  if (reply === 'reset') {
    request.socket.resetAndDestroy();
    return;
  }
  const waitMs = (path.startsWith(drillPrefix) ? 0 : running.delayMs) + (reply.isLate ? lateMs : 0);
  if (waitMs > 0) await running.wait(waitMs);
  send(response, call, reply.answer);
}

function callOf(running: Running, request: IncomingMessage, body: Buffer): Call {
  running.calls += 1;
  const target = request.url ?? '';
  const queryAt = target.indexOf('?');
  return {
    requestId: running.calls.toString(16).padStart(32, '0'),
    receivedAt: running.now(),
    method: request.method ?? '',
    target,
    headers: request.headers,
    body,
    query: new URLSearchParams(queryAt < 0 ? '' : target.slice(queryAt)),
    params: {},
  };
}

function receive(running: Running, request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= bodyLimit) chunks.push(chunk);
    else chunks.length = 0;
  });
  // Too long a body is read to its end all the same: an early answer would meet a caller that is still writing.
  request.on('end', () => {
    const call = callOf(running, request, Buffer.concat(chunks));
    if (size <= bodyLimit) void answerCall(running, request, response, call);
    else send(response, call, gatewayError(call, 413, 'APIGW.0201', 'The request body is larger than 12 MB'));
  });
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason';
    const what = code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be used (${code})`;
    throw new InvalidConfigError([
      `port ${port} on ${host} ${what}; set SIMULATOR_PORT to another one, or to 0 for any free one`,
    ]);
  }
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

/**
 * Starts a stand-in for the API of Huawei Cloud Workspace, IAM and STS on 127.0.0.1.
 *
 * @throws InvalidConfigError when the port is taken.
 */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { now, port = 0, throttle: isThrottling = true, delayMs = 0, wait = waitInRealTime } = options;
  const state = createState(now(), isThrottling);
  const running: Running = { state, now, delayMs, wait, calls: 0 };
  // Longer than callers keep idle connections, so that none meets a connection just being closed.
  const server = createServer({ keepAliveTimeout: 5 * minute }, (request, response) =>
    receive(running, request, response),
  );
  const url = `http://${host}:${await listen(server, port)}`;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url, state, close };
}
