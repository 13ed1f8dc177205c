import type { Delivery } from '../domain/delivery.ts';
import { ConflictError, InvalidInputError, messageOf, NotFoundError, StoreError } from '../domain/errors.ts';
import { day, hour, type Instant, isoOf } from '../domain/instant.ts';
import { type Message, shownMessage } from '../domain/message.ts';
import { type Announcement, hasRoomForNotice, mostNotices, stopOf } from '../domain/notice.ts';
import { problem, type Warning, warning } from '../domain/problems.ts';
import { type Reason, reason } from '../domain/reasons.ts';
import type { Act, Owner, Schedule } from '../domain/schedule.ts';
import { type Stopping, stopTexts } from '../domain/stopped-texts.ts';
import type { CalendarStore, Clock, DeliveryStore, ScheduleStore, TickLog } from '../ports.ts';
import { announce } from './announce.ts';
import { change, changeSchedule } from './change.ts';
import { horizon, noticeDeliveryId, type PlanDeps, plan } from './plan.ts';
import type { PoolDirectory } from './pool-directory.ts';
import { longestBetweenTicks } from './set-back.ts';
import { type ReadText, warnedOf } from './warned.ts';

export type ActDeps = PlanDeps & {
  schedules: ScheduleStore;
  deliveries: DeliveryStore;
  calendars: CalendarStore;
  tickLog: Pick<TickLog, 'getLastTickAt'>;
  pools: Pick<PoolDirectory, 'names'>;
  clock: Pick<Clock, 'now'>;
  messageLimit: number;
};

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

/** A delivery whose request was under way when the act was answered: the only one that it cannot stop any more. */
export type GoingOut = Pick<Delivery, 'deliveryId' | 'pool' | 'eventAt' | 'dueAt'>;

export type ActResult = {
  schedule: Schedule;
  /** The revision that the act made or, when it made none, the one that holds. */
  rev: number;
  /** What was done, or would be; absent when there was nothing to do. */
  act?: Act;
  /** False when there was nothing to change, and so no revision was made. */
  isDone: boolean;
  goingOut: GoingOut[];
  /** Pools, as written, whose people were told of the event, or of any event to come when none is named. */
  alreadyWarned: string[];
  /** Those of them who are told of this act. */
  notified: string[];
  /** The all-clears that they have read last. */
  read: ReadText[];
  warnings: Warning[];
};

