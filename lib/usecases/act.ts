import type { Delivery } from '../domain/delivery.ts';
import { ConflictError, InvalidInputError, messageOf, NotFoundError, StoreError } from '../domain/errors.ts';
import type { Instant } from '../domain/instant.ts';
import type { Message } from '../domain/message.ts';
import { hasRoomForNotice, mostNotices } from '../domain/notice.ts';
import { problem } from '../domain/problems.ts';
import type { Act, Owner, Schedule } from '../domain/schedule.ts';
import type { CalendarStore, DeliveryStore, ScheduleStore } from '../ports.ts';
import { announce } from './announce.ts';
import { change } from './change.ts';
import { horizon, type PlanDeps, plan } from './plan.ts';
import type { PoolDirectory } from './pool-directory.ts';
import { warnedOf } from './warned.ts';

export type ActDeps = PlanDeps & {
  schedules: ScheduleStore;
  deliveries: DeliveryStore;
  calendars: CalendarStore;
  pools: Pick<PoolDirectory, 'names'>;
  messageLimit: number;
};

/** The revisions that an act may meet; `any` means that there must be one. */
export type RevisionCondition = 'any' | readonly number[];

/** Who acts, and on which revision: `ifMatch` undefined means whichever there is, or none. */
export type Acting = { who: string; owner: Owner; ifMatch?: RevisionCondition | undefined };

/** A delivery whose request was under way when the act was answered: the only one that it cannot stop any more. */
export type GoingOut = Pick<Delivery, 'deliveryId' | 'pool' | 'eventAt' | 'dueAt'>;

export type ActResult = {
  schedule: Schedule;
  /** False when there was nothing to change, and so no revision was made. */
  isDone: boolean;
  goingOut: GoingOut[];
  /** Pools, as written, whose people were told of the event, or of any event to come when none is named. */
  alreadyWarned: string[];
  /** Those of them who are told of this act. */
  notified: string[];
};

/** What an act makes of a schedule; without `next` there is nothing to change. */
export type Step = {
  next?: Schedule | undefined;
  /** The times of the event that the act is about, as written and as moved; all events to come when absent. */
  eventTimes?: readonly Instant[] | undefined;
  /** The act has been done already, and is answered as it was then. */
  isRepeated?: boolean;
};

/** Throws what is wrong with the act; it may be asked more than once, and before anything is written. */
export type StepFrom = (seen: Schedule | undefined) => Step;

/**
 * Does one act: plans the old rule up to now, writes the act and the new rule in one item, plans the new rule.
 *
 * What the act cannot stop any more is read after it is written: whoever claims later sees it, and stops. A crash
 * between any two steps is repaired by the schedule's next look; what the act promised to those who were warned
 * stands in the same write.
 */
export async function act(
  deps: ActDeps,
  scheduleId: string,
  stepFrom: StepFrom,
  now: Instant,
): Promise<ActResult> {
  const { schedules } = deps;
  let tried: Schedule | undefined;
  let taken: Step = {};
  const step = (seen: Schedule | undefined) => {
    taken = stepFrom(seen);
    return taken.next;
  };
  const { item, isMine } = await change<Schedule>(
    {
      read: () => planUpTo(deps, scheduleId, { step, tried }, now),
      write: (schedule) => {
        tried = schedule;
        return schedules.writeSchedule(schedule);
      },
    },
    step,
    isSameAct,
  );
  if (item === undefined) throw noSchedule(scheduleId);
  const told = await toldOf(deps, item, taken.eventTimes, now);
  const notified = taken.isRepeated === true ? notifiedBy(item.lastAct, item) : [];
  if (!isMine) return { schedule: item, isDone: false, ...told, notified };
  await schedules.putAct({ ...item.lastAct, goingOut: told.goingOut.map(({ deliveryId }) => deliveryId) });
  const done = await announce(deps, item, now);
  await planNew(deps, done, item.rev, now);
  return { schedule: item, isDone: true, ...told, notified: notifiedBy(item.lastAct, done) };
}

/** What an act would answer now; changes nothing. */
export async function rehearseAct(
  deps: ActDeps,
  scheduleId: string,
  stepFrom: StepFrom,
  now: Instant,
): Promise<ActResult> {
  const schedule = await deps.schedules.getSchedule(scheduleId);
  const { next, eventTimes } = stepFrom(schedule);
  if (schedule === undefined) throw noSchedule(scheduleId);
  const told = await toldOf(deps, schedule, eventTimes, now);
  const notified = next?.lastAct.notify === undefined ? [] : told.alreadyWarned;
  return { schedule, isDone: next !== undefined, ...told, notified };
}

