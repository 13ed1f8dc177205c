import { type Warning, warning } from '../../domain/codes/problems.ts';
import { type Reason, reason } from '../../domain/codes/reasons.ts';
import type { Delivery } from '../../domain/delivery/delivery.ts';
import { shownMessage } from '../../domain/message/message.ts';
import { type Notice, stopOf } from '../../domain/schedule/notice.ts';
import type { Act, Schedule } from '../../domain/schedule/schedule.ts';
import { day, hour, type Instant, isoOf } from '../../domain/time/instant.ts';
import type { CalendarStore, Clock, DeliveryStore, ScheduleStore, TickLog } from '../../ports.ts';
import { changeSchedule } from '../change.ts';
import { everyItem } from '../pages.ts';
import { noticeDeliveryId, type PlanDeps } from '../planning/plan.ts';
import type { PoolDirectory } from '../sending/pool-directory.ts';
import { planNew } from './act-plan.ts';
import { announce } from './announce.ts';
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

/** A delivery whose request was under way when the act was answered: the only one that it cannot stop any more. */
export type GoingOut = Pick<Delivery, 'deliveryId' | 'pool' | 'eventAt' | 'dueAt'>;

export type ActResult = {
  schedule: Schedule;
  /** The revision that the act made or, when it made none, the one that holds. */
  rev: number;
  /** What was done, or would be; absent when there was nothing to do. */
  act?: Act;
  /** False when this call changed nothing. */
  isDone: boolean;
  goingOut: GoingOut[];
  /** Pools, as written, whose people were told of the event, or of any event to come when none is named. */
  alreadyWarned: readonly string[];
  /** Those of them that get a text about this act. */
  notified: readonly string[];
  warnings: readonly Warning[];
};

/** Who was told of an event before an act about it. */
export type Told = Pick<ActResult, 'goingOut' | 'alreadyWarned'> & { read: ReadText[]; told: Delivery[] };

/** @param eventTimes the times of the event, as written and as moved; all events to come when absent. */
export async function toldOf(
  deps: ActDeps,
  schedule: Schedule,
  eventTimes: readonly Instant[] | undefined,
  now: Instant,
): Promise<Told> {
  const asked = eventTimes ? { eventTimes, at: now } : { at: now };
  const { goingOut, pools, told, read } = await warnedOf(deps, schedule, asked);
  return { goingOut: goingOut.map(asGoingOut), alreadyWarned: pools, read, told };
}

function asGoingOut({ deliveryId, pool, eventAt, dueAt }: Delivery): GoingOut {
  return { deliveryId, pool, eventAt, dueAt };
}

/** What an act that is written still has to do, each part of which may be repeated. */
export type Unfinished = {
  eventTimes: readonly Instant[] | undefined;
  /** Stops what the act supersedes of the texts under a former id of the schedule. */
  stopFormer?: ((former: Schedule) => Schedule) | undefined;
  lastTickAt: Instant;
};

/** Finishes an act, and keeps its answer in its record: one who asks again gets the same. */
export async function finishAct(
  deps: ActDeps,
  item: Schedule,
  { eventTimes, stopFormer, lastTickAt }: Unfinished,
  now: Instant,
): Promise<Omit<ActResult, 'isDone'>> {
  const { lastAct, rev } = item;
  if (stopFormer !== undefined) await stopFormerTexts(deps, item, stopFormer, now);
  const told = await toldOf(deps, item, eventTimes, now);
  const warnings = [
    ...(lastAct.warnings ?? []),
    ...(await warningsOfStopped(deps, item)),
    ...warningsOfRead(lastAct, told),
  ];
  const announced = await announce(deps, item, now);
  const { goingOut, alreadyWarned } = told;
  const notified = notifiedBy(lastAct, announced);
  const answer = { alreadyWarned, notified, warnings };
  // Before the cursor moves on: until then the tick keeps the record, should a crash come first.
  await deps.schedules.putAct({
    ...lastAct,
    goingOut: goingOut.map(({ deliveryId }) => deliveryId),
    ...answer,
  });
  await planNew(deps, announced, { keptRev: rev, lastTickAt }, now);
  return { schedule: item, rev, act: lastAct, goingOut, ...answer };
}

