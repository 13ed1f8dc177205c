import type { IncomingMessage } from 'node:http';
import type { Agent } from 'node:https';

export type PostAnswer = { status: number; text: string };

type Transport = { request: typeof import('node:https').request; agent: Agent };

const transports = new Map<string, Promise<Transport>>();

/** One of the two is loaded, and once: `fetch` would cost a function a third of its start. */
function transportFor(protocol: string): Promise<Transport> {
  const known = transports.get(protocol);
  if (known !== undefined) return known;
  const loaded = (protocol === 'http:' ? import('node:http') : import('node:https')).then(
    ({ request, Agent }) => ({ request, agent: new Agent({ keepAlive: true }) as Agent }),
  );
  transports.set(protocol, loaded);
  return loaded;
}

/**
 * Posts a body over a connection that is kept alive.
 *
 * @throws Error when no answer came within `timeoutMs`.
 */
export async function post(
  url: URL,
  headers: Record<string, string>,
  body: string,
  timeoutMs: number,
): Promise<PostAnswer> {
  const { request, agent } = await transportFor(url.protocol);
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
