import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { simulatorKeys } from '../../lib/config.ts';
import { poolNamesOf } from '../../lib/domain/input/pool-names.ts';
import { targetOf } from '../../lib/domain/target.ts';
import { minute } from '../../lib/domain/time/instant.ts';
import type { Queue } from '../../lib/ports.ts';
import { saveDefinition } from '../../lib/usecases/changes/schedules.ts';
import { tableName } from '../aws/table.ts';
import { minuteEvent, sqsEvent } from '../functions/events.ts';
import { anEvent, tokensSetting } from '../http/api-rig.ts';
import { aDefinition } from '../rig.ts';
import { type Packaged, packageService } from './packaged.ts';
import { type RunningFunction, startFunction } from './runtime-api.ts';
import { startStandIns } from './stand-ins.ts';
import { unpackInto } from './zip-file.ts';

let packaged: Packaged;
let standIns: Awaited<ReturnType<typeof startStandIns>>;
const running = new Map<string, RunningFunction>();

beforeAll(async () => {
  packaged = await packageService();
}, 100_000);
afterAll(() => packaged.remove());

beforeEach(async () => {
  standIns = await startStandIns();
});
afterEach(async () => {
  for (const each of running.values()) await each.stop();
  running.clear();
  await standIns.close();
});

/** The environment that the template gives a function, with the stand-ins in place of what AWS would name. */
function environmentOf(name: string): Record<string, string> {
  const names: Record<string, string> = {
    Table: tableName,
    SendQueue: standIns.sendQueueUrl,
    TrackQueue: standIns.trackQueueUrl,
    HuaweiKeys: 'deskbell-test-huawei',
  };
  const logicalName = `${name.charAt(0).toUpperCase()}${name.slice(1)}LambdaFunction`;
  const variables: Record<string, string | { Ref: string }> =
    packaged.resources[logicalName]?.Properties.Environment.Variables ?? {};
  const given = Object.entries(variables).map(([key, value]) => [
    key,
    typeof value === 'string' ? value : (names[value.Ref] ?? ''),
  ]);
  return { ...Object.fromEntries(given), ...standIns.environment, ...deploymentOf(name) };
}

/** What the environment of whoever deploys brings. */
function deploymentOf(name: string): Record<string, string> {
  if (name === 'tick') return {};
  return {
    HUAWEICLOUD_REGION: 'simulator',
    HUAWEICLOUD_SDK_PROJECT_ID: simulatorKeys.projectId,
    HUAWEICLOUD_WORKSPACE_ENDPOINT: standIns.workspaceEndpoint,
    ...(name === 'api' ? { DESKBELL_TOKENS: tokensSetting } : {}),
  };
}

function targetOfStandIns(): string {
  return targetOf({ endpoint: standIns.workspaceEndpoint, projectId: simulatorKeys.projectId });
}

/** The function out of its zip, running. */
async function start(name: string): Promise<RunningFunction> {
  const known = running.get(name);
  if (known !== undefined) return known;
  const folder = join(packaged.folder, 'unpacked', name);
  unpackInto(folder, packaged.zipOf(name));
  const started = await startFunction(join(folder, `functions/${name}.mjs`), environmentOf(name));
  running.set(name, started);
  return started;
}

async function invoke(name: string, event: unknown): Promise<unknown> {
  return (await start(name)).invoke(event);
}

/** A schedule for two pools, made a while ago, whose event is at the minute that has just begun. */
async function aDueSchedule(): Promise<void> {
  const { store } = standIns;
  const now = Date.now();
  const queue: Queue = { longestChain: 3, async enqueueSend() {}, async enqueueTrack() {} };
  let count = 0;
  const deps = {
    schedules: store,
    deliveries: store,
    calendars: store,
    pools: { names: async () => poolNamesOf([]) },
    queue,
    ids: { next: () => `id-${++count}` },
    log: { info() {}, warn() {}, error() {} },
    messageLimit: 400,
    tickLog: store,
    clock: { now: () => now - 30 * minute },
  };
  const at = new Date(now - (now % minute)).toISOString().slice(0, 16);
  const definition = aDefinition({
    at,
    cron: undefined,
    pools: ['engineering', 'support'],
    message: 'Log off.',
  });
  await saveDefinition(deps, definition, { who: 'test', owner: 'console' });
}

/** Hands over to the sender what comes out of its queue, until `isDone`; at most for half a minute. */
async function sendUntil(isDone: () => Promise<boolean>): Promise<void> {
  for (let looks = 0; looks < 30 && !(await isDone()); looks += 1) {
    const messages = await standIns.take(standIns.sendQueueUrl);
    if (messages.length === 0) continue;
    const bodies = messages.map(({ Body }) => Body);
    expect(await invoke('send', sqsEvent('send', bodies))).toEqual({ batchItemFailures: [] });
  }
}

async function isAllAccepted(): Promise<boolean> {
  const found = await states();
  return found.length > 0 && found.every((state) => state.endsWith('accepted'));
}

async function states(): Promise<string[]> {
  const { items } = await standIns.store.listDeliveries({ limit: 10 });
  return items.map(({ pool, state }) => `${pool} ${state}`).sort();
}