/** The answer to an act that was done before, as the first time, after whatever the first time left undone. */
export async function answerAgain(deps: ActDeps, item: Schedule, rev: number): Promise<ActResult> {
  const now = deps.clock.now();
  const stored = await storedAct(deps, item.scheduleId, rev);
  const record = stored ?? item.lastAct;
  const { eventAt, movedTo, goingOut: ids, alreadyWarned, notified = [], warnings = [] } = record;
  const times = [eventAt, movedTo].filter((at) => at !== undefined);
  const eventTimes = times.length === 0 ? undefined : times;
  if (ids !== undefined && alreadyWarned !== undefined) {
    const rows = await Promise.all(ids.map((deliveryId) => deps.deliveries.getDelivery(deliveryId)));
    const goingOut = rows.flatMap((row) => (row === undefined ? [] : asGoingOut(row)));
    return { schedule: item, rev, act: record, isDone: false, goingOut, alreadyWarned, notified, warnings };
  }
  if (item.rev === rev) {
    const lastTickAt = (await deps.tickLog.getLastTickAt()) ?? now;
    return { ...(await finishAct(deps, item, { eventTimes, lastTickAt }, now)), isDone: false };
  }
  // Another act came before this one was finished, and has finished it.
  const { told, read: _read, ...seen } = await toldOf(deps, item, eventTimes, now);
  const reached = told.filter(({ noticeId }) => noticeId === record.writeId).map(({ pool }) => pool);
  const readers = [...new Set([...notifiedBy(record, item), ...reached])];
  const answer = { alreadyWarned: seen.alreadyWarned, notified: readers, warnings };
  const goingOut = seen.goingOut.map(({ deliveryId }) => deliveryId);
  if (stored !== undefined) await deps.schedules.putAct({ ...stored, goingOut, ...answer });
  return { schedule: item, rev, act: record, isDone: false, goingOut: seen.goingOut, ...answer };
}

/** The record of one revision; undefined when it is not kept yet, or not any more. */
export async function storedAct(
  { schedules }: Pick<ActDeps, 'schedules'>,
  scheduleId: string,
  rev: number,
): Promise<Act | undefined> {
  for await (const record of everyItem((page) => schedules.listActs({ scheduleId, ...page })))
    if (record.rev === rev) return record;
  return undefined;
}

function notifiedBy({ writeId }: Act, { notices }: Schedule): string[] {
  return notices
    .filter(({ noticeId, kind }) => noticeId === writeId && kind !== 'message')
    .flatMap(({ pools }) => pools);
}

/** A text is tried until its deadline, a day after it was asked for at the latest. */
const longestText = day + hour;

/** Before it is read what is going out: what leaves under a former id after that was stopped. */
async function stopFormerTexts(
  deps: ActDeps,
  { formerIds = [] }: Schedule,
  stopFormer: (former: Schedule) => Schedule,
  now: Instant,
): Promise<void> {
  for (const { scheduleId } of formerIds.filter(({ at }) => now - at < longestText)) {
    await changeSchedule(deps, scheduleId, (seen) => {
      const next = stopFormer(seen);
      return JSON.stringify(next) === JSON.stringify(seen) ? undefined : next;
    });
  }
}

/** Why texts that were asked for before an act do not leave after it. */
export function supersededBy({ what, who, at }: Pick<Act, 'what' | 'who' | 'at'>): Reason {
  return reason('superseded', { action: what, by: who, at: isoOf(at) });
}

/** Tells of each text that the last act stopped before it had reached all its pools. */
export async function warningsOfStopped(
  { deliveries }: Pick<ActDeps, 'deliveries'>,
  { scheduleId, notices, lastAct }: Schedule,
): Promise<Warning[]> {
  const mark = JSON.stringify(supersededBy(lastAct));
  const isStopped = (notice: Notice, pool: string) => JSON.stringify(stopOf(notice, pool)) === mark;
  const told = await Promise.all(
    notices.map(async (notice) => {
      const pools = notice.pools.filter((pool) => notice.deadline > lastAct.at && isStopped(notice, pool));
      const rows = await Promise.all(
        pools.map((pool) => deliveries.getDelivery(noticeDeliveryId(scheduleId, notice, pool))),
      );
      const waiting = pools.filter((_, i) => ['pending', undefined].includes(rows[i]?.state));
      return { text: shownMessage(notice.message), pools: waiting };
    }),
  );
  return told.filter(({ pools }) => pools.length > 0).map((text) => warning('text_stopped', text));
}

/** Who has read that the event does not take place, or when it does, believes it until told otherwise. */
export function warningsOfRead({ what, notify }: Act, { read }: Pick<Told, 'read'>): Warning[] {
  if (notify !== undefined || (what !== 'resume' && what !== 'postpone')) return [];
  return read
    .filter((text) => text.what !== 'resume')
    .map(({ message, pools }) => warning('text_read', { text: shownMessage(message), pools }));
}
