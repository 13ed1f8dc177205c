import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../lib/domain/delivery/delivery.ts';
import type { Act } from '../../lib/domain/schedule/schedule.ts';
import { day, minute, second } from '../../lib/domain/time/instant.ts';
import { createTableReader } from '../../lib/runtime/table-reader.ts';
import { start } from '../rig.ts';
import { aSchedule, createApi, type Sent } from './api-rig.ts';

/** Longer than this, and a warning that is due meanwhile comes late. */
const longestHoldMs = 200;

const pools = Array.from({ length: 100 }, (_, i) => `pool ${i} `.padEnd(255, 'x'));
const leads = Array.from({ length: 10 }, (_, i) => `${i + 1}m`);
const longText = 'x'.repeat(390);

function aLargeSchedule(fields: Record<string, unknown> = {}) {
  const leadTimes = leads.map((before) => ({ before, message: longText }));
  return aSchedule({ pools, cron: '* * * * *', message: longText, leadTimes, ...fields });
}

/** An API whose store holds the largest items that there can be, and many of them. */
async function aFullApi() {
  const api = createApi();
  api.runtime.readTable = createTableReader();
  await api.prove();
  await api.call('PUT', '/v1/schedules/large', { body: aLargeSchedule() });
  const large = await api.store.getSchedule('large');
  if (large === undefined) throw new Error('the schedule was refused');
  const notices = Array.from({ length: 50 }, (_, i) => ({
    noticeId: `n${i}`,
    dueAt: start - i * minute,
    deadline: start,
    eventAt: start,
    about: [],
    pools,
    message: longText.repeat(5),
  }));
  const exceptions = Array.from({ length: 100 }, (_, i) => ({
    eventAt: start + i * minute,
    movedTo: start + i * day,
  }));
  for (let i = 0; i < 200; i += 1)
    await api.store.writeSchedule({
      ...large,
      ...{ scheduleId: `other-${i}`, definition: { ...large.definition, id: `other-${i}` } },
      ...{ version: 1, rev: 1, exceptions, notices, planError: 'x'.repeat(500) },
    });
  for (let i = 0; i < 200; i += 1) {
    const change = { what: 'save', before: large.definition, pools, goingOut: pools };
    await api.store.putAct({ ...large.lastAct, ...change, rev: i + 10, at: start - i } as Act);
  }
  for (let i = 0; i < 2_000; i += 1) await api.store.writeDelivery(aLargeDelivery(i));
  return api;
}

function aLargeDelivery(i: number): Delivery {
  const attempt = { at: start, endedAt: start, text: longText, error: 'e'.repeat(500), status: 503 };
  const failure = {
    desktopName: 'n'.repeat(60),
    status: 'FAIL',
    errorCode: 'WKS.1',
    reason: 'r'.repeat(200),
  };
  const job = {
    status: 'FAIL',
    hasEnded: true,
    polledAt: start,
    polls: 3,
    total: 50,
    succeeded: 0,
    failed: 50,
  };
  return {
    deliveryId: `large.${i.toString(36)}.0`,
    ...{ scheduleId: 'large', rev: 1, pool: pools[i % 100], poolId: 'x' },
    ...{ eventAt: start + 60 * minute, leadSeconds: 60, dueAt: start - i * second, deadline: start },
    ...{
      state: 'undelivered',
      attempt: 8,
      version: 1,
      writeId: 'x',
      reason: { code: 'all_failed', params: {} },
    },
    attempts: Array.from({ length: 8 }, (_, n) => ({ n: n + 1, ...attempt })),
    job: { ...job, jobId: 'j', failures: Array.from({ length: 50 }, () => failure) },
  } as unknown as Delivery;
}

const full = await aFullApi();

type CallOf = [method: string, target: string, sent?: Sent];

/** What this thread has worked, in milliseconds: what other processes take of the machine does not count. */
function workedMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

/** The longest work, in milliseconds, during which nothing else could run while a call was answered. */
async function holdOf(call: CallOf): Promise<number> {
  let longest = 0;
  let isAnswered = false;
  let before = workedMs();
  const look = () => {
    const now = workedMs();
    longest = Math.max(longest, now - before);
    before = now;
    if (!isAnswered) setImmediate(look);
  };
  setImmediate(look);
  await new Promise((resolve) => setImmediate(resolve));
  await full.call(...call);
  await new Promise((resolve) => setImmediate(resolve));
  isAnswered = true;
  return longest;
}

/** The least of three: the machine has other work, too. */
async function leastHoldOf(call: CallOf): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 3 && least > longestHoldMs / 2; run += 1)
    least = Math.min(least, await holdOf(call));
  return least;
}

function previewOf(schedule: Record<string, unknown>, count: number): Sent {
  return { as: 'viewer', body: { schedule: { id: 'x', ...schedule }, count } };
}

function aFile(body: string): Sent {
  return { body, headers: { 'content-type': 'application/yaml' } };
}

