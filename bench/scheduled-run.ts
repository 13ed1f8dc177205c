import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, startChild, stopChild, temporaryFolder } from './children.ts';
import { fillStore, openStore, settingsFor } from './filled-store.ts';
import type { Arrival } from './receiver.ts';
import { dueSchedules, type Wanted } from './schedules.ts';
import { quantile } from './statistics.ts';

/** So many notifications due at one instant. */
export type Batch = { dueAt: number; count: number };

/** How late the notifications of one batch arrived, in milliseconds. */
export type Lateness = { p50: number; p99: number; max: number; arrived: number };

/** What became of the batches, and what it took. */
export type Run = {
  batches: Lateness[];
  /** The most memory that was resident at any time, in MiB. */
  peakMemory: number;
};

/** A run of the product, which keeps records: how many with a job_id. */
export type OurRun = Run & { recorded: number };

/** As `npm start` has them in package.json: V8's young space would grow to 48 MiB for nothing. */
const flagsOfStart = ['--max-semi-space-size=4'];

/** What has not come after so long counts as lost. */
const longestLatenessMs = 6_000;

/** The one-machine run in a process of its own, over a store that holds the batches and other schedules. */
export async function runOurs(
  batchesFrom: (now: number) => Batch[],
  others: (now: number) => Wanted[] = () => [],
): Promise<OurRun> {
  const { receiver, endpoint } = await startReceiver();
  const settings = settingsFor(await temporaryFolder(), endpoint);
  const batches = await prepare(settings, batchesFrom, others);
  const child = startChild('local/start.ts', { flags: flagsOfStart, env: settings });
  const found = await lateness(receiver, batches);
  const peakMemory = await peakMemoryOf(child);
  await stopChild(child);
  await stopChild(receiver);
  return { batches: found, recorded: await countRecords(settings, batches), peakMemory };
}

/**
 * The same batches, sent by a peer.
 *
 * @param idleCount schedules besides that are due in some months.
 */
export async function runPeer(
  library: 'croner' | 'node-cron',
  batchesFrom: (now: number) => Batch[],
  idleCount = 0,
): Promise<Run> {
  const { receiver, endpoint } = await startReceiver();
  const child = startChild('bench/peer-scheduler.ts', { args: [library, endpoint, String(idleCount)] });
  await messageOf(child);
  const batches = batchesFrom(Date.now());
  child.send(batches);
  const found = await lateness(receiver, batches);
  const peakMemory = await peakMemoryOf(child);
  await stopChild(child);
  await stopChild(receiver);
  return { batches: found, peakMemory };
}

async function startReceiver(): Promise<{ receiver: ChildProcess; endpoint: string }> {
  const receiver = startChild('bench/receiver.ts');
  return { receiver, endpoint: String(await messageOf(receiver)) };
}

/** Filled in two steps, since the others may take long and the batches are reckoned from now. */
async function prepare(
  settings: Record<string, string>,
  batchesFrom: (now: number) => Batch[],
  others: (now: number) => Wanted[],
): Promise<Batch[]> {
  const runtime = await openStore(settings);
  await fillStore(runtime, others(Date.now()), Date.now());
  const batches = batchesFrom(Date.now());
  const due = batches.flatMap(({ dueAt, count }) => dueSchedules(dueAt, count));
  await fillStore(runtime, due, Date.now());
  await runtime.close();
  return batches;
}

async function lateness(receiver: ChildProcess, batches: readonly Batch[]): Promise<Lateness[]> {
  const wanted = batches.reduce((sum, { count }) => sum + count, 0);
  const lastAt = Math.max(...batches.map(({ dueAt }) => dueAt));
  const arrivals: Arrival[] = [];
  // Nothing is asked of the receiver while the batches come in.
  await sleep(lastAt + longestLatenessMs / 3 - Date.now());
  while (arrivals.length < wanted && Date.now() < lastAt + longestLatenessMs) {
    receiver.send('arrivals');
    arrivals.push(...((await messageOf(receiver)) as Arrival[]));
    await sleep(200);
  }
  return batches.map(({ dueAt }) => latenessOf(arrivals, dueAt));
}

function latenessOf(arrivals: readonly Arrival[], dueAt: number): Lateness {
  const late = arrivals.filter(({ text }) => text === String(dueAt)).map(({ at }) => at - dueAt);
  return {
    p50: quantile(late, 0.5),
    p99: quantile(late, 0.99),
    max: quantile(late, 1),
    arrived: late.length,
  };
}

async function countRecords(settings: Record<string, string>, batches: readonly Batch[]): Promise<number> {
  const runtime = await openStore(settings);
  const limit = batches.reduce((sum, { count }) => sum + count, 1);
  const { items } = await runtime.store.listDeliveries({ limit });
  await runtime.close();
  return items.filter(({ jobId }) => jobId !== undefined).length;
}

/** Linux alone tells this; elsewhere it is NaN. */
async function peakMemoryOf({ pid }: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return Number(kilobytes ?? Number.NaN) / 1_024;
}
