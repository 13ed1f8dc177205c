import { KeyUnreadableError } from '../domain/codes/errors.ts';
import { closedBy, type GateRefusal, unreadable } from '../domain/delivery/gate.ts';
import { type Instant, second } from '../domain/time/instant.ts';
import type { ScheduleStore, StoreTrouble, StoreWatch, TickLog } from '../ports.ts';
import type { Gatekeeper } from './sending/gatekeeper.ts';

export type HealthDeps = {
  schedules: ScheduleStore;
  tickLog: TickLog;
  gatekeeper: Gatekeeper;
  /** Where the store is a file of this process. */
  storeWatch?: StoreWatch;
};

/** How Deskbell fares. */
export type Health = {
  /** `not ticking`: no tick ended in the last 180 s. `degraded`: something does not go out, see below. */
  status: 'ok' | 'degraded' | 'not ticking';
  lastTickAt: Instant | undefined;
  /** Schedules that cannot be planned, at most 50. */
  planErrors: { scheduleId: string; message: string }[];
  /** What keeps sends from going out. */
  closing: GateRefusal | undefined;
  /** Why nothing can be written, so that nothing goes out and nothing is taken. */
  storeTrouble: StoreTrouble | undefined;
};

/** Two lost ticks, and the time that a third may take. */
const longestSilence = 180 * second;
const planErrorsTold = 50;

/** Looks at few items whatever the store holds, so that it can be asked often. */
export async function health(deps: HealthDeps, now: Instant): Promise<Health> {
  const { schedules, tickLog, gatekeeper } = deps;
  const [lastTickAt, failing, closing] = await Promise.all([
    tickLog.getLastTickAt(),
    schedules.failingSchedules(planErrorsTold),
    sendClosing(gatekeeper, now),
  ]);
  // A tick far ahead was written by a clock that has been set back: it proves nothing.
  const isTicking = lastTickAt !== undefined && Math.abs(now - lastTickAt) <= longestSilence;
  const storeTrouble = deps.storeWatch?.trouble();
  const isWell = closing === undefined && storeTrouble === undefined && failing.length === 0;
  return {
    status: isTicking ? (isWell ? 'ok' : 'degraded') : 'not ticking',
    lastTickAt,
    planErrors: failing.map(({ scheduleId, planError = '' }) => ({ scheduleId, message: planError })),
    closing,
    storeTrouble,
  };
}

/** What keeps sends from going out; undefined when nothing does. */
export async function sendClosing(gatekeeper: Gatekeeper, now: Instant): Promise<GateRefusal | undefined> {
  try {
    const { gate, fingerprint } = await gatekeeper.look();
    return closedBy(gate, { api: 'send', fingerprint }, now);
  } catch (error) {
    if (!(error instanceof KeyUnreadableError)) throw error;
    return unreadable(error, now);
  }
}
