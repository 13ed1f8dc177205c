import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import {
  aFolder,
  deliveriesOf,
  startDeskbell,
  startSimulatorProgram,
  stopProgram,
  textsAt,
} from './processes.ts';

const count = 300;
const patience = { timeout: 20_000, interval: 5 };

/** A table of many schedules that are all due at the same second, soon. */
function tableDueAt(dueAt: Date): string {
  const at = dueAt.toISOString().slice(0, 19);
  const schedules = Array.from({ length: count }, (_, i) => ({
    id: `s${i}`,
    pools: ['engineering'],
    at,
    message: '{{schedule}}',
  }));
  return JSON.stringify({ schedules });
}

it('doubles and loses nothing when it is killed three times while 300 notifications go out', async () => {
  const simulator = await startSimulatorProgram({ SIMULATOR_THROTTLE: 'off', SIMULATOR_DELAY_MS: '60' });
  const folder = aFolder();
  const table = join(folder, 'table.json');
  writeFileSync(table, tableDueAt(new Date(Date.now() + 4_000)));
  const env = {
    HUAWEICLOUD_WORKSPACE_ENDPOINT: simulator.url,
    DESKBELL_DATA_DIR: folder,
    DESKBELL_TABLE: table,
    DESKBELL_SENDS_PER_MINUTE: 'off',
  };
  for (const received of [30, 120, 200]) {
    const deskbell = await startDeskbell(env);
    await vi.waitFor(
      async () => expect((await textsAt(simulator.url)).length).toBeGreaterThan(received),
      patience,
    );
    await stopProgram(deskbell, 'SIGKILL');
  }
  const restartedAt = new Date().toISOString();
  const deskbell = await startDeskbell(env);
  await vi.waitFor(async () => {
    const underWay = (await deliveriesOf(deskbell.url, folder)).filter(
      ({ state, firstAttemptAt = '' }) =>
        state === 'pending' || (state === 'sending' && firstAttemptAt >= restartedAt),
    );
    expect(underWay).toEqual([]);
  }, patience);

  const deliveries = await deliveriesOf(deskbell.url, folder);
  const texts = await textsAt(simulator.url);
  expect(new Set(texts).size).toBe(texts.length);
  expect(deliveries).toHaveLength(count);
  // One that a kill caught stays `sending` until its lease is over, and is `unknown` from then on.
  const caught = deliveries.filter(({ state }) => state === 'sending' || state === 'unknown');
  expect(caught.length).toBeLessThanOrEqual(3 * 64);
  const settled = deliveries.filter((delivery) => !caught.includes(delivery));
  for (const { state, jobId, scheduleId } of settled) {
    expect(['accepted', 'delivered']).toContain(state);
    expect(jobId).toBeTruthy();
    expect(texts).toContain(scheduleId);
  }
  console.log(`${texts.length} received, ${settled.length} with a job_id, ${caught.length} caught by a kill`);
}, 60_000);
