import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, startChild, stopChild } from './children.ts';
import type { Arrival } from './receiver.ts';
import { type Batch, textsOf } from './schedules.ts';
import { quantile } from './statistics.ts';

/** A receiver in a process of its own, and all that has arrived there. */
export type Receiver = {
  endpoint: string;
  /** Asks it; nothing is asked of it in between, so that it can attend to its work. */
  arrivals(): Promise<readonly Arrival[]>;
  stop(): Promise<void>;
};

/** How late the notifications of one batch arrived, in milliseconds; those that did not are late without end. */
export type Lateness = { p50: number; p99: number; max: number; arrived: number };

/** @param delayMs how long it takes for each answer. */
export async function startReceiver(delayMs = 0): Promise<Receiver> {
  const child: ChildProcess = startChild('bench/receiver.ts', { args: [String(delayMs)] });
  const endpoint = String(await messageOf(child));
  const all: Arrival[] = [];
  return {
    endpoint,
    async arrivals() {
      child.send('arrivals');
      all.push(...((await messageOf(child)) as Arrival[]));
      return all;
    },
    stop: () => stopChild(child),
  };
}

/**
 * Waits until the batches have arrived, and longer by nothing.
 *
 * @param longestMs what has not come so long after the last batch was due counts as lost.
 */
export async function latenessOf(
  receiver: Receiver,
  batches: readonly Batch[],
  longestMs: number,
): Promise<Lateness[]> {
  const wanted = batches.reduce((sum, { count }) => sum + count, 0);
  const lastAt = Math.max(...batches.map(({ dueAt }) => dueAt));
  await sleep(lastAt + 1_500 - Date.now());
  for (;;) {
    const all = await receiver.arrivals();
    if (all.length >= wanted || Date.now() > lastAt + longestMs) {
      const first = new Map(all.toReversed().map(({ text, at }) => [text, at]));
      return batches.map((batch) => lateOf(batch, first));
    }
    await sleep(250);
  }
}

function lateOf(batch: Batch, arrivedAt: ReadonlyMap<string, number>): Lateness {
  const late = textsOf(batch).map((text) => (arrivedAt.get(text) ?? Number.POSITIVE_INFINITY) - batch.dueAt);
  return {
    p50: quantile(late, 0.5),
    p99: quantile(late, 0.99),
    max: quantile(late, 1),
    arrived: late.filter(Number.isFinite).length,
  };
}
