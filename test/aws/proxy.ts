import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request to DynamoDB: its operation, and what it says. */
export type Seen = { operation: string; body: Record<string, unknown> };

/**
 * What becomes of a request. `lose`: it takes effect, and its answer is lost; `refuse`: it does not; `stale`: it is
 * answered as the last one that asked the same was. `half`: of a batch half is left unprocessed.
 */
export type Fate = 'pass' | 'lose' | 'refuse' | 'stale' | 'half';

/** Stands between a client and DynamoDB's stand-in, counts what passes and spoils some of it. */
export async function startProxy(target: string) {
  const seen: Seen[] = [];
  const answers = new Map<string, { status: number; text: string }>();
  let decide: (request: Seen) => Fate = () => 'pass';

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = Buffer.concat(await Array.fromAsync(request)).toString();
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const body = JSON.parse(text) as Record<string, unknown>;
    seen.push({ operation, body });
    const fate = decide({ operation, body });
    const question = `${operation} ${body.IndexName} ${JSON.stringify(body.ExpressionAttributeValues)}`;
    const known = answers.get(question.replace(/"N":"\d+"/g, '"N":"…"'));
    if (fate === 'refuse') return void response.writeHead(500).end('{"__type":"InternalServerError"}');
    if (fate === 'stale' && known !== undefined) return void response.writeHead(known.status).end(known.text);
    const headers = Object.fromEntries(
      Object.entries(request.headers).filter(([name]) => /^(x-amz|authorization|content-type)/.test(name)),
    ) as Record<string, string>;
    const answer = await fetch(target, { method: 'POST', headers, body: text });
    const whole = await answer.text();
    const answered = { status: answer.status, text: fate === 'half' ? halfOf(whole) : whole };
    answers.set(question.replace(/"N":"\d+"/g, '"N":"…"'), answered);
    if (fate === 'lose') return void request.socket.destroy();
    response.writeHead(answered.status, { 'content-type': 'application/x-amz-json-1.0' }).end(answered.text);
  }

  const server = createServer((request, response) => void handle(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Everything that was asked, in order. */
    seen,
    /** From now on requests fare so. */
    spoil(fate: (request: Seen) => Fate) {
      decide = fate;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Batch = { Responses: Record<string, Record<string, unknown>[]> };

function halfOf(text: string): string {
  const { Responses } = JSON.parse(text) as Batch;
  const [[table = '', items = []] = []] = Object.entries(Responses);
  const kept = items.slice(0, Math.ceil(items.length / 2));
  const Keys = items.slice(kept.length).map(({ pk, sk }) => ({ pk, sk }));
  const UnprocessedKeys = Keys.length === 0 ? {} : { [table]: { Keys } };
  return JSON.stringify({ Responses: { [table]: kept }, UnprocessedKeys });
}
