import type { Lateness } from './arrivals.ts';
import { presentPeers } from './peer.ts';
import type { Line } from './report.ts';
import { type OurRun, runOurs, runPeers, tellPeers } from './scheduled-run.ts';
import type { Batch } from './schedules.ts';
import { median, whole } from './statistics.ts';

const rounds = 2;
const longestMs = 9_000;
/** Set up before the first batch is due. */
const setUpMs = 9_000;
const apartMs = 5_000;
const warmUpCount = 200;
const marks = [
  { batch: 1, count: 1_000, p99: 600 },
  { batch: 2, count: 10_000, p99: 3_000 },
];
const work = { batchesFrom, longestMs };

/** How late each of 1,000 arrives, and then each of 10,000, that are due at one instant, in a run that is warm. */
export async function measureLateness(): Promise<Line[]> {
  const ours: OurRun[] = [];
  // Ours go in between.
  const runOnce = async () => {
    if (ours.length < rounds) ours.push(await runOurs(work));
  };
  await runOnce();
  const peers = await runPeers(presentPeers(), work, runOnce);
  while (ours.length < rounds) await runOnce();
  return marks.map(({ batch, count, p99 }) => {
    const found = ours.flatMap(({ batches }) => batches[batch] ?? []);
    const recorded = Math.min(...ours.map((run) => run.recorded[batch] ?? 0));
    const told = tellPeers(peers, ({ batches }) => describe(batches.slice(batch, batch + 1)));
    return {
      work: `lateness of ${whole(count)} due at one instant: p50, p99, max`,
      floor: '–',
      peers: `${told}; none of them signs or records`,
      ours: `${describe(found)}, ${whole(recorded)} recorded`,
      mark: `p99 ${whole(p99)} ms, every one recorded`,
      isPassed: median(found.map((one) => one.p99)) <= p99 && recorded === count,
    };
  });
}

/** From the first batch to the last no planner runs (at second 30) and no job is asked for (after 15 s). */
function batchesFrom(now: number): Batch[] {
  const earliest = Math.ceil(now / 1_000) * 1_000 + setUpMs;
  const second = (earliest / 1_000) % 60;
  const warmAt = second > 15 && second <= 31 ? earliest + (32 - second) * 1_000 : earliest;
  return [
    { dueAt: warmAt, count: warmUpCount },
    ...marks.map(({ batch, count }) => ({ dueAt: warmAt + batch * apartMs, count })),
  ];
}

function describe(runs: readonly Lateness[]): string {
  const middle = (what: keyof Lateness) => {
    const value = median(runs.map((run) => run[what]));
    return Number.isFinite(value) ? whole(value) : `over ${whole(longestMs)}`;
  };
  const arrived = Math.min(...runs.map((run) => run.arrived));
  return `${middle('p50')}, ${middle('p99')}, ${middle('max')} ms (${whole(arrived)} arrived)`;
}
