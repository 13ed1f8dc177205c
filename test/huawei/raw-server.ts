import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

export type RawRequest = { head: string; body: string; socket: Socket };

/** A server that reads whole requests and leaves every byte of the answer to `answer`. */
export type RawServer = {
  endpoint: string;
  /** Every request that was read to its end. */
  requests: RawRequest[];
  connections: Socket[];
  bytesRead(): number;
  close(): Promise<void>;
};

export async function startRawServer(answer: (request: RawRequest, n: number) => void): Promise<RawServer> {
  const requests: RawRequest[] = [];
  const connections: Socket[] = [];
  const server = createServer((socket) => {
    connections.push(socket);
    socket.on('error', () => {});
    let received = '';
    socket.setEncoding('latin1').on('data', (chunk) => {
      received += chunk;
      const request = takeRequest(received, socket);
      if (request === undefined) return;
      received = '';
      answer(request, requests.push(request));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    connections,
    bytesRead: () => connections.reduce((sum, socket) => sum + socket.bytesRead, 0),
    async close() {
      for (const socket of connections) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function takeRequest(received: string, socket: Socket): RawRequest | undefined {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const head = received.slice(0, headEnd);
  const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
  const body = received.slice(headEnd + 4);
  if (body.length < length) return undefined;
  return { head, body: Buffer.from(body, 'latin1').toString(), socket };
}

/** An answer as bytes; kept alive unless headers say otherwise. */
export function httpAnswer(status: number, body: string, headers: Record<string, string> = {}): string {
  const lines = Object.entries({ 'Content-Length': String(Buffer.byteLength(body)), ...headers });
  return `HTTP/1.1 ${status} X\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;
}
