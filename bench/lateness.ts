import type { Line } from './report.ts';
import { type Batch, type Lateness, type OurRun, runOurs, runPeer } from './scheduled-run.ts';
import { median, whole } from './statistics.ts';

const rounds = 3;
const warmUpCount = 200;
const count = 1_000;
const markMs = 600;

/** How late each of 1,000 arrives that are due at one instant, in a run that is warm. */
export async function measureLateness(): Promise<Line[]> {
  const ours: OurRun[] = [];
  const croner: Lateness[] = [];
  const nodeCron: Lateness[] = [];
  for (let round = 0; round < rounds; round += 1) {
    ours.push(await runOurs(batchesFrom));
    croner.push(last((await runPeer('croner', batchesFrom)).batches));
    nodeCron.push(last((await runPeer('node-cron', batchesFrom)).batches));
  }
  const found = ours.map(({ batches }) => last(batches));
  const recorded = Math.min(...ours.map((run) => run.recorded)) - warmUpCount;
  const p99 = median(found.map((one) => one.p99));
  return [
    {
      work: `lateness of ${whole(count)} due at one instant: p50, p99, max`,
      floor: '–',
      peers: `node-cron ${describe(nodeCron)}; croner ${describe(croner)}; neither signs nor records`,
      ours: `${describe(found)}, ${whole(recorded)} recorded`,
      mark: `p99 ${markMs} ms, every one recorded`,
      isPassed: p99 <= markMs && recorded === count && found.every(({ arrived }) => arrived === count),
    },
  ];
}

/** Between them no planner runs (at second 30) and no job of the first batch is asked for (after 15 s). */
function batchesFrom(now: number): Batch[] {
  const warmAt = clearOfPlanner(Math.ceil(now / 1_000) * 1_000 + 4_000, 8);
  return [
    { dueAt: warmAt, count: warmUpCount },
    { dueAt: warmAt + 5_000, count },
  ];
}

function clearOfPlanner(at: number, seconds: number): number {
  const second = (at / 1_000) % 60;
  return second > 30 - seconds && second <= 31 ? at + (32 - second) * 1_000 : at;
}

function describe(runs: readonly Lateness[]): string {
  const middle = (what: keyof Lateness) => whole(median(runs.map((run) => run[what])));
  const arrived = Math.min(...runs.map((run) => run.arrived));
  return `${middle('p50')}, ${middle('p99')}, ${middle('max')} ms (${whole(arrived)} arrived)`;
}

function last(batches: readonly Lateness[]): Lateness {
  const found = batches.at(-1);
  if (found === undefined) throw new Error('there was no batch');
  return found;
}
