import { messageOf, StoreError } from '../../domain/codes/errors.ts';
import type { Schedule } from '../../domain/schedule/schedule.ts';
import { day, hour, type Instant, minute, second } from '../../domain/time/instant.ts';
import type { Clock, Log, TickLog } from '../../ports.ts';
import { changeSchedule } from '../change.ts';
import { announce } from '../changes/announce.ts';
import { settleEach } from '../each.ts';
import { recoverFromSetBack, trustCursor } from './clock-rollback.ts';
import { horizon, type PlanDeps, type PlanResult, plan } from './plan.ts';
import { type SweepDeps, sweep } from './sweep.ts';

export type TickDeps = PlanDeps & SweepDeps & { tickLog: TickLog; clock: Clock; log: Log };

export type TickOptions = {
  /** Work begun after this long is left to the next tick. */
  budgetMs: number;
};

export type TickResult = {
  at: Instant;
  /** Schedules that wanted a look. */
  due: number;
  /** Deliveries written. */
  planned: number;
  /** Messages sent to the queue. */
  queued: number;
  /** Open deliveries that were looked at because nobody had finished them. */
  swept: number;
  /** Schedules and deliveries that could not be worked on, and why; the others were. */
  failed: { id: string; message: string }[];
  /** The budget ran out; the next tick goes on. */
  more: boolean;
};

const batchSize = 1_000;
const atOnce = 64;

/** Plans what comes due within the horizon, sweeps what nobody finished. Safe to repeat and to overlap. */
export async function tick(
  deps: TickDeps,
  now: Instant,
  { budgetMs }: TickOptions = { budgetMs: 45 * second },
): Promise<TickResult> {
  const result: TickResult = { at: now, due: 0, planned: 0, queued: 0, swept: 0, failed: [], more: false };
  const startedAt = deps.clock.now();
  const hasUsed = (ms: number) => Math.abs(deps.clock.now() - startedAt) >= ms;
  const plannedUntil = await recoverFromSetBack(deps, now, (id, cause) =>
    reportFailure(deps, result, id, cause),
  );
  // Half of the time at most, or a crowd of open deliveries would keep every schedule from being planned.
  await sweepAll(deps, now, result, () => hasUsed(budgetMs / 2));
  await planAll(deps, { now, plannedUntil }, result, () => hasUsed(budgetMs));
  await deps.tickLog.putLastTickAt(now);
  return result;
}

async function sweepAll(
  deps: TickDeps,
  now: Instant,
  result: TickResult,
  isOver: () => boolean,
): Promise<void> {
  // What is swept gets a later wake time, so the next batch holds others; what fails stays at the head of the list.
  const seen = new Set<string>();
  let stuck = 0;
  for (;;) {
    const ids = await deps.deliveries.deliveriesToWake(now, batchSize + stuck);
    const fresh = ids.filter((id) => !seen.has(id));
    if (fresh.length === 0) return;
    if (isOver()) {
      result.more = true;
      return;
    }
    await settleEach(
      fresh,
      atOnce,
      async (id) => {
        if (isOver()) return;
        seen.add(id);
        await sweep(deps, id, now);
        result.swept += 1;
      },
      (id, cause) => {
        stuck += 1;
        reportFailure(deps, result, id, cause);
      },
    );
  }
}

type Times = { now: Instant; plannedUntil: Instant };

async function planAll(
  deps: TickDeps,
  times: Times,
  result: TickResult,
  isOver: () => boolean,
): Promise<void> {
  const looked = new Set<string>();
  const done = new Set<string>();
  // They are not put off, and so stay at the head of the list.
  let stuck = 0;
  const { now } = times;
  const range = { until: now + horizon, beyond: now + day + hour };
  for (;;) {
    const ids = await deps.schedules.schedulesToWake(range, batchSize + stuck);
    const workable = ids.filter((id) => !done.has(id));
    if (workable.length === 0) break;
    if (isOver()) {
      result.more = true;
      break;
    }
    // One slice each before the next slice of any: a long gap of one schedule does not hold up the others.
    await settleEach(
      workable,
      atOnce,
      async (id) => {
        if (isOver()) return;
        looked.add(id);
        const { planned, queued, hasMore } = await planOne(deps, id, times);
        result.planned += planned;
        result.queued += queued;
        if (!hasMore) done.add(id);
      },
      (id, cause) => {
        done.add(id);
        stuck += 1;
        reportFailure(deps, result, id, cause);
      },
    );
  }
  result.due = looked.size;
}

async function planOne(deps: TickDeps, scheduleId: string, times: Times): Promise<PlanResult> {
  const { now } = times;
  const schedule = await deps.schedules.getSchedule(scheduleId);
  if (schedule === undefined) return { planned: 0, queued: 0, hasMore: false };
  try {
    const trusted = await trustCursor(deps, schedule, times.plannedUntil);
    // Still where the act put it: a crash may have come between the act and the copy of its record.
    if (trusted.cursor <= trusted.lastAct.at) await deps.schedules.putAct(trusted.lastAct);
    // It may have come before those who were warned were told, too.
    const announced = await announce(deps, trusted, now);
    return await plan(deps, announced, now, now + horizon);
  } catch (cause) {
    if (cause instanceof StoreError) await noteFailure(deps, scheduleId, cause);
    else await putOff(deps, scheduleId, cause, now);
    throw cause;
  }
}

/**
 * What the store or the queue cannot do just now says nothing of the schedule, so the next tick tries again; but if it
 * goes on, people should see it. That may fail as well: the cause is told all the same.
 */
async function noteFailure(deps: TickDeps, scheduleId: string, cause: StoreError): Promise<void> {
  const planError = messageOf(cause).slice(0, 500);
  const note = (seen: Schedule) => (seen.planError === undefined ? { ...seen, planError } : undefined);
  await changeSchedule(deps, scheduleId, note).catch(() => undefined);
}

/** A schedule that cannot be planned keeps its cursor and is tried less and less often. */
async function putOff(deps: TickDeps, scheduleId: string, cause: unknown, now: Instant): Promise<void> {
  await changeSchedule(deps, scheduleId, (seen) => ({
    ...seen,
    planError: messageOf(cause).slice(0, 500),
    planFailures: seen.planFailures + 1,
    wakeAt: now + Math.min(2 ** (seen.planFailures + 1) * minute, hour),
  }));
}

function reportFailure({ log }: TickDeps, result: TickResult, id: string, cause: unknown): void {
  const message = messageOf(cause);
  result.failed.push({ id, message });
  log.error('tick-failed', { id, message });
}
