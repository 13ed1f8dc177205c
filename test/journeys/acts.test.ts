import { expect, it, onTestFinished } from 'vitest';
import { readConfig } from '../../lib/config.ts';
import { day, hour, minute, second } from '../../lib/domain/time/instant.ts';
import { createHandler } from '../../lib/http/api.ts';
import { startHttpServer } from '../../local/http-server.ts';
import { createAwsRig } from '../aws/aws-rig.ts';
import { createApi, tokenOf, tokensSetting } from '../http/api-rig.ts';
import { startSimulated } from './simulated.ts';

const path = '/v1/schedules/patch';
const eventAt = '2026-11-24T10:00:00.000Z';
const event = Date.parse(eventAt);
const schedule = {
  pools: ['engineering'],
  cron: '0 10 * * *',
  leadTimes: ['30m', '10m'],
  message: 'Restart at {{eventTime}} UTC, in {{timeLeft}}.',
};

type Role = Parameters<typeof tokenOf>[0];

async function onSqlite() {
  const { clock, workspace, received } = await startSimulated();
  const { handler, runUntil } = createApi({ clock, workspace });
  return { handler, runUntil, received };
}

async function onDynamo() {
  const { deps, runUntil, received } = await createAwsRig();
  const runtime = { ...deps, config: readConfig({ DESKBELL_TOKENS: tokensSetting }) };
  return { handler: createHandler(async () => runtime, deps.log), runUntil, received };
}

/** Deskbell behind a socket of its own, the real client and the simulator, all by one clock that the test moves. */
async function aHouse(open: typeof onSqlite) {
  const { handler, runUntil, received } = await open();
  const server = await startHttpServer(handler, {
    host: '127.0.0.1',
    port: 0,
    isKnownCaller: () => true,
    log: { info() {}, warn() {}, error() {} },
  });
  onTestFinished(() => server.close());
  const call = async (as: Role, method: string, where: string, body?: object) => {
    const answer = await fetch(`${server.url}${where}`, {
      method,
      headers: { authorization: `Bearer ${tokenOf(as)}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    expect(answer.status).toBeLessThan(300);
    return (await answer.json()) as Record<string, unknown> & { items: Record<string, unknown>[] };
  };
  const act = (what: string, body: object) => call('operator', 'POST', `${path}/${what}`, body);
  return { runUntil, call, act, received };
}

const houses: [string, typeof onSqlite][] = [
  ['one SQLite file', onSqlite],
  ['DynamoDB', onDynamo],
];

it.each(houses)(
  'an hour in which everything changes, on %s: what was sent, what is told of it, and the audit agree',
  async (_, open) => {
    const { runUntil, call, act, received } = await aHouse(open);
    await call('admin', 'PUT', path, schedule);

    await runUntil(event - 29 * minute);
    const notify = 'The restart is moved to {{eventTime}} UTC.';
    const postponed = await act('postpone', { reason: 'The patch is late.', eventAt, by: '1h', notify });
    const told = { goingOut: [], alreadyWarned: ['engineering'], notified: ['engineering'] };
    const moved = {
      eventAt: '2026-11-24T10:00:00.000Z',
      movedTo: '2026-11-24T11:00:00.000Z',
      timeZone: 'UTC',
    };
    expect(postponed).toEqual({ rev: 2, ...moved, ...told, warnings: [] });

    await runUntil(event + 30 * minute - 20 * second);
    expect(await act('pause', { reason: 'Is it ready?' })).toMatchObject({ goingOut: [] });
    await runUntil(event + 30 * minute - 10 * second);
    await act('resume', {});

    await runUntil(event + 31 * minute);
    await call('admin', 'PUT', path, { ...schedule, message: 'Log off now, {{minutesLeft}} minutes left.' });
    await runUntil(event + 2 * hour);
    await act('skip', { reason: 'Holiday.', eventAt: '2026-11-25T10:00:00Z' });
    await runUntil(event + day);

    const texts: [string, string][] = [
      ['2026-11-24T09:30:00.000Z', 'Restart at 10:00 UTC, in 30 minutes.'],
      ['2026-11-24T09:31:01.000Z', 'The restart is moved to 11:00 UTC.'],
      ['2026-11-24T10:30:00.000Z', 'Restart at 11:00 UTC, in 30 minutes.'],
      ['2026-11-24T10:50:00.000Z', 'Log off now, 10 minutes left.'],
    ];
    const arrived = (await received()).map(({ at, text }): [string, string] => [at, text]);
    expect(arrived.sort()).toEqual(texts);

    const { items } = await call('viewer', 'GET', '/v1/deliveries');
    expect(
      items.toReversed().map((item) => [item.dueAt, item.leadTime, item.state, item.reasonCode]),
    ).toEqual([
      ['2026-11-24T09:30:00.000Z', '30m', 'delivered', 'all_succeeded'],
      ['2026-11-24T09:31:01.000Z', 'notice', 'delivered', 'all_succeeded'],
      ['2026-11-24T09:50:00.000Z', '10m', 'skipped', 'postponed'],
      ['2026-11-24T10:30:00.000Z', '30m', 'delivered', 'all_succeeded'],
      ['2026-11-24T10:50:00.000Z', '10m', 'delivered', 'all_succeeded'],
      ['2026-11-25T09:30:00.000Z', '30m', 'skipped', 'skipped'],
      ['2026-11-25T09:50:00.000Z', '10m', 'skipped', 'skipped'],
    ]);

    const audit = await call('viewer', 'GET', '/v1/audit?schedule=patch');
    expect(audit.items.toReversed().map(({ rev, at, who, what, why }) => [rev, at, who, what, why])).toEqual([
      [1, '2026-11-24T09:00:00.000Z', 'a-admin', 'save', undefined],
      [2, '2026-11-24T09:31:00.000Z', 'a-operator', 'postpone', 'The patch is late.'],
      [3, '2026-11-24T10:29:40.000Z', 'a-operator', 'pause', 'Is it ready?'],
      [4, '2026-11-24T10:29:50.000Z', 'a-operator', 'resume', undefined],
      [5, '2026-11-24T10:31:00.000Z', 'a-admin', 'save', undefined],
      [6, '2026-11-24T12:00:00.000Z', 'a-operator', 'skip', 'Holiday.'],
    ]);
  },
  90_000,
);
