import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalRuntime } from '../lib/runtime/local.ts';
import { horizon } from '../lib/usecases/planning/plan.ts';
import { tick } from '../lib/usecases/planning/tick.ts';
import { chartOf } from './chart.ts';
import { removeFolder, stopChild, temporaryFolder } from './children.ts';
import { fillIdle, fillStore, openStore, settingsFor } from './filled-store.ts';
import { startOurs } from './our-run.ts';
import { peakMemoryOf } from './processes.ts';
import type { Line } from './report.ts';
import { dueSchedules, idleSchedules } from './schedules.ts';
import { timeOfStart } from './startup.ts';
import { median, whole } from './statistics.ts';

const sizes = [1_000, 10_000, 100_000, 1_000_000];
const duePerTick = 1_000;
const ticks = 5;
const saves = 500;
const starts = 3;
/** The first tick of a start is over by then. */
const settleMs = 2_000;
const markMs = 50;

/** What a store of one size takes: milliseconds and MiB. */
type Found = {
  size: number;
  /** To put all but the last 500 into the store. */
  insertMs: number;
  /** To save 500 more, each checked. */
  saveMs: number;
  startMs: number;
  idleTickMs: number;
  dueTickMs: number;
  memory: number;
  file: number;
};

/** How the product grows from 1,000 to 1,000,000 stored schedules; drawn into growth.svg. */
export async function measureScale(): Promise<Line[]> {
  await warmUp();
  const found: Found[] = [];
  for (const size of sizes) found.push(await measureSize(size));
  writeFileSync(join(import.meta.dirname, 'growth.svg'), drawGrowth(found));
  const last = found.at(-1);
  if (last === undefined) throw new Error('there is no size');
  const work = `${whole(last.size)} stored`;
  const each = (what: (one: Found) => string) => found.map(what).join(', ');
  const told = `at ${found.map(({ size }) => whole(size)).join('; ')}`;
  const line = { floor: '–', peers: '–' };
  return [
    {
      ...line,
      work: `one tick with nothing due, ${work}`,
      ours: `${last.idleTickMs.toFixed(1)} ms`,
      mark: `${markMs} ms`,
      isPassed: last.idleTickMs < markMs,
    },
    {
      ...line,
      work: `one tick with ${whole(duePerTick)} due, ${told} stored`,
      ours: each(({ dueTickMs }) => `${whole(dueTickMs)} ms`),
      mark: '–',
    },
    {
      ...line,
      work: `\`npm start\` to ready, ${told} stored`,
      ours: each(({ startMs }) => `${whole(startMs)} ms`),
      mark: '–',
    },
    {
      ...line,
      work: `most memory resident, file, ${told} stored`,
      ours: each(({ memory, file }) => `${whole(memory)} and ${file.toFixed(1)} MiB`).replaceAll(', ', '; '),
      mark: '–',
    },
    {
      ...line,
      work: `putting all into the store, saving ${saves} more, ${told} stored`,
      ours: each(
        ({ insertMs, saveMs }) => `${(insertMs / 1_000).toFixed(1)} s and ${whole(saveMs)} ms`,
      ).replaceAll(', ', '; '),
      mark: '–',
    },
  ];
}

function drawGrowth(found: readonly Found[]): string {
  const xs = found.map(({ size }) => size);
  const values = (what: Exclude<keyof Found, 'size'>) => found.map((one) => one[what]);
  return chartOf('Growth with the number of stored schedules', 'stored schedules', [
    {
      title: 'Time',
      unit: 'ms',
      xs,
      series: [
        { name: 'storing them all', colour: 'd', values: values('insertMs') },
        { name: 'npm start to ready', colour: 'c', values: values('startMs') },
        { name: 'tick, 1,000 due', colour: 'b', values: values('dueTickMs') },
        { name: 'tick, nothing due', colour: 'a', values: values('idleTickMs') },
      ],
    },
    {
      title: 'Room',
      unit: 'MiB',
      xs,
      series: [
        { name: 'file', colour: 'b', values: values('file') },
        { name: 'most memory', colour: 'a', values: values('memory') },
      ],
    },
  ]);
}

async function measureSize(size: number): Promise<Found> {
  const folder = await temporaryFolder();
  const settings = settingsFor(folder, 'http://127.0.0.1:9');
  const filled = await fill(settings, size);
  const { startMs, memory } = await measureStarts(settings);
  const file = statSync(join(folder, 'deskbell.db')).size / 2 ** 20;
  const ticked = await measureTicks(settings);
  removeFolder(folder);
  return { size, ...filled, startMs, memory, file, ...ticked };
}

/** The first size would be measured with code that is not compiled yet. */
async function warmUp(): Promise<void> {
  const settings = settingsFor(await temporaryFolder(), 'http://127.0.0.1:9');
  await fill(settings, 1_000);
  await measureTicks(settings);
}

/** The last ones are saved as a person's would be, and timed. */
async function fill(
  settings: Record<string, string>,
  size: number,
): Promise<Pick<Found, 'insertMs' | 'saveMs'>> {
  const runtime = await openStore(settings);
  const now = Date.now();
  const others = size - saves;
  const startedAt = performance.now();
  await fillIdle(runtime, others, now);
  const filledAt = performance.now();
  await fillStore(runtime, idleSchedules(saves, now, others), now);
  const saveMs = performance.now() - filledAt;
  await runtime.close();
  return { insertMs: filledAt - startedAt, saveMs };
}

async function measureStarts(settings: Record<string, string>): Promise<{ startMs: number; memory: number }> {
  const startMs: number[] = [];
  for (let n = 0; n < starts; n += 1) startMs.push(await timeOfStart(settings));
  const child = startOurs(settings);
  await sleep(settleMs);
  const memory = peakMemoryOf(child.pid ?? 0);
  await stopChild(child);
  return { startMs: median(startMs), memory };
}

async function measureTicks(
  settings: Record<string, string>,
): Promise<Pick<Found, 'idleTickMs' | 'dueTickMs'>> {
  const runtime = await openStore(settings);
  const now = Math.floor(Date.now() / 1_000) * 1_000;
  const idle: number[] = [];
  for (let n = 0; n < ticks; n += 1) idle.push(await timeOfTick(runtime, now, 0));
  // Each tick has its own, which come into its view with the second at which it runs.
  const tickAt = (n: number) => now + (n + 1) * 1_000;
  for (let n = 0; n < ticks; n += 1) {
    await fillStore(runtime, dueSchedules({ dueAt: tickAt(n) + horizon, count: duePerTick }), now);
  }
  const due: number[] = [];
  for (let n = 0; n < ticks; n += 1) due.push(await timeOfTick(runtime, tickAt(n), duePerTick));
  await runtime.close();
  return { idleTickMs: median(idle), dueTickMs: median(due) };
}

async function timeOfTick(runtime: LocalRuntime, now: number, due: number): Promise<number> {
  const startedAt = performance.now();
  const { planned, failed } = await tick(runtime, now);
  const tookMs = performance.now() - startedAt;
  if (planned !== due || failed.length > 0) throw new Error(`a tick planned ${planned}, and ${due} were due`);
  return tookMs;
}
