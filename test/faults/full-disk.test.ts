import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import {
  aFolder,
  deliveriesOf,
  skipFor,
  startDeskbell,
  startSimulatorProgram,
  textsAt,
} from './processes.ts';
import { stopProgram } from './programs.ts';
import { authorizationOf } from './records.ts';
import { aFileSystem, aSizeLimit } from './small-disk.ts';
import { writeTable } from './table.ts';

const each = 30;
const patience = { timeout: 30_000, interval: 50 };

function wave(name: string, eventAt: number) {
  return Array.from({ length: each }, (_, i) => ({ id: `${name}-${i}`, eventAt }));
}

async function statesAt(url: string, folder: string): Promise<Record<string, number>> {
  const deliveries = await deliveriesOf(url, folder);
  const named = deliveries.map(({ scheduleId, state }) => `${scheduleId.split('-')[0]} ${state}`);
  return Object.fromEntries([...Map.groupBy(named, (name) => name)].map(([name, all]) => [name, all.length]));
}

describe.each([
  [
    'a file system that is full',
    aFileSystem,
    'this user may not mount a file system',
    /database or disk is full/,
  ],
  ['a limit on the size of files', aSizeLimit, 'there is no prlimit', /disk I\/O error/],
])('%s', (_, aDisk, whyNot, said) => {
  it('lets nothing go out without its record; all goes out once when there is space again', async (test) => {
    const disk = aDisk() ?? skipFor(test, whyNot);
    const { folder } = disk;
    const simulator = await startSimulatorProgram({
      SIMULATOR_THROTTLE: 'off',
      SIMULATOR_DELAY_MS: '1000',
    });
    const firstAt = Math.ceil(Date.now() / 1_000) * 1_000 + 2_000;
    const waves = [
      ...wave('before', firstAt),
      ...wave('during', firstAt + 4_000),
      ...wave('after', firstAt + 10_000),
    ];
    const { child, url, output } = await startDeskbell({
      HUAWEICLOUD_WORKSPACE_ENDPOINT: simulator.url,
      DESKBELL_DATA_DIR: folder,
      DESKBELL_TABLE: writeTable(join(aFolder(), 'table.json'), waves),
      DESKBELL_SENDS_PER_MINUTE: 'off',
    });
    const { pid = 0 } = child;
    await vi.waitFor(async () => expect(await textsAt(simulator.url)).toHaveLength(each), {
      timeout: 10_000,
      interval: 5,
    });
    // Their answers are on the way.
    disk.fill(pid);
    await vi.waitFor(() => {
      expect(output.join('\n')).toMatch(/ error work-failed /);
      expect(output.join('\n')).toMatch(/ error answer-not-written /);
    }, patience);

    expect(await statesAt(url, folder)).toEqual({
      'before sending': each,
      'during pending': each,
      'after pending': each,
    });
    const headers = authorizationOf(folder);
    const health = await fetch(`${url}/v1/health`, { headers });
    expect(await health.json()).toMatchObject({
      status: 'degraded',
      store: { failedWrites: expect.any(Number), reason: expect.stringMatching(said) },
    });
    const tick = await fetch(`${url}/v1/tick`, { method: 'POST', headers });
    expect({ status: tick.status, ...((await tick.json()) as object) }).toMatchObject({
      status: 503,
      code: 'STORE_UNAVAILABLE',
    });
    expect(await textsAt(simulator.url)).toHaveLength(each);

    disk.free(pid);
    await vi.waitFor(async () => {
      const open = (await deliveriesOf(url, folder)).filter(({ jobId }) => jobId === undefined);
      expect(open).toEqual([]);
    }, patience);
    expect((await textsAt(simulator.url)).sort()).toEqual(waves.map(({ id }) => id).sort());
    for (const event of ['answer-not-written', 'work-failed', 'call-failed'])
      expect(output.join('\n')).toMatch(new RegExp(` error ${event} .*${said.source}`));
    expect(child.exitCode).toBeNull();
  }, 60_000);
});

it('says that the disk is full, when its token and data are there', async (test) => {
  const disk = aFileSystem() ?? skipFor(test, 'this user may not mount a file system');
  const settings = {
    HUAWEICLOUD_WORKSPACE_ENDPOINT: 'http://127.0.0.1:9',
    DESKBELL_DATA_DIR: disk.folder,
  };
  await stopProgram(await startDeskbell(settings), 'SIGKILL');
  disk.fill(0);
  await expect(startDeskbell(settings)).rejects.toThrow(/deskbell.db cannot be used: .*; its disk is full/);
  disk.free(0);
  await startDeskbell(settings);
}, 30_000);

it('takes nothing more when its data folder is deleted under it, and says so', async () => {
  const folder = join(aFolder(), 'data');
  const { url } = await startDeskbell({
    HUAWEICLOUD_WORKSPACE_ENDPOINT: 'http://127.0.0.1:9',
    DESKBELL_DATA_DIR: folder,
    DESKBELL_TABLE: writeTable(join(aFolder(), 'table.json'), wave('later', Date.now() + 3_600_000)),
  });
  const headers = authorizationOf(folder);
  rmSync(folder, { recursive: true });
  const health = await fetch(`${url}/v1/health`, { headers });
  expect(await health.json()).toMatchObject({
    store: { reason: expect.stringContaining('deleted or replaced') },
  });
  const removed = await fetch(`${url}/v1/schedules/later-0`, { method: 'DELETE', headers });
  expect(removed.status).toBe(503);
}, 30_000);

it('says in words that it cannot start on a full disk', async (test) => {
  const disk = aFileSystem() ?? skipFor(test, 'this user may not mount a file system');
  disk.fill(0);
  const started = startDeskbell({
    HUAWEICLOUD_WORKSPACE_ENDPOINT: 'http://127.0.0.1:9',
    DESKBELL_DATA_DIR: disk.folder,
  });
  await expect(started).rejects.toThrow(/token cannot be used: ENOSPC/);
  await expect(started).rejects.not.toThrow(/^ {4}at /m);
});
