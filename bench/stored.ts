import type { Lateness } from './arrivals.ts';
import { presentPeers } from './peer.ts';
import type { Line } from './report.ts';
import { type Run, runOurs, runPeers, tellPeers } from './scheduled-run.ts';
import type { Batch } from './schedules.ts';
import { median, whole } from './statistics.ts';

const stored = 100_000;
const count = 100;
const instants = 3;
const apartMs = 2_000;
const markMs = 100;
const markMemory = 150;
const work = { batchesFrom, idleCount: stored - instants * count, longestMs: 6_000 };

/** How late each of 100 arrives when 100,000 schedules are stored, and what memory that takes. */
export async function measureStored(): Promise<Line[]> {
  const ours = await runOurs(work);
  const peers = await runPeers(
    presentPeers().filter((name) => name !== 'croner'),
    work,
  );
  const p99 = p99Of(ours.batches);
  const isComplete = ours.recorded.every((recorded) => recorded === count);
  return [
    {
      work: `${count} due of ${whole(stored)} stored: lateness, p99`,
      floor: '–',
      peers: `${tellPeers(peers, ({ batches }) => `${milliseconds(p99Of(batches))} (${fewest(batches)} arrived)`)}; croner out of memory`,
      ours: `${milliseconds(p99)} (${ours.batches.map((one) => milliseconds(one.p99)).join(', ')}), ${isComplete ? 'all' : 'not all'} recorded`,
      mark: `${markMs} ms, every one recorded`,
      isPassed: p99 <= markMs && isComplete,
    },
    {
      work: `${count} due of ${whole(stored)} stored: most memory resident`,
      floor: '–',
      peers: tellPeers(peers, ({ memory }) => memoryTold(memory)),
      ours: memoryTold(ours.memory),
      mark: `${markMemory} MiB`,
      isPassed: ours.memory.own <= markMemory,
    },
  ];
}

/** The middle one of the batches' p99; the first batch warms up. */
function p99Of(batches: readonly Lateness[]): number {
  return median(batches.slice(1).map((one) => one.p99));
}

function fewest(batches: readonly Lateness[]): string {
  return `at least ${Math.min(...batches.map(({ arrived }) => arrived))} of each ${count}`;
}

function milliseconds(value: number): string {
  return Number.isFinite(value) ? `${whole(value)} ms` : `over ${whole(work.longestMs)} ms`;
}

function memoryTold({ own, server }: Run['memory']): string {
  return server === undefined ? `${whole(own)} MiB` : `${whole(own)} MiB and its server ${whole(server)} MiB`;
}

/** After the start, which looks at what is stored, and clear of the planner, which runs at second 30. */
function batchesFrom(now: number): Batch[] {
  let firstAt = Math.ceil(now / 1_000) * 1_000 + 9_000;
  while (isNearPlanner(firstAt)) firstAt += 1_000;
  return Array.from({ length: instants }, (_, i) => ({ dueAt: firstAt + i * apartMs, count }));
}

function isNearPlanner(firstAt: number): boolean {
  const second = (firstAt / 1_000) % 60;
  return second <= 31 && second + (instants * apartMs) / 1_000 >= 30;
}
