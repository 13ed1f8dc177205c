import { openStates } from '../domain/delivery.ts';
import { day, hour, type Instant, isoOf, minute, second } from '../domain/instant.ts';
import type { Schedule } from '../domain/schedule.ts';
import { pullBack } from '../domain/sweep.ts';
import type { DeliveryStore, Ids, Log, Page, Queue, ScheduleStore, TickLog } from '../ports.ts';
import { changeSchedule } from './change.ts';
import { settleEach } from './each.ts';
import { horizon } from './plan.ts';
import { sweepBy } from './sweep.ts';

export type SetBackDeps = {
  schedules: ScheduleStore;
  deliveries: DeliveryStore;
  queue: Queue;
  tickLog: TickLog;
  ids: Ids;
  log: Log;
};

/** How far the clocks of several machines may differ. */
const skew = 10 * second;
/** A tick that is further ahead than this was made by a clock that has been set back. */
const furthestTick = minute;
/** The same of what a delivery waits for. */
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

/**
 * After the clock was set back: schedules may sleep until a time that it had reached before, and open deliveries
 * may wait for one.
 *
 * @param fail told of what could not be worked on; the others are.
 * @returns the time up to which everything was planned by a right clock, as far as that is known.
 */
export async function recoverFromSetBack(
  deps: SetBackDeps,
  now: Instant,
  fail: (id: string, cause: unknown) => void,
): Promise<Instant> {
  const { schedules, deliveries, tickLog, log } = deps;
  const lastTickAt = (await tickLog.getLastTickAt()) ?? now;
  if (lastTickAt <= now) return lastTickAt;
  const plannedUntil = now - recentlyPlanned;
  if (lastTickAt <= now + furthestTick) return plannedUntil;
  log.warn('clock-set-back', { lastTickAt: isoOf(lastTickAt) });
  const range = { now, furthest: now + furthestRetry };
  await onEachPage(
    (page) => schedules.listSchedules(page),
    async (items) => {
      const trust = async (schedule: Schedule) =>
        void (await trustCursor(deps, schedule, { now, plannedUntil }));
      await settleEach(items, atOnce, trust, ({ scheduleId }, cause) => fail(scheduleId, cause));
    },
  );
  const open = { states: openStates, from: now - longestOpen };
  await onEachPage(
    (page) => deliveries.listDeliveries({ ...open, ...page }),
    async (items) => {
      const ids = items.map(({ deliveryId }) => deliveryId);
      const pull = (id: string) => sweepBy(deps, id, now, (seen, writeId) => pullBack(seen, range, writeId));
      await settleEach(ids, atOnce, pull, fail);
    },
  );
  return plannedUntil;
}

async function onEachPage<T>(
  list: (page: { limit: number; cursor?: string }) => Promise<Page<T>>,
  work: (items: T[]) => Promise<void>,
): Promise<void> {
  let cursor: string | undefined;
  do {
    const page = await list({ limit: 200, ...(cursor === undefined ? {} : { cursor }) });
    await work(page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}

/**
 * Pulls back a cursor, or a look that was put off, that a clock, since set back, has written too far ahead.
 *
 * An act by the wrong clock has moved the cursor past events that nobody planned. Those of other rules are there
 * already, and planning them again changes nothing.
 */
export async function trustCursor(
  deps: Pick<SetBackDeps, 'schedules' | 'ids' | 'log'>,
  schedule: Schedule,
  { now, plannedUntil }: { now: Instant; plannedUntil: Instant },
): Promise<Schedule> {
  if (!isTooFarAhead(schedule, now)) return schedule;
  deps.log.warn('cursor-pulled-back', { scheduleId: schedule.scheduleId, cursor: isoOf(schedule.cursor) });
  const { item } = await changeSchedule(deps, schedule.scheduleId, (seen) =>
    isTooFarAhead(seen, now)
      ? { ...seen, cursor: Math.min(seen.cursor, plannedUntil), wakeAt: now }
      : undefined,
  );
  return item ?? schedule;
}

function isTooFarAhead({ cursor, planError, wakeAt = 0 }: Schedule, now: Instant): boolean {
  const isPutOff = planError !== undefined && wakeAt > now + longestPutOff;
  // It is planned up to `horizon`, and no further.
  return cursor > now + horizon + skew || isPutOff;
}
