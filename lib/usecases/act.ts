import { type Delivery, toldStates } from '../domain/delivery.ts';
import { ConflictError, messageOf, NotFoundError, StoreError } from '../domain/errors.ts';
import { day, type Instant, second } from '../domain/instant.ts';
import type { Message } from '../domain/message.ts';
import type { Act, Notice, Owner, Schedule } from '../domain/schedule.ts';
import type { CalendarStore, DeliveryStore, ScheduleStore } from '../ports.ts';
import { change } from './change.ts';
import { horizon, type PlanDeps, plan } from './plan.ts';

export type ActDeps = PlanDeps & {
  schedules: ScheduleStore;
  deliveries: DeliveryStore;
  calendars: CalendarStore;
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
};

export type ActOptions = {
  /** The times of the event that the act is about, as written and as moved; all events to come when absent. */
  eventTimes?: readonly Instant[] | undefined;
  /** Sent to exactly those who were warned. */
  notify?: Announcement | undefined;
};

/** A text, and the event whose time it tells: the first that they were warned of when absent. */
export type Announcement = { message: Message; aboutAt?: Instant | undefined };

/** What can be said of an act besides its schedule. */
type Told = Pick<ActResult, 'goingOut' | 'alreadyWarned'>;

/** Nobody was warned of an event earlier than that, whatever edits the schedule has seen since. */
const longestLead = 28 * day;
const noticeLateness = 300 * second;
const noticesKept = 50;

/**
 * Does one act: plans the old rule up to now, writes the act and the new rule in one item, plans the new rule.
 *
 * What the act cannot stop any more is read after it is written: whoever claims later sees it, and stops. A crash
 * between any two steps is repaired by the schedule's next look.
 *
 * @param step throws what is wrong with the act; it is asked before anything is written.
 */
export async function act(
  deps: ActDeps,
  scheduleId: string,
  step: (seen: Schedule | undefined) => Schedule | undefined,
  now: Instant,
  { eventTimes, notify }: ActOptions = {},
): Promise<ActResult> {
  const { schedules } = deps;
  let tried: Schedule | undefined;
  const { item, isMine } = await change<Schedule>(
    () => planUpTo(deps, scheduleId, { step, tried }, now),
    (schedule) => {
      tried = schedule;
      return schedules.writeSchedule(schedule);
    },
    step,
    isSameAct,
  );
  if (item === undefined) throw noSchedule(scheduleId);
  const { warnedOf, ...told } = await toldOf(deps, item, eventTimes, now);
  if (!isMine) return { schedule: item, isDone: false, ...told };
  await schedules.putAct({ ...item.lastAct, goingOut: told.goingOut.map(({ deliveryId }) => deliveryId) });
  const done = await announce(deps, item, told, notify && { aboutAt: warnedOf, ...notify }, now);
  await planAll(deps, done, { now, until: now + horizon, keptRev: item.rev });
  return { schedule: item, isDone: true, ...told };
}

/** What an act would answer now; changes nothing. */
export async function rehearseAct(
  deps: ActDeps,
  scheduleId: string,
  step: (seen: Schedule | undefined) => Schedule | undefined,
  now: Instant,
  { eventTimes }: ActOptions = {},
): Promise<ActResult> {
  const schedule = await deps.schedules.getSchedule(scheduleId);
  const isDone = step(schedule) !== undefined;
  if (schedule === undefined) throw noSchedule(scheduleId);
  const { goingOut, alreadyWarned } = await toldOf(deps, schedule, eventTimes, now);
  return { schedule, isDone, goingOut, alreadyWarned };
}

async function toldOf(
  { deliveries }: ActDeps,
  { scheduleId }: Schedule,
  eventTimes: readonly Instant[] | undefined,
  now: Instant,
): Promise<Told & { warnedOf: Instant | undefined }> {
  const from = Math.min(...(eventTimes ?? []), now) - longestLead;
  const told: Delivery[] = [];
  let cursor: string | undefined;
  do {
    const query = { scheduleId, states: toldStates, from, limit: 200 };
    const page = await deliveries.listDeliveries(cursor === undefined ? query : { ...query, cursor });
    told.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  const ofEvent = told.filter(({ eventAt }) => eventTimes?.includes(eventAt) ?? eventAt > now);
  return {
    goingOut: told
      .filter(({ state }) => state === 'sending')
      .map(({ deliveryId, pool, eventAt, dueAt }) => ({ deliveryId, pool, eventAt, dueAt })),
    alreadyWarned: [...new Set(ofEvent.map(({ pool }) => pool))],
    warnedOf: ofEvent.map(({ eventAt }) => eventAt).sort((a, b) => a - b)[0],
  };
}

/** Tells those who were warned, when the act has a text for them. */
async function announce(
  { schedules, ids }: ActDeps,
  acted: Schedule,
  { alreadyWarned }: Told,
  notify: Announcement | undefined,
  now: Instant,
): Promise<Schedule> {
  if (notify === undefined || alreadyWarned.length === 0) return acted;
  const notice = noticeOf(ids.next(), notify, alreadyWarned, now);
  const { item } = await change<Schedule>(
    () => schedules.getSchedule(acted.scheduleId),
    (schedule) => schedules.writeSchedule(schedule),
    (seen) => seen && withNotice(seen, notice, now, ids.next()),
  );
  return item ?? acted;
}

function noticeOf(
  noticeId: string,
  { message, aboutAt }: Announcement,
  pools: readonly string[],
  now: Instant,
): Notice {
  const dueAt = nextSecond(now);
  const deadline = dueAt + noticeLateness;
  return { noticeId, dueAt, deadline, eventAt: aboutAt ?? dueAt, message, pools };
}

/** The first whole second after now: what is due then is still ahead of a cursor at now. */
export function nextSecond(now: Instant): Instant {
  return (Math.floor(now / second) + 1) * second;
}

/** The schedule with one more notice, to be planned at the next look, even if it is deleted or disabled. */
function withNotice(seen: Schedule, notice: Notice, now: Instant, writeId: string): Schedule {
  return {
    ...seen,
    notices: [...seen.notices, notice].slice(-noticesKept),
    cursor: Math.min(seen.cursor, now),
    wakeAt: now,
    version: seen.version + 1,
    writeId,
  };
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
  if (schedule.cursor >= now) return schedule;
  try {
    return await planAll(deps, schedule, { now, until: now, keptRev: schedule.rev });
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    // A rule that cannot be planned must not stop the save that mends it.
    deps.log.error('old-rule-not-planned', { scheduleId, message: messageOf(cause) });
    const { cursor, definition } = schedule;
    await deps.schedules.putGap({ scheduleId, from: cursor, to: now, pools: definition.pools });
    return schedule;
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
