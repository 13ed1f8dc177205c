import type { IncomingMessage } from 'node:http';
import type { Agent } from 'node:https';
import { second } from '../domain/time/instant.ts';

export type PostAnswer = { status: number; text: string };

type Transport = {
  request: typeof import('node:https').request;
  agent: Agent;
  /** When a connection last showed that it lives. */
  aliveAt: number;
};

/** Of one host. Lambda lets a process have 1,024 files open, and a tick may want to write thousands of items at once. */
const mostAtOnce = 64;
/** A process that was frozen (Lambda) still has the connections of before, and the other end has forgotten them. */
const longestIdleMs = 4 * second;

/** Those who wait for a host. */
type Line = { free: number; waiting: PromiseWithResolvers<void>[] };

const transports = new Map<string, Promise<Transport>>();
const lines = new Map<string, Line>();

/** One of the two is loaded, and once: `fetch` would cost a function a third of its start. */
function transportFor(protocol: string): Promise<Transport> {
  const known = transports.get(protocol);
  if (known !== undefined) return known;
  const loaded = (protocol === 'http:' ? import('node:http') : import('node:https')).then(
    ({ request, Agent }) => ({
      request,
      agent: new Agent({ keepAlive: true }) as Agent,
      aliveAt: Date.now(),
    }),
  );
  transports.set(protocol, loaded);
  return loaded;
}

/**
 * Posts a body over a connection that is kept alive; few at once, and the others wait for their turn.
 *
 * @param timeoutMs from its turn on.
 * @throws Error when no answer came within `timeoutMs`, or another call waited for one in vain.
 */
export async function post(
  url: URL,
  headers: Record<string, string>,
  body: string,
  timeoutMs: number,
): Promise<PostAnswer> {
  const transport = await transportFor(url.protocol);
  const line = lineFor(url.host);
  await takeTurn(line);
  try {
    const startedAt = Date.now();
    if (Math.abs(startedAt - transport.aliveAt) > longestIdleMs) closeIdle(transport);
    const answer = await exchange(transport, { url, headers, body, timeoutMs });
    // An answer may have lain there while the process was frozen: it tells nothing of the other connections.
    if (Math.abs(Date.now() - startedAt) <= longestIdleMs) transport.aliveAt = Date.now();
    return answer;
  } catch (cause) {
    // Those who wait for a host that hangs would hang as well, one after the other, for minutes.
    if (isTimeout(cause)) for (const { reject } of line.waiting.splice(0)) reject(cause);
    throw cause;
  } finally {
    giveTurn(line);
  }
}

function lineFor(host: string): Line {
  const line = lines.get(host) ?? { free: mostAtOnce, waiting: [] };
  lines.set(host, line);
  return line;
}

async function takeTurn(line: Line): Promise<void> {
  if (line.free > 0) {
    line.free -= 1;
    return;
  }
  const turn = Promise.withResolvers<void>();
  line.waiting.push(turn);
  await turn.promise;
}

function giveTurn(line: Line): void {
  const next = line.waiting.shift();
  if (next === undefined) line.free += 1;
  else next.resolve();
}

function isTimeout(cause: unknown): boolean {
  return cause instanceof Error && (cause.name === 'TimeoutError' || cause.name === 'AbortError');
}

function closeIdle({ agent }: Transport): void {
  for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy();
}

function exchange(
  { request, agent }: Transport,
  {
    url,
    headers,
    body,
    timeoutMs,
  }: { url: URL; headers: Record<string, string>; body: string; timeoutMs: number },
): Promise<PostAnswer> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const outgoing = request(url, { method: 'POST', headers, agent, signal }, (incoming) => {
      readText(incoming).then((text) => resolve({ status: incoming.statusCode ?? 0, text }), reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

async function readText(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
