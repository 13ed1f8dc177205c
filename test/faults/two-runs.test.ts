import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { aFolder, deliveriesOf, startDeskbell, startSimulatorProgram, textsAt } from './processes.ts';
import { writeTable } from './table.ts';

const count = 200;

it('sends each notification once when two runs share one file', async () => {
  const simulator = await startSimulatorProgram({ SIMULATOR_THROTTLE: 'off', SIMULATOR_DELAY_MS: '40' });
  const folder = aFolder();
  const dueAt = Date.now() + 3_000;
  const schedules = Array.from({ length: count }, (_, i) => ({ id: `s${i}`, eventAt: dueAt }));
  const env = {
    HUAWEICLOUD_WORKSPACE_ENDPOINT: simulator.url,
    DESKBELL_DATA_DIR: folder,
    DESKBELL_TABLE: writeTable(join(folder, 'table.json'), schedules),
    DESKBELL_SENDS_PER_MINUTE: 'off',
  };
  // Both find an empty store, and load the table into it.
  const [first, second] = await Promise.all([startDeskbell(env), startDeskbell(env)]);
  await vi.waitFor(
    async () => {
      const open = (await deliveriesOf(first.url, folder)).filter(
        ({ state }) => state === 'pending' || state === 'sending',
      );
      expect(open).toEqual([]);
    },
    { timeout: 20_000, interval: 50 },
  );

  const texts = await textsAt(simulator.url);
  expect(texts).toHaveLength(count);
  expect(new Set(texts).size).toBe(count);
  const deliveries = await deliveriesOf(second.url, folder);
  expect(deliveries).toHaveLength(count);
  expect(new Set(deliveries.map(({ jobId }) => jobId)).size).toBe(count);
  const [one = 0, two = 0] = [first, second].map(
    ({ output }) => output.join('').match(/ info {2}accepted /g)?.length,
  );
  expect(one + two).toBe(count);
  console.log(`${one} sent by one run, ${two} by the other`);
}, 40_000);
