import { BasicCredentials } from '@huaweicloud/huaweicloud-sdk-core';
import { ClientBuilder } from '@huaweicloud/huaweicloud-sdk-core/ClientBuilder.js';
import { Pool } from 'undici';
import { signRequest } from '../lib/huawei/sign.ts';
import { createWorkspace } from '../lib/huawei/workspace.ts';
import { Secret } from '../lib/secret.ts';
import { messageOf, startChild, stopChild } from './children.ts';
import { poolIdAt } from './pools.ts';
import type { Line } from './report.ts';
import { median, quantile, times, whole } from './statistics.ts';

/** Sends one notification, and fails unless it was accepted. */
type Send = () => Promise<unknown>;
type Sender = { send: Send; close(): Promise<void> };
type Measured = { perSecond: number; p99Ms: number; cpuUs: number };
type Name = keyof typeof senders;

const rounds = 4;
const roundMs = 800;
const projectId = '0a1b2c3d4e5f60718293a4b5c6d7e8f9';
const keys = { accessKey: 'EXAMPLEACCESSKEY', secretKey: 'example-secret-key' };
const poolId = poolIdAt(0);
const path = `/v2/${projectId}/desktop-pools/${poolId}/notifications`;
const text = 'Maintenance starts in 30 minutes. Please save your work and log off.';
const body = JSON.stringify({ notifications: text });
const connections = 64;

const senders = {
  ours(endpoint: string): Sender {
    const credentials = { accessKey: keys.accessKey, secretKey: new Secret(keys.secretKey) };
    const workspace = createWorkspace({
      endpoint,
      projectId,
      credentials: async () => credentials,
      now: Date.now,
    });
    return { send: () => workspace.sendToPool(poolId, text, () => true), close: () => workspace.close() };
  },
  floor(endpoint: string): Sender {
    const pool = new Pool(endpoint, { connections });
    const headers = { 'Content-Type': 'application/json' };
    return { send: () => sendWith(pool, headers), close: () => pool.close() };
  },
  undici(endpoint: string): Sender {
    const pool = new Pool(endpoint, { connections });
    return { send: () => sendWith(pool, signed(endpoint)), close: () => pool.close() };
  },
  fetch(endpoint: string): Sender {
    const send = async () => {
      const response = await fetch(`${endpoint}${path}`, { method: 'POST', headers: signed(endpoint), body });
      checkAccepted(await response.json());
    };
    return { send, close: async () => undefined };
  },
  official(endpoint: string): Sender {
    const credentials = new BasicCredentials()
      .withAk(keys.accessKey)
      .withSk(keys.secretKey)
      .withProjectId(projectId);
    const client = new ClientBuilder((built) => built)
      .withEndpoint(endpoint)
      .withCredential(credentials)
      .build();
    const send = async () => {
      const accepted = await client.sendRequest({
        url: '/v2/{project_id}/desktop-pools/{desktop_pool_id}/notifications',
        method: 'POST',
        contentType: 'application/json',
        pathParams: { project_id: projectId, desktop_pool_id: poolId },
        queryParams: {},
        headers: {},
        data: { notifications: text },
      });
      checkAccepted(accepted);
    };
    return { send, close: async () => undefined };
  },
};

/** Sends a second to a receiver that answers at once; times and CPU with one that takes 50 ms. */
export async function measureSending(): Promise<Line[]> {
  return [await measureAtOnce(), ...(await measureSlow())];
}

async function measureAtOnce(): Promise<Line> {
  const found = await compare({ delayMs: 0, concurrency: 16 });
  const rate = (name: Name) => median(found[name].map(({ perSecond }) => perSecond));
  const toFloor = ratio(found, 'floor', 'perSecond');
  const toOfficial = ratio(found, 'official', 'perSecond');
  return {
    work: 'sends a second, 16 at once, answered at once',
    floor: `${whole(rate('floor'))} (undici Pool, no signing)`,
    peers: `official client ${whole(rate('official'))}; fetch + signing ${whole(rate('fetch'))}; undici Pool + signing ${whole(rate('undici'))}`,
    ours: `${whole(rate('ours'))}: ${toOfficial.toFixed(1)} × official, ${percent(toFloor)} of the floor`,
    mark: '8 × official, 75 % of the floor',
    isPassed: toOfficial >= 8 && toFloor >= 0.75,
  };
}

async function measureSlow(): Promise<Line[]> {
  const found = await compare({ delayMs: 50, concurrency: 64 });
  const row = (what: 'p99Ms' | 'cpuUs', work: string, unit: string, markToFloor: number): Line => {
    const value = (name: Name) => `${whole(median(found[name].map((one) => one[what])))} ${unit}`;
    const toFloor = ratio(found, 'floor', what);
    return {
      work: `${work} of a send, 64 at once, answered after 50 ms`,
      floor: `${value('floor')} (undici Pool, no signing)`,
      peers: `official client ${value('official')}; fetch + signing ${value('fetch')}; undici Pool + signing ${value('undici')}`,
      ours: `${value('ours')}: ${times(toFloor, 1)} the floor`,
      mark: `${times(markToFloor, 1)} the floor`,
      isPassed: toFloor <= markToFloor,
    };
  };
  // 62 ms where the floor takes 56 ms, 90 µs where it takes 60 µs.
  return [row('p99Ms', 'p99', 'ms', 62 / 56), row('cpuUs', 'CPU', 'µs', 90 / 60)];
}

/** Lets each sender send for a while, round by round, to one receiver in a process of its own. */
async function compare(work: { delayMs: number; concurrency: number }): Promise<Record<Name, Measured[]>> {
  const receiver = startChild('bench/receiver.ts', { args: [String(work.delayMs)] });
  const endpoint = String(await messageOf(receiver));
  const found: Record<Name, Measured[]> = { ours: [], floor: [], undici: [], fetch: [], official: [] };
  const names = Object.keys(found) as Name[];
  const open = names.map((name) => ({ name, ...senders[name](endpoint) }));
  for (let round = 0; round <= rounds; round += 1) {
    for (const { name, send } of open) {
      const measured = await sendFor(send, work.concurrency);
      // The first round warms up.
      if (round > 0) found[name].push(measured);
    }
  }
  for (const { close } of open) await close();
  await stopChild(receiver);
  return found;
}

async function sendFor(send: Send, concurrency: number): Promise<Measured> {
  const tookMs: number[] = [];
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  const worker = async () => {
    for (let at = performance.now(); at - startedAt < roundMs; ) {
      await send();
      const now = performance.now();
      tookMs.push(now - at);
      at = now;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const elapsedMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  return {
    perSecond: (tookMs.length / elapsedMs) * 1_000,
    p99Ms: quantile(tookMs, 0.99),
    cpuUs: (user + system) / tookMs.length,
  };
}

async function sendWith(pool: Pool, headers: Record<string, string>): Promise<void> {
  const answer = await pool.request({ method: 'POST', path, headers, body });
  checkAccepted(await answer.body.json());
}

function signed(endpoint: string): Record<string, string> {
  const headers = { 'Content-Type': 'application/json', 'X-Project-Id': projectId };
  return signRequest({ method: 'POST', url: `${endpoint}${path}`, headers, body }, keys, new Date());
}

function checkAccepted(answer: unknown): void {
  const { job_id } = answer as { job_id?: string };
  if (job_id === undefined) throw new Error('a notification was not accepted');
}

/** Ours to another's, the median of the rounds. */
function ratio(found: Record<Name, Measured[]>, other: Name, what: keyof Measured): number {
  return median(found.ours.map((one, i) => one[what] / (found[other][i]?.[what] ?? Number.NaN)));
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
