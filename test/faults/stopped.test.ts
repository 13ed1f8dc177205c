import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { aFolder, deliveriesOf, startDeskbell, startSimulatorProgram, textsAt } from './processes.ts';
import { writeTable } from './table.ts';

const each = 20;

function wave(name: string, eventAt: number, leadTime = '0m') {
  return Array.from({ length: each }, (_, i) => ({ id: `${name}-${i}`, eventAt, leadTime }));
}

it('sends nothing late and nothing twice when it stood still over due times', async () => {
  const simulator = await startSimulatorProgram({ SIMULATOR_DELAY_MS: '300' });
  const folder = aFolder();
  const firstAt = Math.ceil(Date.now() / 1_000) * 1_000 + 2_000;
  const schedules = [
    ...wave('caught', firstAt),
    // Due 3 s later, and of no use from 2 s before the event on, which is 2 s after it is due.
    ...wave('short', firstAt + 7_000, '4s'),
    // Due at the same time, and of use for minutes.
    ...wave('long', firstAt + 3_000),
  ];
  const deskbell = await startDeskbell({
    HUAWEICLOUD_WORKSPACE_ENDPOINT: simulator.url,
    DESKBELL_DATA_DIR: folder,
    DESKBELL_TABLE: writeTable(join(folder, 'table.json'), schedules),
  });
  await vi.waitFor(async () => expect((await textsAt(simulator.url)).length).toBeGreaterThan(0), {
    timeout: 10_000,
    interval: 5,
  });
  deskbell.child.kill('SIGSTOP');
  await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(firstAt + 5_500), {
    timeout: 10_000,
    interval: 20,
  });
  deskbell.child.kill('SIGCONT');
  const deliveries = await vi.waitFor(
    async () => {
      const all = await deliveriesOf(deskbell.url, folder);
      expect(all.filter(({ state }) => state === 'pending' || state === 'sending')).toEqual([]);
      return all;
    },
    { timeout: 20_000, interval: 50 },
  );

  const texts = await textsAt(simulator.url);
  const ends = (name: string) => deliveries.filter(({ scheduleId }) => scheduleId.startsWith(name));
  expect(texts).toHaveLength(2 * each);
  expect(new Set(texts).size).toBe(2 * each);
  expect(ends('short').map(({ state, reasonCode }) => `${state}: ${reasonCode}`)).toEqual(
    new Array(each).fill('expired: missed'),
  );
  for (const { state, jobId } of [...ends('caught'), ...ends('long')]) {
    expect(['accepted', 'delivered']).toContain(state);
    expect(jobId).toBeTruthy();
  }
}, 40_000);
