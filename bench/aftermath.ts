import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Receiver } from './arrivals.ts';
import { killChild } from './children.ts';
import { type Batch, textsOf } from './schedules.ts';

const longestRecoveryMs = 110_000;
/** Nothing more is expected after so long a silence. */
const silenceMs = 3_000;

/** What of a batch arrived: when each did first, how many did twice, and when the last one did. */
export type Arrived = { texts: ReadonlySet<string>; doubled: number; lastAt: number };

export async function arrivedOf(receiver: Receiver, batch: Batch): Promise<Arrived> {
  const prefix = textsOf({ ...batch, count: 1 })[0]?.replace(/0$/, '') ?? '';
  const all = (await receiver.arrivals()).filter(({ text }) => text.startsWith(prefix));
  const texts = new Set(all.map(({ text }) => text));
  return { texts, doubled: all.length - texts.size, lastAt: Math.max(...all.map(({ at }) => at)) };
}

/**
 * Ends a process as a crash would, when so many of the batch have arrived.
 *
 * @returns the instant.
 */
export async function killAmid(
  child: ChildProcess,
  receiver: Receiver,
  { batch, after }: { batch: Batch; after: number },
): Promise<number> {
  await sleep(batch.dueAt - Date.now());
  while ((await arrivedOf(receiver, batch)).texts.size < after) {
    if (Date.now() > batch.dueAt + 60_000) throw new Error(`fewer than ${after} have come in a minute`);
    await sleep(5);
  }
  await killChild(child);
  return Date.now();
}

/**
 * Waits until nothing is left to be done, and nothing has come for 3 s.
 *
 * @param left how much is.
 * @throws Error when it is not so after 110 s.
 */
export async function recovered(receiver: Receiver, left: () => Promise<number>): Promise<void> {
  const giveUpAt = Date.now() + longestRecoveryMs;
  let seen = 0;
  let changedAt = Date.now();
  while (Date.now() < changedAt + silenceMs) {
    if (Date.now() > giveUpAt) throw new Error(`not over after ${longestRecoveryMs / 1_000} s`);
    const { length } = await receiver.arrivals();
    if (length !== seen || (await left()) > 0) changedAt = Date.now();
    seen = length;
    await sleep(250);
  }
}
