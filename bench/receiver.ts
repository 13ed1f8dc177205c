import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { benchPools } from './pools.ts';

// A program of its own: answers as Workspace does, checks nothing, and notes when each notification came.
//
//   node bench/receiver.ts [milliseconds to wait before each answer]

/** A notification, and when its request came in. */
export type Arrival = { text: string; at: number };

const delayMs = Number(process.argv[2] ?? 0);
let arrivals: Arrival[] = [];
let lastJob = 0;

function receive(request: IncomingMessage, response: ServerResponse): void {
  const at = Date.now();
  if (request.method === 'GET') {
    answer(response, request.url?.includes('desktop-pools') ? pools : job);
    return;
  }
  let body = '';
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    const { notifications: text } = JSON.parse(body) as { notifications: string };
    arrivals.push({ text, at });
    lastJob += 1;
    const accepted = { job_id: `job-${lastJob}` };
    if (delayMs === 0) answer(response, accepted);
    else setTimeout(answer, delayMs, response, accepted);
  });
}

const pools = { total_count: benchPools.length, desktop_pools: benchPools };
const job = { status: 'SUCCESS', sub_jobs_total: 0, sub_jobs: [] };

function answer(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}

const server = createServer(receive);
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.on('message', () => {
  process.send?.(arrivals);
  arrivals = [];
});