/** What an act makes of a schedule; without `next` there is nothing to change. */
export type Step = {
  next?: Schedule | undefined;
  /** The times of the event that the act is about, as written and as moved; all events to come when absent. */
  eventTimes?: readonly Instant[] | undefined;
  /** The act has been done already, in that revision, and is answered as it was then. */
  repeatedRev?: number | undefined;
  /** What of the texts under a former id of the schedule the act supersedes. */
  stopping?: Stopping | undefined;
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
 * What the act cannot stop any more is read after it is written: whoever claims later sees it, and stops. A crash
 * between any two steps is repaired by the schedule's next look; what the act promised to those who were warned
 * stands in the same write.
 */
export async function act(deps: ActDeps, scheduleId: string, stepFrom: StepFrom): Promise<ActResult> {
  const { schedules, clock } = deps;
  // Taken again for each try: what comes due while others write first is planned by the old rule.
  let now = clock.now();
  let tried: Schedule | undefined;
  let met: Schedule | undefined;
  let taken: Step = {};
  const step = (seen: Schedule | undefined) => {
    met = seen;
    taken = stepFrom(seen, now);
    return taken.next;
  };
  const { item, isMine } = await change<Schedule>(
    {
      read: () => {
        now = clock.now();
        return planUpTo(deps, scheduleId, { step, tried }, now);
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
  const { eventTimes, warnings = [], repeatedRev, stopping } = taken;
  if (isMine && stopping !== undefined) await stopFormerTexts(deps, item, stopping, now);
  if (!isMine && repeatedRev !== undefined) return answerAgain(deps, item, { repeatedRev, warnings });
  const { told: _told, ...told } = await toldOf(deps, item, eventTimes, now);
  if (!isMine) return { schedule: item, rev: item.rev, isDone: false, ...told, notified: [], warnings };
  const done = await finishAct(deps, item, told, now);
  const stopped = met === undefined ? [] : await warningsOfStopped(deps, met, done, now);
  return {
    schedule: item,
    rev: item.rev,
    act: item.lastAct,
    isDone: true,
    ...told,
    notified: notifiedBy(item.lastAct, done),
    warnings: [...warnings, ...stopped],
  };
}

/** What an act would answer now; changes nothing. */
export async function rehearseAct(deps: ActDeps, scheduleId: string, stepFrom: StepFrom): Promise<ActResult> {
  const now = deps.clock.now();
  const schedule = await deps.schedules.getSchedule(scheduleId);
  const { next, eventTimes, warnings = [], repeatedRev } = stepFrom(schedule, now);
  if (schedule === undefined) throw noSchedule(scheduleId);
  const { told: _told, ...told } = await toldOf(deps, schedule, eventTimes, now);
  const notified = next?.lastAct.notify === undefined ? [] : told.alreadyWarned;
  const repeated = repeatedRev === undefined ? undefined : await storedAct(deps, scheduleId, repeatedRev);
  const done = next?.lastAct ?? repeated;
  const planned = done === undefined ? {} : { act: done };
  return { schedule, rev: schedule.rev, ...planned, isDone: next !== undefined, ...told, notified, warnings };
}

type Told = Pick<ActResult, 'goingOut' | 'alreadyWarned' | 'read'>;
type ToldBy = Told & { told: Delivery[] };

async function toldOf(
  deps: ActDeps,
  schedule: Schedule,
  eventTimes: Step['eventTimes'],
  now: Instant,
): Promise<ToldBy> {
  const asked = eventTimes ? { eventTimes, at: now } : { at: now };
  const { goingOut, pools, told, read } = await warnedOf(deps, schedule, asked);
  return { goingOut: goingOut.map(asGoingOut), alreadyWarned: pools, read, told };
}

function asGoingOut({ deliveryId, pool, eventAt, dueAt }: Delivery): GoingOut {
  return { deliveryId, pool, eventAt, dueAt };
}

/** What an act still has to do once it is written; each part may be repeated. */
async function finishAct(
  deps: ActDeps,
  item: Schedule,
  { goingOut }: Pick<Told, 'goingOut'>,
  now: Instant,
): Promise<Schedule> {
  await deps.schedules.putAct({ ...item.lastAct, goingOut: goingOut.map(({ deliveryId }) => deliveryId) });
  const announced = await announce(deps, item, now);
  await planNew(deps, announced, item.rev, now);
  await lookSoonIfAhead(deps, item.scheduleId, now);
  return announced;
}

/** The answer to an act that was done before, as the first time, after whatever the first time left undone. */
async function answerAgain(
  deps: ActDeps,
  item: Schedule,
  { repeatedRev, warnings }: { repeatedRev: number; warnings: Warning[] },
): Promise<ActResult> {
  const now = deps.clock.now();
  const stored = await storedAct(deps, item.scheduleId, repeatedRev);
  const record = stored ?? item.lastAct;
  const { eventAt, movedTo } = record;
  const eventTimes = [eventAt, movedTo].filter((at) => at !== undefined);
  const isNamed = eventTimes.length > 0;
  const { told: toldBy, ...told } = await toldOf(deps, item, isNamed ? eventTimes : undefined, now);
  const isUnfinished = item.rev === repeatedRev;
  const done = isUnfinished ? await finishAct(deps, item, told, now) : item;
  const then = await Promise.all(
    (stored?.goingOut ?? []).map((deliveryId) => deps.deliveries.getDelivery(deliveryId)),
  );
  const goingOut = then.flatMap((delivery) => (delivery === undefined ? [] : asGoingOut(delivery)));
  return {
    schedule: item,
    rev: record.rev,
    act: record,
    isDone: false,
    ...told,
    goingOut: stored?.goingOut === undefined ? told.goingOut : goingOut,
    notified: notifiedThen(record, done, toldBy),
    warnings,
  };
}

async function storedAct({ schedules }: ActDeps, scheduleId: string, rev: number): Promise<Act | undefined> {
  let cursor: string | undefined;
  do {
    const query = { scheduleId, limit: 200 };
    const page = await schedules.listActs(cursor === undefined ? query : { ...query, cursor });
    const found = page.items.find((record) => record.rev === rev);
    if (found !== undefined) return found;
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return undefined;
}

function notifiedBy({ writeId }: Act, { notices }: Schedule): string[] {
  return notices
    .filter(({ noticeId, kind }) => noticeId === writeId && kind === 'all-clear')
    .flatMap(({ pools }) => pools);
}

/** The notice is forgotten after an hour; then its deliveries tell whom it reached. */
function notifiedThen(record: Act, schedule: Schedule, told: readonly Delivery[]): string[] {
  const reached = told.filter(({ noticeId }) => noticeId === record.writeId).map(({ pool }) => pool);
  return [...new Set([...notifiedBy(record, schedule), ...reached])];
}

/** A text is tried until its deadline, a day after it was asked for at the latest. */
const longestText = day + hour;

/** Before it is read what is going out: what leaves under a former id after that was stopped. */
async function stopFormerTexts(
  deps: ActDeps,
  { formerIds = [] }: Schedule,
  stopping: Stopping,
  now: Instant,
): Promise<void> {
  for (const { scheduleId } of formerIds.filter(({ at }) => now - at < longestText)) {
    await changeSchedule(deps, scheduleId, (seen) => {
      const next = stopTexts(seen, stopping, now);
      return JSON.stringify(next) === JSON.stringify(seen) ? undefined : next;
    });
  }
}

/** Tells of each text that the act stopped before it had reached all its pools. */
async function warningsOfStopped(
  { deliveries }: ActDeps,
  met: Schedule,
  { scheduleId, notices }: Schedule,
  now: Instant,
): Promise<Warning[]> {
  const wasStopped = (noticeId: string, pool: string) =>
    stopOf(met.notices.find((notice) => notice.noticeId === noticeId) ?? {}, pool) !== undefined;
  const stopped = notices.filter(({ stops = [], deadline }) => stops.length > 0 && deadline > now);
  const told = await Promise.all(
    stopped.map(async (notice) => {
      const { noticeId, message } = notice;
      const pools = notice.pools.filter(
        (pool) => stopOf(notice, pool) !== undefined && !wasStopped(noticeId, pool),
      );
      const rows = await Promise.all(
        pools.map((pool) => deliveries.getDelivery(noticeDeliveryId(scheduleId, notice, pool))),
      );
      const waiting = pools.filter((_, i) => ['pending', undefined].includes(rows[i]?.state));
      return { message, waiting };
    }),
  );
  return told
    .filter(({ waiting }) => waiting.length > 0)
    .map(({ message, waiting }) => warning('text_stopped', { text: shownMessage(message), pools: waiting }));
}

/** Why texts that were asked for before an act do not leave after it. */
export function supersededBy({ what, who, at }: Pick<Act, 'what' | 'who' | 'at'>): Reason {
  return reason('superseded', { action: what, by: who, at: isoOf(at) });
}

/**
 * The schedule with a promise to tell all who were warned of the event; it goes by the write that made it.
 *
 * @throws InvalidInputError when it has no room for one more text.
 */
export function withAnnouncement(
  schedule: Schedule,
  notify: Message | undefined,
  about: {
    eventTimes?: readonly Instant[] | undefined;
    aboutAt?: Instant | undefined;
    until?: Instant | undefined;
  },
): Schedule {
  if (notify === undefined) return schedule;
  const { lastAct, writeId, announcements = [] } = schedule;
  checkRoom(schedule, lastAct.at);
  const { eventTimes, aboutAt, until } = about;
  const announcement: Announcement = {
    noticeId: writeId,
    at: lastAct.at,
    message: notify,
    ...(eventTimes === undefined ? {} : { eventTimes }),
    ...(aboutAt === undefined ? {} : { aboutAt }),
    ...(until === undefined ? {} : { until }),
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

/** Already committed; a planning failure is logged and retried by the tick. */
async function planNew(deps: ActDeps, done: Schedule, keptRev: number, now: Instant): Promise<void> {
  try {
    await planAll(deps, done, { now, until: now + horizon, keptRev });
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    deps.log.error('new-rule-not-planned', { scheduleId: done.scheduleId, message: messageOf(cause) });
  }
}

/**
 * A clock that is ahead of the last tick may be set back before the next one: the schedule is looked at then, and its
 * cursor pulled back, or what comes due meanwhile would never be planned.
 */
async function lookSoonIfAhead(deps: ActDeps, scheduleId: string, now: Instant): Promise<void> {
  const lastTickAt = (await deps.tickLog.getLastTickAt()) ?? now;
  if (now <= lastTickAt + longestBetweenTicks) return;
  await changeSchedule(deps, scheduleId, (seen) =>
    seen.wakeAt === undefined || seen.wakeAt > lastTickAt ? { ...seen, wakeAt: lastTickAt } : undefined,
  );
}

/** A move of the cursor writes the schedule again; the act in it stays the same. */
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
  const { planError: _planError, deletedAt: _deletedAt, isLeftOut: _isLeftOut, ...rest } = seen;
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