/** As many lines as a call may bring. */
function linesOf(line: (i: number) => string): string {
  const lines: string[] = [];
  for (let length = 0; length < 255_000; length += lines.at(-1)?.length ?? 0) lines.push(line(lines.length));
  return lines.join('');
}

const viewer = { as: 'viewer' } as const;
const operator = { as: 'operator' } as const;
const urgent = { reason: 'x', notify: 'Work on.' };

describe('no call holds the process for long:', () => {
  it.each<[string, ...CallOf]>([
    ['a preview of one text for all', 'POST', '/v1/preview', previewOf(aLargeSchedule({ message: 'x' }), 7)],
    [
      'a preview of a text for each pool',
      'POST',
      '/v1/preview',
      previewOf(aSchedule({ pools, leadTimes: leads, message: '{{pool}} {{eventTime}} {{timeLeft}}' }), 5),
    ],
    [
      'a preview of texts full of placeholders',
      'POST',
      '/v1/preview',
      previewOf(
        aSchedule({ pools: ['p'], leadTimes: leads, message: '{{timeLeft}}{{eventDate}}'.repeat(10) }),
        100,
      ),
    ],
    ['a preview of rare days', 'POST', '/v1/preview', previewOf(aSchedule({ cron: '0 0 29 2 1#5' }), 200)],
    ['a preview of no day', 'POST', '/v1/preview', previewOf(aSchedule({ cron: '0 0 30 2 *' }), 200)],
    ['the schedules', 'GET', '/v1/schedules?limit=200', viewer],
    ['one schedule', 'GET', '/v1/schedules/other-1', viewer],
    ['the deliveries', 'GET', '/v1/deliveries?limit=200', viewer],
    ['the deliveries in trouble', 'GET', '/v1/deliveries?limit=200&state=trouble', viewer],
    ['the deliveries to a pool that is not there', 'GET', '/v1/deliveries?limit=200&pool=nowhere', viewer],
    ['a state that is not known', 'GET', `/v1/deliveries?state=${'a,b,c,d,'.repeat(4_000)}`, viewer],
    ['the audit', 'GET', '/v1/audit?limit=200', viewer],
    ['the audit of a pool that is not there', 'GET', '/v1/audit?limit=200&pool=nowhere', viewer],
    ['the health', 'GET', '/v1/health', viewer],
    ['the pools', 'GET', '/v1/pools', viewer],
    ['a pause', 'POST', '/v1/schedules/large/pause', { ...operator, body: urgent }],
    ['a resume', 'POST', '/v1/schedules/large/resume', operator],
    [
      'a skip',
      'POST',
      '/v1/schedules/large/skip',
      { ...operator, body: { ...urgent, eventAt: '2026-11-24T10:00:00Z' } },
    ],
    [
      'a postponement',
      'POST',
      '/v1/schedules/large/postpone',
      { ...operator, body: { ...urgent, eventAt: '2026-11-24T11:00:00Z', by: '2h' } },
    ],
    ['a send', 'POST', '/v1/schedules/large/send', { ...operator, body: { reason: 'x' } }],
    [
      'a notification',
      'POST',
      '/v1/notifications',
      {
        ...operator,
        body: { pools, message: '{{pool}}', leadTimes: leads, eventAt: '2026-11-25T00:00:00Z' },
      },
    ],
    [
      'a notification that is too long',
      'POST',
      '/v1/notifications',
      { ...operator, body: { pools, message: '{{pool}}'.repeat(490) } },
    ],
    ['a tick', 'POST', '/v1/tick', operator],
    ['a dry tick', 'POST', '/v1/tick', { ...operator, body: { dryRun: true } }],
    ['a save', 'PUT', '/v1/schedules/saved', { body: aLargeSchedule() }],
    [
      'a save of unknown fields',
      'PUT',
      '/v1/schedules/saved',
      { body: Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`f${i}`, 1])) },
    ],
    [
      'a file of many schedules',
      'POST',
      '/v1/apply',
      aFile(
        `schedules:\n${linesOf((i) => `  - { id: s${i}, pools: [a], cron: "0 1 * * *", message: x }\n`)}`,
      ),
    ],
    [
      'a file of many mistakes',
      'POST',
      '/v1/apply',
      aFile(`schedules:\n${linesOf((i) => `  - { id: s${i}, cron: "61 * * * *", x: 1 }\n`)}`),
    ],
    ['a file that is nested deeply', 'POST', '/v1/apply', aFile('['.repeat(200_000))],
    ['a file of one key', 'POST', '/v1/apply', aFile('a: 1\n'.repeat(50_000))],
    ['a file of many keys', 'POST', '/v1/apply', aFile(linesOf((i) => `k${i}: 1\n`))],
    ['a file of empty entries', 'POST', '/v1/apply', aFile(`schedules: [${'{},'.repeat(80_000)}]`)],
    ['an empty file, which deletes them all', 'POST', '/v1/apply', aFile('schedules: []')],
    ['a deletion', 'DELETE', '/v1/schedules/large', { body: urgent }],
  ])('%s', async (_, ...call) => {
    expect(await leastHoldOf(call)).toBeLessThan(longestHoldMs);
  });
});
