import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import type { FaultAnswer } from '../../local/simulator/faults.ts';
import { aFolder, deliveriesOf, startDeskbell, startSimulatorProgram, textsAt } from './processes.ts';
import { writeTable } from './table.ts';

const lost: { pool: string; answer: FaultAnswer; arrives: boolean }[] = [
  { pool: 'finance', answer: 'reset-after-read', arrives: true },
  { pool: 'engineering', answer: 'late', arrives: true },
  { pool: 'support', answer: 'no-job-id', arrives: true },
  { pool: '研发一部', answer: 'hang', arrives: false },
];

it('calls unknown what it cannot know, and does not send it again', async () => {
  const simulator = await startSimulatorProgram();
  for (const { pool, answer } of lost) {
    const body = JSON.stringify({ match: { operation: 'sendToPool', pool }, answer });
    const { status } = await fetch(`${simulator.url}/_simulator/faults`, { method: 'POST', body });
    expect(status).toBe(204);
  }
  const folder = aFolder();
  const dueAt = Date.now() + 2_500;
  const schedules = [...lost, { pool: 'spare' }].map(({ pool }, i) => ({
    id: `s${i}`,
    eventAt: dueAt,
    pool,
  }));
  const deskbell = await startDeskbell({
    HUAWEICLOUD_WORKSPACE_ENDPOINT: simulator.url,
    DESKBELL_DATA_DIR: folder,
    DESKBELL_TABLE: writeTable(join(folder, 'table.json'), schedules),
    DESKBELL_REQUEST_TIMEOUT_MS: '800',
  });
  const deliveries = await vi.waitFor(
    async () => {
      const all = await deliveriesOf(deskbell.url, folder);
      expect(all.filter(({ state }) => state === 'pending' || state === 'sending')).toEqual([]);
      return all;
    },
    { timeout: 15_000, interval: 20 },
  );

  for (const [i, { answer }] of lost.entries()) {
    const delivery = deliveries.find(({ scheduleId }) => scheduleId === `s${i}`);
    expect({ answer, ...delivery }).toMatchObject({ answer, state: 'unknown', reasonCode: 'no_answer' });
    expect(delivery?.jobId).toBeUndefined();
    expect(delivery?.reason).toMatch(/^the request may have arrived: /);
  }
  expect(deliveries.find(({ scheduleId }) => scheduleId === `s${lost.length}`)?.jobId).toBeTruthy();
  const arrived = lost.flatMap(({ arrives }, i) => (arrives ? [`s${i}`] : []));
  expect((await textsAt(simulator.url)).sort()).toEqual([...arrived, `s${lost.length}`]);
}, 30_000);