/** What the tracker's queue would hand over in a quarter of a minute. */
async function trackBodies(): Promise<string[]> {
  const { items } = await standIns.store.listDeliveries({ limit: 10 });
  return items.map(({ deliveryId }) => JSON.stringify({ deliveryId, hops: 0 }));
}

describe('the packaged functions', () => {
  it('carry a warning from due to sent to tracked', { timeout: 60_000 }, async () => {
    await aDueSchedule();
    expect(await invoke('tick', minuteEvent)).toMatchObject({ due: 1, planned: 2, queued: 2, failed: [] });
    await sendUntil(isAllAccepted);
    expect(await states()).toEqual(['engineering accepted', 'support accepted']);
    const received = (await standIns.notifications()).map(({ pool, text }) => `${pool}: ${text}`);
    expect(received.sort()).toEqual(['engineering: Log off.', 'support: Log off.']);
    expect(await standIns.delayedIn(standIns.trackQueueUrl)).toBe(2);
    standIns.letJobsEnd();
    await invoke('track', sqsEvent('track', await trackBodies()));
    expect(await states()).toEqual(['engineering delivered', 'support delivered']);
    const counted = ['tick', 'send', 'track'].map((name) => running.get(name)?.output() ?? '');
    for (const output of counted) expect(output).toContain('"stage":"test"');
    expect(counted[0]).toContain('"TickEnded":1');
    expect(counted[1]).toContain('"Accepted":1');
    expect(counted[2]).toContain('"Delivered":1');
    expect(counted.join('')).not.toContain(simulatorKeys.secretKey);
  });

  it('answer over HTTP', { timeout: 60_000 }, async () => {
    const ask = async (method: string, target: string, sent = {}) => {
      const { statusCode, body } = (await invoke('api', anEvent(method, target, sent))) as {
        statusCode: number;
        body: string;
      };
      return { status: statusCode, body: JSON.parse(body) };
    };
    expect((await ask('GET', '/v1/health')).status).toBe(503);
    expect((await ask('POST', '/v1/tick', { as: 'operator' })).status).toBe(200);
    expect((await ask('GET', '/v1/health')).status).toBe(200);
    expect((await ask('GET', '/v1/schedules', { as: 'nobody' })).status).toBe(401);
    // Whoever mistyped the region must be able to correct it as long as nothing was sent.
    expect(await standIns.store.getTarget()).toBeUndefined();
    const pools = await ask('GET', '/v1/pools', { as: 'viewer' });
    expect(pools.body.items.map(({ name }: { name: string }) => name)).toContain('finance');
    const body = { pools: ['finance'], message: 'Save your work.' };
    const headers = { 'idempotency-key': 'first-call' };
    expect((await ask('POST', '/v1/notifications', { body, headers })).status).toBe(201);
    await sendUntil(isAllAccepted);
    expect(await standIns.store.getTarget()).toBe(targetOfStandIns());
    const { items } = (await ask('GET', '/v1/deliveries')).body;
    expect(items).toMatchObject([{ state: 'accepted', pool: { name: 'finance' } }]);
    const table = 'schedules: [{ id: eod, pools: [finance], cron: 0 18 * * *, message: Bye. }]';
    const yaml = { body: table, headers: { 'content-type': 'application/yaml' } };
    expect(await ask('POST', '/v1/apply', yaml)).toMatchObject({ status: 200, body: { created: ['eod'] } });
  });

  it('try a changed key at the next invocation, whatever the old one has closed', {
    timeout: 60_000,
  }, async () => {
    await aDueSchedule();
    standIns.secrets.change('an-old-key');
    await invoke('tick', minuteEvent);
    await sendUntil(async () => running.get('send')?.output().includes('KeyRefused') ?? false);
    expect(running.get('send')?.output()).toContain('"KeyRefused":1');
    expect(await standIns.notifications()).toEqual([]);
    standIns.secrets.change(simulatorKeys.secretKey);
    await sendUntil(isAllAccepted);
    expect(await states()).toEqual(['engineering accepted', 'support accepted']);
  });

  it('refuse a table that is bound to another project', { timeout: 60_000 }, async () => {
    await standIns.store.stamp('another');
    const answer = await invoke('api', anEvent('GET', '/v1/health'));
    expect(answer).toMatchObject({ statusCode: 503, body: expect.stringContaining('STORE_UNAVAILABLE') });
    await expect(invoke('send', sqsEvent('send', []))).rejects.toThrow('this table belongs to another');
  });

  it('say what is wrong with their environment, each at once', { timeout: 60_000 }, async () => {
    const file = join(packaged.folder, 'unpacked/send/functions/send.mjs');
    await start('send');
    const started = await startFunction(file, { HUAWEICLOUD_SDK_SK: 'a-secret-that-must-not-be-here' });
    const failure = await started.invoke(sqsEvent('send', [])).catch((cause: unknown) => String(cause));
    await started.stop();
    expect(failure).toContain('HUAWEICLOUD_SDK_SK must not be set here');
    expect(failure).toContain('DESKBELL_TABLE_NAME is not set');
    expect(failure).not.toContain('a-secret-that');
  });
});
