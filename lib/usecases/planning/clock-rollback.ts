import { openStates } from '../../domain/delivery/delivery.ts';
import { pullBack } from '../../domain/delivery/sweep.ts';
import { type Notice, nextSecond } from '../../domain/schedule/notice.ts';
import type { Schedule } from '../../domain/schedule/schedule.ts';
import { day, hour, type Instant, isoOf, minute, second } from '../../domain/time/instant.ts';
import type { Clock, DeliveryStore, Ids, Log, Queue, ScheduleStore, TickLog } from '../../ports.ts';
import { changeSchedule } from '../change.ts';
import { settleEach } from '../each.ts';
import { everyPage } from '../pages.ts';
import { horizon, noticeDeliveryId } from './plan.ts';
import { sweepBy } from './sweep.ts';

export type ClockRollbackDeps = {
  schedules: ScheduleStore;
  deliveries: DeliveryStore;
  queue: Queue;
  tickLog: TickLog;
  ids: Ids;
  log: Log;
  clock: Pick<Clock, 'now'>;
};

/** How far the clocks of several machines may differ. */
const skew = 10 * second;
/** What a delivery waits for and is further ahead than this was written by a clock that has been set back. */
const furthestRetry = 10 * minute;
/** An act so long after the last tick may be one by a clock that is ahead: ticks come each minute, and take time. */
export const longestBetweenTicks = 90 * second;
/** A schedule that cannot be planned is looked at again after an hour at the latest. */
const longestPutOff = hour;
/** A delivery is open until its deadline, a day after its due time at the latest; a job is followed for a day. */
const longestOpen = day + hour;
const atOnce = 64;
/** When the last tick came by the wrong clock, the right one cannot have ended longer ago than two ticks. */
const recentlyPlanned = 150 * second;

/** Up to when everything was planned by a right clock, as far as the last tick tells. */
export function plannedUntil(lastTickAt: Instant, now: Instant): Instant {
  return lastTickAt <= now ? lastTickAt : now - recentlyPlanned;
}

/**
 * After the clock was set back: schedules may sleep until a time that it had reached before, and open deliveries
 * may wait for one.
 *
 * @param fail told of what could not be worked on; the others are.
 * @returns the time up to which everything was planned by a right clock, as far as that is known.
 */
export async function recoverFromSetBack(
  deps: ClockRollbackDeps,
  now: Instant,
  fail: (id: string, cause: unknown) => void,
): Promise<Instant> {
  const { schedules, deliveries, tickLog, log } = deps;
  const lastTickAt = (await tickLog.getLastTickAt()) ?? now;
  const planned = plannedUntil(lastTickAt, now);
  // Ticks do not go backwards, but for the clocks of several machines.
  if (lastTickAt <= now + skew) return planned;
  log.warn('clock-rolled-back', { lastTickAt: isoOf(lastTickAt) });
  const range = { now, furthest: now + furthestRetry };
  const trust = async (schedule: Schedule) => void (await trustCursor(deps, schedule, planned));
  for await (const items of everyPage((page) => schedules.listSchedules(page)))
    await settleEach(items, atOnce, trust, ({ scheduleId }, cause) => fail(scheduleId, cause));
  const open = { states: openStates, from: now - longestOpen };
  const pull = (id: string) => sweepBy(deps, id, now, (seen, writeId) => pullBack(seen, range, writeId));
  for await (const items of everyPage((page) => deliveries.listDeliveries({ ...open, ...page }))) {
    const ids = items.map(({ deliveryId }) => deliveryId);
    await settleEach(ids, atOnce, pull, fail);
  }
  return planned;
}

/**
 * Pulls back a cursor, a look that was put off, or a text, that a clock, since set back, has written too far ahead.
 *
 * An act by the wrong clock has moved the cursor past events that nobody planned. Those of other rules are there
 * already, and planning them again changes nothing.
 *
 * @param plannedUntil up to when everything was planned by a right clock; not before the last act by one.
 */
export async function trustCursor(
  deps: Pick<ClockRollbackDeps, 'schedules' | 'deliveries' | 'ids' | 'log' | 'clock'>,
  schedule: Schedule,
  plannedUntil: Instant,
): Promise<Schedule> {
  // After the schedule was read: a process that changed it meanwhile had a later time, not a wrong clock.
  const now = deps.clock.now();
  if (!isTooFarAhead(schedule, now)) return schedule;
  deps.log.warn('cursor-pulled-back', { scheduleId: schedule.scheduleId, cursor: isoOf(schedule.cursor) });
  if (schedule.lastAct.at > now) await noteHole(deps, schedule, plannedUntil, now);
  const waiting = await waitingPools(deps, schedule, now);
  const { item } = await changeSchedule(deps, schedule.scheduleId, (seen) => {
    if (!isTooFarAhead(seen, now)) return undefined;
    const actedAt = seen.lastAct.at <= now ? seen.lastAct.at : Number.NEGATIVE_INFINITY;
    const cursor = Math.min(seen.cursor, Math.max(plannedUntil, actedAt));
    const notices = seen.notices.map((notice) => pulledBack(notice, waiting.get(notice.noticeId) ?? [], now));
    return { ...seen, notices, cursor, wakeAt: now };
  });
  return item ?? schedule;
}

/**
 * When an act by the wrong clock really was, nobody knows: at the earliest right after the act before it. What the rule
 * had from there on may have come due unplanned.
 */
async function noteHole(
  { schedules }: Pick<ClockRollbackDeps, 'schedules'>,
  { scheduleId, createdAt, definition: { pools } }: Schedule,
  plannedUntil: Instant,
  now: Instant,
): Promise<void> {
  const { items } = await schedules.listActs({ scheduleId, to: now + 1, limit: 1 });
  const from = Math.min(items[0]?.at ?? createdAt, plannedUntil);
  if (from < plannedUntil) await schedules.putGap({ scheduleId, from, to: plannedUntil, pools });
}

/** Of each text that was asked for by the wrong clock, the pools that it has not reached. */
async function waitingPools(
  { deliveries }: Pick<ClockRollbackDeps, 'deliveries'>,
  { scheduleId, notices }: Schedule,
  now: Instant,
): Promise<Map<string, string[]>> {
  const ahead = notices.filter((notice) => isAhead(notice, now));
  const entries = ahead.map(async (notice): Promise<[string, string[]]> => {
    const rows = await Promise.all(
      notice.pools.map((pool) => deliveries.getDelivery(noticeDeliveryId(scheduleId, notice, pool))),
    );
    const waiting = notice.pools.filter((_, i) => ['pending', undefined].includes(rows[i]?.state));
    return [notice.noticeId, waiting];
  });
  return new Map(await Promise.all(entries));
}

/** Such a text is due now where it has not gone out, and for as long as it would have been. */
function pulledBack(notice: Notice, waiting: readonly string[], now: Instant): Notice {
  if (waiting.length === 0) return notice;
  const dueAt = nextSecond(now);
  return { ...notice, pools: waiting, dueAt, deadline: notice.deadline - notice.dueAt + dueAt };
}

function isAhead({ dueAt }: Notice, now: Instant): boolean {
  return dueAt > now + horizon + skew;
}

function isTooFarAhead({ cursor, planError, wakeAt = 0 }: Schedule, now: Instant): boolean {
  const isPutOff = planError !== undefined && wakeAt > now + longestPutOff;
  // It is planned up to `horizon`, and no further.
  return cursor > now + horizon + skew || isPutOff;
}