async function toldOf(
  deps: ActDeps,
  schedule: Schedule,
  eventTimes: Step['eventTimes'],
  now: Instant,
): Promise<Pick<ActResult, 'goingOut' | 'alreadyWarned'>> {
  const { goingOut, pools } = await warnedOf(
    deps,
    schedule,
    eventTimes ? { eventTimes, at: now } : { at: now },
  );
  return {
    goingOut: goingOut.map(({ deliveryId, pool, eventAt, dueAt }) => ({ deliveryId, pool, eventAt, dueAt })),
    alreadyWarned: pools,
  };
}

function notifiedBy({ writeId }: Act, { notices }: Schedule): string[] {
  return notices.filter(({ noticeId }) => noticeId === writeId).flatMap(({ pools }) => pools);
}

/**
 * The schedule with a promise to tell all who were warned of the event; it goes by the write that made it.
 *
 * @throws InvalidInputError when it has no room for one more text.
 */
export function withAnnouncement(
  schedule: Schedule,
  notify: Message | undefined,
  { eventTimes, aboutAt }: { eventTimes?: readonly Instant[] | undefined; aboutAt?: Instant | undefined },
): Schedule {
  if (notify === undefined) return schedule;
  const { lastAct, writeId, announcements = [] } = schedule;
  checkRoom(schedule, lastAct.at);
  const announcement = {
    noticeId: writeId,
    at: lastAct.at,
    message: notify,
    ...(eventTimes === undefined ? {} : { eventTimes }),
    ...(aboutAt === undefined ? {} : { aboutAt }),
  };
  return {
    ...schedule,
    lastAct: { ...lastAct, notify },
    announcements: [...announcements, announcement],
  };
}

/** @throws InvalidInputError when the schedule cannot hold one more text. */
export function checkRoom(schedule: Schedule, now: Instant): void {
  if (!hasRoomForNotice(schedule, now))
    throw new InvalidInputError([problem('', 'notices_full', { most: mostNotices })]);
}

/** Nothing that was due under the old rule is forgotten when the cursor is set to now. */
async function planUpTo(
  deps: ActDeps,
  scheduleId: string,
  {
    step,
    tried,
  }: { step: (seen: Schedule | undefined) => Schedule | undefined; tried: Schedule | undefined },
  now: Instant,
): Promise<Schedule | undefined> {
  const schedule = await deps.schedules.getSchedule(scheduleId);
  // The act itself: its write took effect and the answer was lost. To delete twice, say, would be refused.
  if (schedule !== undefined && tried !== undefined && isSameAct(schedule, tried)) return schedule;
  // A refused act throws here, before anything is written; one that changes nothing needs no planning.
  if (step(schedule) === undefined || schedule === undefined) return schedule;
  await deps.schedules.putAct(schedule.lastAct);
  // Those whom an earlier act promised something, before a crash, are those who were warned before this one.
  const announced = await announce(deps, schedule, now);
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

/** The act holds, though its rule may be one that cannot be planned: the tick says so, and tries again. */
async function planNew(deps: ActDeps, done: Schedule, keptRev: number, now: Instant): Promise<void> {
  try {
    await planAll(deps, done, { now, until: now + horizon, keptRev });
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    deps.log.error('new-rule-not-planned', { scheduleId: done.scheduleId, message: messageOf(cause) });
  }
}

/** A move of the cursor writes the schedule anew; the act in it stays the same. */
function isSameAct({ lastAct: a }: Schedule, { lastAct: b }: Schedule): boolean {
  return a.rev === b.rev && a.writeId === b.writeId;
}

/** Plans until the cursor is there, whoever moves it. `keptRev` is the revision whose record has been kept. */
async function planAll(
  deps: ActDeps,
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

type ActFacts = Omit<Act, 'scheduleId' | 'rev' | 'writeId' | 'who' | 'pools'> & { acting: Acting };

/** The schedule with one more act in it, to be looked at once more: then its record is kept, should a crash come first. */
export function nextRevision(
  seen: Omit<Schedule, 'lastAct' | 'cursor' | 'writeId'>,
  { acting, ...facts }: ActFacts,
  writeId: string,
): Schedule {
  const { planError: _planError, deletedAt: _deletedAt, ...rest } = seen;
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
