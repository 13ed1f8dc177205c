import { ConflictError, messageOf, NotFoundError, StoreError } from '../../domain/codes/errors.ts';
import type { Warning } from '../../domain/codes/problems.ts';
import type { Act, Owner, Schedule } from '../../domain/schedule/schedule.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { change } from '../change.ts';
import { plannedUntil, trustCursor } from '../planning/clock-rollback.ts';
import {
  type ActDeps,
  type ActResult,
  answerAgain,
  finishAct,
  storedAct,
  toldOf,
  type Unfinished,
  warningsOfRead,
  warningsOfStopped,
} from './act-answer.ts';
import { isAheadOfTicks, planAll } from './act-plan.ts';
import { announce } from './announce.ts';

export type { ActDeps, ActResult } from './act-answer.ts';

/** The revisions that an act may meet; `any` means that there must be one. */
export type RevisionCondition = 'any' | readonly number[];

/** Who acts, and on which revision: `ifMatch` undefined means whichever there is, or none. */
export type Acting = {
  who: string;
  owner: Owner;
  ifMatch?: RevisionCondition | undefined;
  /** The same key with the same request has its effect once. */
  idempotencyKey?: string | undefined;
};

/** What an act makes of a schedule; without `next` there is nothing to change. */
export type Step = Partial<Pick<Unfinished, 'eventTimes' | 'stopFormer'>> & {
  next?: Schedule | undefined;
  /** The act has been done already, in that revision, and is answered as it was then. */
  repeatedRev?: number | undefined;
  warnings?: Warning[];
};

/**
 * Throws what is wrong with the act; it may be asked more than once, and before anything is written.
 *
 * @param now the moment of the write that is tried.
 */
export type StepFrom = (seen: Schedule | undefined, now: Instant) => Step;

/**
 * Does one act: plans the old rule up to now, writes the act and the new rule in one item, plans the new rule.
 *
 * What the act cannot stop any more is read after it is written: a sender that claims later sees it, and stops. A crash
 * between any two steps is repaired by the schedule's next look; what the act promised to those who were warned
 * stands in the same write.
 */
export async function act(deps: ActDeps, scheduleId: string, stepFrom: StepFrom): Promise<ActResult> {
  const { schedules, clock, tickLog } = deps;
  const lastTickAt = (await tickLog.getLastTickAt()) ?? clock.now();
  // Taken again for each try: what comes due while others write first is planned by the old rule.
  let now = clock.now();
  let tried: Schedule | undefined;
  let taken: Step = {};
  const step = (seen: Schedule | undefined) => {
    taken = stepFrom(seen, now);
    return taken.next && lookedAtSoon(withWarnings(taken.next, taken.warnings), lastTickAt);
  };
  const { item, isMine } = await change<Schedule>(
    {
      read: () => {
        now = clock.now();
        return planUpTo(deps, scheduleId, { step, tried, lastTickAt }, now);
      },
      write: (schedule) => {
        tried = schedule;
        return schedules.writeSchedule(schedule);
      },
    },
    step,
    isSameAct,
  );
  if (item === undefined) throw noSchedule(scheduleId);
  const { eventTimes, stopFormer, warnings = [], repeatedRev } = taken;
  if (isMine)
    return { ...(await finishAct(deps, item, { eventTimes, stopFormer, lastTickAt }, now)), isDone: true };
  if (repeatedRev !== undefined) return answerAgain(deps, item, repeatedRev);
  const { goingOut, alreadyWarned } = await toldOf(deps, item, eventTimes, now);
  return { schedule: item, rev: item.rev, isDone: false, goingOut, alreadyWarned, notified: [], warnings };
}

/** What an act would answer now; changes nothing. */
export async function rehearseAct(deps: ActDeps, scheduleId: string, stepFrom: StepFrom): Promise<ActResult> {
  const now = deps.clock.now();
  const schedule = await deps.schedules.getSchedule(scheduleId);
  const { next, eventTimes, warnings = [], repeatedRev } = stepFrom(schedule, now);
  if (schedule === undefined) throw noSchedule(scheduleId);
  const told = await toldOf(deps, schedule, eventTimes, now);
  const { goingOut, alreadyWarned } = told;
  const repeated = repeatedRev === undefined ? undefined : await storedAct(deps, scheduleId, repeatedRev);
  const done = next?.lastAct ?? repeated;
  return {
    schedule,
    rev: schedule.rev,
    ...(done === undefined ? {} : { act: done }),
    isDone: next !== undefined,
    goingOut,
    alreadyWarned,
    notified: next?.lastAct.notify === undefined ? [] : alreadyWarned,
    warnings:
      next === undefined
        ? (repeated?.warnings ?? warnings)
        : [...warnings, ...(await warningsOfStopped(deps, next)), ...warningsOfRead(next.lastAct, told)],
  };
}

