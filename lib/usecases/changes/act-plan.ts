import { messageOf, StoreError } from '../../domain/codes/errors.ts';
import type { Schedule } from '../../domain/schedule/schedule.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { changeSchedule } from '../change.ts';
import { longestBetweenTicks } from '../planning/clock-rollback.ts';
import { horizon, type PlanDeps, plan } from '../planning/plan.ts';

/** Plans until the cursor is at `until`; another process may move it, too. `keptRev` is the revision whose record has been kept. */
export async function planAll(
  deps: PlanDeps,
  schedule: Schedule,
  { now, until, keptRev }: { now: Instant; until: Instant; keptRev: number },
): Promise<Schedule> {
  let latest = schedule;
  for (let kept = keptRev; ; ) {
    // Another act came between, and may have stopped before it kept its record. Its rule, too, is planned.
    if (latest.rev !== kept) await deps.schedules.putAct(latest.lastAct);
    kept = latest.rev;
    if (latest.cursor >= until) return latest;
    await plan(deps, latest, now, until);
    const next = await deps.schedules.getSchedule(schedule.scheduleId);
    if (next === undefined) return latest;
    latest = next;
  }
}

/** Plans the rule of an act that is committed; a failure is logged, and the tick tries again. */
export async function planNew(
  deps: PlanDeps,
  done: Schedule,
  { keptRev, lastTickAt }: { keptRev: number; lastTickAt: Instant },
  now: Instant,
): Promise<void> {
  try {
    await planAll(deps, done, { now, until: now + horizon, keptRev });
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    deps.log.error('new-rule-not-planned', { scheduleId: done.scheduleId, message: messageOf(cause) });
  }
  if (!isAheadOfTicks(now, lastTickAt)) return;
  await changeSchedule(deps, done.scheduleId, (seen) =>
    seen.wakeAt === undefined || seen.wakeAt > lastTickAt ? { ...seen, wakeAt: lastTickAt } : undefined,
  );
}

/**
 * Whether an act may be one by a clock that is ahead, and may be set back before the next tick. The schedule is looked
 * at then, and its cursor pulled back: what comes due meanwhile would never be planned.
 */
export function isAheadOfTicks(now: Instant, lastTickAt: Instant): boolean {
  return now > lastTickAt + longestBetweenTicks;
}
