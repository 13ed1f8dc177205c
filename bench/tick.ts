import type { LocalRuntime } from '../lib/runtime/local.ts';
import { horizon } from '../lib/usecases/planning/plan.ts';
import { tick } from '../lib/usecases/planning/tick.ts';
import { temporaryFolder } from './children.ts';
import { fillIdle, fillStore, openStore, settingsFor } from './filled-store.ts';
import type { Line } from './report.ts';
import { dueSchedules } from './schedules.ts';
import { median } from './statistics.ts';

const ticks = 11;
const warmUp = 2;
const duePerTick = 100;
const fewStored = 1_200;
const manyStored = 100_000;
/** The noise of the machine lies within it. */
const mark = 1.5;

/** One tick that finds 100 due, over few stored schedules and over many. */
export async function measureTick(): Promise<Line[]> {
  const now = Math.floor(Date.now() / 1_000) * 1_000;
  const few = await storeWith(fewStored, now);
  const many = await storeWith(manyStored, now);
  const found: { few: number; many: number }[] = [];
  for (let n = 0; n < ticks; n += 1) {
    found.push({ few: await timeOfTick(few, now, n), many: await timeOfTick(many, now, n) });
  }
  await few.close();
  await many.close();
  const counted = found.slice(warmUp);
  const ratio = median(counted.map((one) => one.many / one.few));
  return [
    {
      work: 'one tick with 100 due, 1,200 and 100,000 stored',
      floor: '–',
      peers: '–',
      ours: `${milliseconds(counted.map((one) => one.few))} and ${milliseconds(counted.map((one) => one.many))}: ${ratio.toFixed(2)} ×`,
      mark: `at most ${mark} ×`,
      isPassed: ratio <= mark,
    },
  ];
}

/** Each tick has its own 100, which come into its view with the second at which it runs. */
async function storeWith(stored: number, now: number): Promise<LocalRuntime> {
  const runtime = await openStore(settingsFor(await temporaryFolder(), 'http://127.0.0.1:9'));
  for (let n = 0; n < ticks; n += 1) {
    await fillStore(runtime, dueSchedules({ dueAt: tickAt(now, n) + horizon, count: duePerTick }), now);
  }
  await fillIdle(runtime, stored - ticks * duePerTick, now);
  return runtime;
}

function tickAt(now: number, n: number): number {
  return now + n * 1_000;
}

async function timeOfTick(runtime: LocalRuntime, now: number, n: number): Promise<number> {
  const startedAt = performance.now();
  const { planned, failed } = await tick(runtime, tickAt(now, n));
  const tookMs = performance.now() - startedAt;
  if (planned !== duePerTick || failed.length > 0) throw new Error(`a tick planned ${planned}`);
  return tookMs;
}

function milliseconds(values: readonly number[]): string {
  return `${median(values).toFixed(1)} ms`;
}
