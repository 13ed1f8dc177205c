import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { simulatorKeys } from '../../../lib/config.ts';
import { targetOf } from '../../../lib/domain/target.ts';
import { second } from '../../../lib/domain/time/instant.ts';
import { openDatabase } from '../../../lib/sqlite/database.ts';
import { createStore } from '../../../lib/sqlite/store.ts';
import { checkTimeZones } from '../../../local/doctor/machine.ts';
import type { OperationName } from '../../../local/simulator/catalogue.ts';
import type { FaultAnswer } from '../../../local/simulator/faults.ts';
import { startSimulator } from '../../../local/simulator/server.ts';
import { aFolder } from '../../faults/processes.ts';
import { start } from '../../rig.ts';
import { run } from '../run.ts';

type Found = { check: string; level: string; message: string; advice?: string };

const healthy = {
  status: 'ok',
  lastTickAt: '2026-11-24T08:59:30.000Z',
  planErrors: [],
  gate: { state: 'open' },
};

/** Runs the doctor beside a simulator; a test changes what it is about. */
async function aVisit({
  clockOffBy = 0,
  environment = {} as Record<string, string>,
  health = {},
  status = 200,
} = {}) {
  const simulator = await startSimulator({ now: () => start - clockOffBy });
  onTestFinished(() => simulator.close());
  const folder = environment.DESKBELL_DATA_DIR ?? aFolder();
  const settings = {
    HUAWEICLOUD_WORKSPACE_ENDPOINT: simulator.url,
    DESKBELL_DATA_DIR: folder,
    ...environment,
  };
  const visit = async () => {
    const api = () => Response.json({ ...healthy, ...health }, { status });
    const { exitCode, out } = await run(['doctor', '--json'], { environment: settings, api });
    const { findings, untested } = JSON.parse(out) as { findings: Found[]; untested: string[] };
    const odd = findings.filter(({ level }) => level !== 'ok');
    return { exitCode, findings, untested, odd: odd.filter(({ message }) => !message.startsWith('spare ')) };
  };
  const inject = (operation: OperationName, answer: FaultAnswer) =>
    simulator.state.faults.push({ match: { operation }, answer, times: 1 });
  return { simulator, folder, settings, visit, inject };
}