/** An answer that is lost is given again from the act itself. */
function withWarnings(next: Schedule, warnings: readonly Warning[] = []): Schedule {
  return warnings.length === 0 ? next : { ...next, lastAct: { ...next.lastAct, warnings } };
}

function lookedAtSoon(next: Schedule, lastTickAt: Instant): Schedule {
  const { lastAct, wakeAt = lastAct.at } = next;
  return isAheadOfTicks(lastAct.at, lastTickAt) ? { ...next, wakeAt: Math.min(wakeAt, lastTickAt) } : next;
}

/** Nothing that was due under the old rule is forgotten when the cursor is set to now. */
async function planUpTo(
  deps: ActDeps,
  scheduleId: string,
  {
    step,
    tried,
    lastTickAt,
  }: {
    step: (seen: Schedule | undefined) => Schedule | undefined;
    tried: Schedule | undefined;
    lastTickAt: Instant;
  },
  now: Instant,
): Promise<Schedule | undefined> {
  const schedule = await deps.schedules.getSchedule(scheduleId);
  // The act itself: its write took effect and the answer was lost. To delete twice, say, would be refused.
  if (schedule !== undefined && tried !== undefined && isSameAct(schedule, tried)) return schedule;
  // A refused act throws here, before anything is written; one that changes nothing needs no planning.
  if (step(schedule) === undefined || schedule === undefined) return schedule;
  await deps.schedules.putAct(schedule.lastAct);
  // An act by a clock that was ahead may have left a cursor that says that more is planned than is.
  const trusted = await trustCursor(deps, schedule, plannedUntil(lastTickAt, now));
  // Those whom an earlier act promised something, before a crash, are those who were warned before this one.
  const announced = await announce(deps, trusted, now);
  if (announced.cursor >= now) return announced;
  try {
    return await planAll(deps, announced, { now, until: now, keptRev: schedule.rev });
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    // A rule that cannot be planned must not stop the save that mends it.
    deps.log.error('old-rule-not-planned', { scheduleId, message: messageOf(cause) });
    const { cursor, definition } = announced;
    await deps.schedules.putGap({ scheduleId, from: cursor, to: now, pools: definition.pools });
    return announced;
  }
}

/** A move of the cursor writes the schedule again; the act in it stays the same. */
function isSameAct({ lastAct: a }: Schedule, { lastAct: b }: Schedule): boolean {
  return a.rev === b.rev && a.writeId === b.writeId;
}

type ActFacts = Omit<Act, 'scheduleId' | 'rev' | 'writeId' | 'who' | 'pools'> & { acting: Acting };

/** The schedule with one more act in it, to be looked at once more: then its record is kept, should a crash come first. */
export function nextRevision(
  seen: Omit<Schedule, 'lastAct' | 'cursor' | 'writeId'>,
  { acting, ...facts }: ActFacts,
  writeId: string,
): Schedule {
  const {
    planError: _planError,
    deletedAt: _deletedAt,
    isLeftOut: _isLeftOut,
    renamedTo: _renamedTo,
    ...rest
  } = seen;
  const { scheduleId, definition } = seen;
  const rev = seen.rev + 1;
  const lastAct = { scheduleId, rev, writeId, who: acting.who, pools: definition.pools, ...facts };
  return {
    ...rest,
    rev,
    lastAct,
    cursor: facts.at,
    wakeAt: facts.at,
    planFailures: 0,
    version: seen.version + 1,
    writeId,
  };
}

/** @throws ConflictError when the stored revision is not one that the act may meet. */
export function checkRevision(ifMatch: RevisionCondition | undefined, live: Schedule | undefined): void {
  if (ifMatch === undefined) return;
  if (live === undefined) throw new ConflictError('there is no such schedule, but If-Match asks for one');
  if (ifMatch === 'any' || ifMatch.includes(live.rev)) return;
  throw new ConflictError(
    `the schedule is at revision ${live.rev}, not ${ifMatch.join(' or ') || 'at one that If-Match names'}: read it again, then repeat your change`,
  );
}

/** @throws NotFoundError when there is none, or no more; ConflictError */
export function liveSchedule(
  scheduleId: string,
  seen: Schedule | undefined,
  { ifMatch }: Pick<Acting, 'ifMatch'> = {},
): Schedule {
  if (seen === undefined || seen.deletedAt !== undefined) throw noSchedule(scheduleId);
  checkRevision(ifMatch, seen);
  return seen;
}

function noSchedule(scheduleId: string): NotFoundError {
  return new NotFoundError(`there is no schedule ${scheduleId}`);
}
