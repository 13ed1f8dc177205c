import type { IncomingMessage } from 'node:http';
import type { Agent } from 'node:https';
import { second } from '../domain/instant.ts';

export type PostAnswer = { status: number; text: string };

type Transport = {
  request: typeof import('node:https').request;
  agent: Agent;
  /** When a connection last showed that it lives. */
  aliveAt: number;
};

/** Lambda lets a process have 1,024 files open, and a tick may want to write thousands of items at once. */
const mostAtOnce = 64;
/** A process that was frozen (Lambda) still has the connections of before, and the other end has forgotten them. */
const longestIdleMs = 4 * second;

const transports = new Map<string, Promise<Transport>>();
const waiting: (() => void)[] = [];
let free = mostAtOnce;

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
 * @throws Error when no answer came within `timeoutMs`.
 */
export async function post(
  url: URL,
  headers: Record<string, string>,
  body: string,
  timeoutMs: number,
): Promise<PostAnswer> {
  const transport = await transportFor(url.protocol);
  await takeTurn();
  try {
    if (Math.abs(Date.now() - transport.aliveAt) > longestIdleMs) closeIdle(transport);
    const answer = await exchange(transport, { url, headers, body, timeoutMs });
    transport.aliveAt = Date.now();
    return answer;
  } finally {
    giveTurn();
  }
}

async function takeTurn(): Promise<void> {
  if (free > 0) free -= 1;
  else await new Promise<void>((resolve) => waiting.push(resolve));
}

function giveTurn(): void {
  const next = waiting.shift();
  if (next === undefined) free += 1;
  else next();
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