describe('deskbell doctor', () => {
  it('finds nothing wrong with a good installation, and says what it cannot test', async () => {
    const { visit, simulator } = await aVisit();
    const { exitCode, findings, odd, untested } = await visit();
    expect({ exitCode, odd }).toEqual({ exitCode: 0, odd: [] });
    expect(new Set(findings.map(({ check }) => check))).toEqual(
      new Set([
        'configuration',
        'time zones',
        'data folder',
        'key',
        'clock',
        'right to list pools',
        'pools',
        'right to read jobs',
        'server',
      ]),
    );
    expect(untested.join()).toMatch(/right to send/);
    expect(simulator.state.notifications.items).toEqual([]);
  });

  it('says in words what to do', async () => {
    const { settings } = await aVisit();
    const { out } = await run(['doctor'], { environment: settings });
    expect(out).toMatch(/^WARNING {2}pools: spare has no desktops/m);
    expect(out).toMatch(/^WARNING {2}server: no Deskbell answers at http:\/\/localhost:3000\n +→ start it/m);
    expect(out).toMatch(/^Not tested, because it would send something:\n- the right to send/m);
  });

  it('tells every problem of the configuration', async () => {
    const { visit } = await aVisit({ environment: { PORT: 'x', DESKBELL_MESSAGE_LIMIT: '0' } });
    const { exitCode, odd } = await visit();
    expect(exitCode).toBe(1);
    expect(odd.map(({ check, level, message }) => [check, level, message.split(' ')[0]])).toEqual([
      ['configuration', 'problem', 'DESKBELL_MESSAGE_LIMIT'],
      ['configuration', 'problem', 'PORT'],
    ]);
  });

  it('tells of a store that cannot be written, and of a folder that others may write to', async () => {
    const store = { failedWrites: 3, reason: 'database or disk is full' };
    const { visit, folder } = await aVisit({ health: { status: 'degraded', store } });
    expect((await visit()).odd).toMatchObject([
      { check: 'server', level: 'problem', message: expect.stringContaining('3 writes have failed') },
    ]);
    chmodSync(folder, 0o770);
    expect((await visit()).odd).toMatchObject([{ check: 'data folder', level: 'warning' }, {}]);
  });

  it('makes one wrong signature and no more', async () => {
    const keys = { HUAWEICLOUD_SDK_AK: 'DESKBELL-SIMULATOR-AK', HUAWEICLOUD_SDK_SK: 'not-the-secret' };
    const { visit, simulator } = await aVisit({ environment: keys });
    const { exitCode, odd } = await visit();
    expect(exitCode).toBe(1);
    expect(odd).toMatchObject([{ check: 'key', level: 'problem' }]);
    expect(simulator.state.gateway.failuresInRow).toBe(1);
  });

  it.each([
    [3, []],
    [40, [{ level: 'warning', message: expect.stringMatching(/40 s ahead of/) }]],
    [-40, [{ level: 'warning', message: expect.stringMatching(/4[01] s behind/) }]],
    [700, [{ level: 'problem', message: expect.stringMatching(/700 s ahead of/) }]],
    [1_200, [{ level: 'problem', message: expect.stringMatching(/1200 s ahead of/) }]],
  ])('compares the clocks: %i s ahead', async (seconds, expected) => {
    const { visit } = await aVisit({ clockOffBy: seconds * second });
    expect((await visit()).odd).toMatchObject(expected);
  });

  it.each<[OperationName, FaultAnswer, string, string]>([
    ['listPools', '403', 'right to list pools', 'problem'],
    ['listPools', '503', 'endpoint', 'warning'],
    ['showJob', '403', 'right to read jobs', 'problem'],
    ['showJob', '500', 'right to read jobs', 'warning'],
    ['showJob', '400', '', ''],
  ])('%s answers %s', async (operation, answer, check, level) => {
    const { visit, inject } = await aVisit();
    inject(operation, answer);
    expect((await visit()).odd).toMatchObject(check === '' ? [] : [{ check, level }]);
  });

  it('names pools in odd states', async () => {
    const { visit, simulator } = await aVisit();
    const [finance, engineering] = simulator.state.pools;
    if (finance !== undefined) finance.isInMaintenanceMode = true;
    if (engineering !== undefined) engineering.name = 'finance';
    const messages = (await visit()).odd.map(({ message }) => message);
    expect(messages).toEqual(['finance is in maintenance mode', '2 pools are called finance']);
  });

  it('finds that there are no pools', async () => {
    const { visit, simulator } = await aVisit();
    simulator.state.pools.length = 0;
    expect((await visit()).odd).toMatchObject([{ check: 'pools', level: 'warning' }]);
  });

  it('looks at the store without changing it', async () => {
    const { visit, folder, simulator } = await aVisit();
    const database = openDatabase(join(folder, 'deskbell.db'));
    onTestFinished(() => database.close());
    const store = createStore(database);
    await store.stamp(targetOf({ endpoint: simulator.url, projectId: simulatorKeys.projectId }));
    const { findings, odd } = await visit();
    expect(odd).toEqual([]);
    expect(findings.filter(({ check }) => check === 'store')).toHaveLength(2);
    database.sql.exec("UPDATE meta SET value = 'another' WHERE key = 'target'; PRAGMA user_version = 99");
    expect((await visit()).odd).toMatchObject([
      { level: 'problem', message: expect.stringMatching(/^the store has schema version 99/) },
      { level: 'problem', message: expect.stringMatching(/^it belongs to another, but/) },
    ]);
  });

  it('finds a data folder that is none, and a store that is none', async () => {
    const { visit, folder } = await aVisit();
    writeFileSync(join(folder, 'deskbell.db'), 'a text of some length, and no database at all'.repeat(50));
    expect((await visit()).odd).toMatchObject([{ check: 'store', level: 'problem' }]);
    const file = join(folder, 'deskbell.db');
    const other = await aVisit({ environment: { DESKBELL_DATA_DIR: file } });
    expect((await other.visit()).odd).toMatchObject([{ check: 'data folder', level: 'problem' }]);
  });

  it.each([
    ['that does not tick', { status: 503, health: {} }, 'problem', /planner of .* does not run/],
    [
      'that cannot plan',
      { health: { planErrors: [{ scheduleId: 'eod', message: 'no zone' }] } },
      'problem',
      /eod cannot be planned: no zone/,
    ],
    [
      'whose gate is closed',
      { health: { gate: { state: 'closed', until: 'T', reason: 'Huawei throttled' } } },
      'warning',
      /nothing goes to Huawei until T/,
    ],
    ['that is none', { health: { lastTickAt: undefined } }, 'problem', /not as Deskbell does/],
  ])('finds a server %s', async (_, world, level, message) => {
    const { visit } = await aVisit(world);
    expect((await visit()).odd).toMatchObject([
      { check: 'server', level, message: expect.stringMatching(message) },
    ]);
  });

  it('warns of old time zone data', () => {
    expect(checkTimeZones('2026a', start).level).toBe('ok');
    expect(checkTimeZones('2025b', start).level).toBe('ok');
    expect(checkTimeZones('2024a', start).level).toBe('warning');
    expect(checkTimeZones('', start).level).toBe('warning');
  });
});
