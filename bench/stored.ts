import type { Line } from './report.ts';
import { type Batch, type Lateness, runOurs, runPeer } from './scheduled-run.ts';
import { idleSchedules } from './schedules.ts';
import { median, whole } from './statistics.ts';

const stored = 100_000;
const count = 100;
const instants = 5;
const apartMs = 2_000;
const markMs = 100;
const markMemory = 150;

/** How late each of 100 arrives when 100,000 schedules are stored, and what memory that takes. */
export async function measureStored(): Promise<Line[]> {
  const idleCount = stored - instants * count;
  const { batches, recorded, peakMemory } = await runOurs(batchesFrom, (now) =>
    idleSchedules(idleCount, now),
  );
  const nodeCron = await runPeer('node-cron', batchesFrom, idleCount);
  const p99 = p99Of(batches);
  const isComplete = recorded === instants * count && batches.every(({ arrived }) => arrived === count);
  const work = `${count} due of ${whole(stored)} stored`;
  return [
    {
      work: `${work}: lateness, p99`,
      floor: '–',
      peers: `node-cron ${whole(p99Of(nodeCron.batches))} ms`,
      ours: `${whole(p99)} ms (${batches.map((one) => whole(one.p99)).join(', ')}), ${isComplete ? 'all' : 'not all'} recorded`,
      mark: `${markMs} ms`,
      isPassed: p99 <= markMs && isComplete,
    },
    {
      work: `${work}: most memory resident`,
      floor: '–',
      peers: `node-cron ${whole(nodeCron.peakMemory)} MiB`,
      ours: `${whole(peakMemory)} MiB`,
      mark: `${markMemory} MiB`,
      isPassed: peakMemory <= markMemory,
    },
  ];
}

/** The middle one of the batches' p99; the first batch warms up. */
function p99Of(batches: readonly Lateness[]): number {
  return median(batches.slice(1).map((one) => one.p99));
}

/** After the start, which looks at what is stored, and clear of the planner, which runs at second 30. */
function batchesFrom(now: number): Batch[] {
  let firstAt = Math.ceil(now / 1_000) * 1_000 + 8_000;
  while (isNearPlanner(firstAt)) firstAt += 1_000;
  return Array.from({ length: instants }, (_, i) => ({ dueAt: firstAt + i * apartMs, count }));
}

function isNearPlanner(firstAt: number): boolean {
  const second = (firstAt / 1_000) % 60;
  return second <= 31 && second + (instants * apartMs) / 1_000 >= 30;
}
