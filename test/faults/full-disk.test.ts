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
    expect((await fetch(`${url}/v1/health`)).status).toBe(200);
    const headers = authorizationOf(folder);
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
