import { type Delivery, deliveryIdOf, planDelivery } from '../../domain/delivery/delivery.ts';
import { type Notice, ofPool } from '../../domain/schedule/notice.ts';
import {
  deadlineOf,
  endOf,
  isMissed,
  type Notification,
  notificationsOf,
} from '../../domain/schedule/notifications.ts';
import { type Gap, isPlanned, type Schedule } from '../../domain/schedule/schedule.ts';
import { day, type Instant, second } from '../../domain/time/instant.ts';
import type { DeliveryStore, Ids, Log, Queue, ScheduleStore } from '../../ports.ts';
import { change } from '../change.ts';

export type PlanDeps = {
  schedules: ScheduleStore;
  deliveries: DeliveryStore;
  queue: Queue;
  ids: Ids;
  log: Log;
};

/** What one slice of planning did. `hasMore`: the cursor has not reached the end yet. */
export type PlanResult = { planned: number; queued: number; hasMore: boolean };

/** How far ahead of now it is planned: one lost tick goes unnoticed. */
export const horizon = 150 * second;
/** Deliveries written in one slice; a slice is cut between two instants and holds at least one. */
const sliceSize = 500;
/** Notifications looked at in one slice, so that a year's gap is worked off in bounded steps. */
const scanSize = 20_000;
/** Missed notifications of a gap that are kept one by one: the newest. */
const missedKept = 100;

const nothing: PlanResult = { planned: 0, queued: 0, hasMore: false };

/**
 * Writes the deliveries that come due in `(cursor, until]`, then moves the cursor.
 *
 * Every step may be repeated and may run twice at once: a delivery is written only if it is absent, and the
 * cursor moves only if nobody else moved it.
 */
export async function plan(
  deps: PlanDeps,
  schedule: Schedule,
  now: Instant,
  until: Instant,
): Promise<PlanResult> {
  if (schedule.cursor >= until && isPlanned(schedule)) return nothing;
  // Notices first: they are queued even if the rule cannot be planned.
  const told = await putDeliveries(deps, schedule, noticeRows(schedule, until), now);
  const slice = sliceOf(schedule, now, until);
  // The gap is written before the cursor jumps: a crash between the two writes it twice, which changes nothing.
  if (slice.gap !== undefined) await deps.schedules.putGap(slice.gap);
  const planned = await putDeliveries(deps, schedule, slice.rows, now);
  const written = [...told, ...planned];
  const missed = written.filter(({ isMissed }) => isMissed).length;
  if (missed > 0) deps.log.warn('missed', { scheduleId: schedule.scheduleId, deliveries: missed });
  // The deliveries are written before the cursor moves: the other way round, a crash would lose them.
  await moveCursor(deps, schedule, slice, now);
  return {
    planned: written.filter(({ isNew }) => isNew).length,
    queued: written.filter(({ isQueued }) => isQueued).length,
    hasMore: slice.hasMore,
  };
}

type Row = Notification & { pool: string; deadline: Instant; noticeId?: string; poolId?: string };
type Slice = { rows: Row[]; gap?: Gap; cursor: Instant; hasMore: boolean };

function sliceOf(schedule: Schedule, now: Instant, until: Instant): Slice {
  const { definition, cursor } = schedule;
  const due = isPlanned(schedule) ? notificationsOf(schedule, cursor, until) : [];
  const scan = wholeInstants(due, scanSize);
  const missed = scan.items.filter((item) => isMissed(schedule, item, now));
  // Where the scan is cut there are newer ones to keep.
  const older = new Set(missed.slice(0, Math.max(0, missed.length - (scan.isCut ? 0 : missedKept))));
  const rows = scan.items
    .filter((item) => !older.has(item))
    .map((item) => ({ ...item, deadline: deadlineOf(schedule, item) }))
    .flatMap((item) => definition.pools.map((pool) => ({ ...item, pool })));
  const cut = wholeInstants(rows, sliceSize);
  const last = cut.isCut ? cut.items.at(-1) : scan.isCut ? scan.items.at(-1) : undefined;
  return {
    rows: cut.items,
    ...gapOf(schedule, older),
    cursor: last?.dueAt ?? Math.max(cursor, until),
    hasMore: last !== undefined,
  };
}

function gapOf(
  { scheduleId, cursor, definition }: Schedule,
  older: ReadonlySet<Notification>,
): { gap?: Gap } {
  const last = [...older].at(-1);
  if (last === undefined) return {};
  const { pools } = definition;
  return { gap: { scheduleId, from: cursor, to: last.dueAt, notifications: older.size, pools } };
}

function noticeRows({ notices, cursor }: Schedule, until: Instant): Row[] {
  return notices
    .filter(({ dueAt }) => dueAt > cursor && dueAt <= until)
    .flatMap(({ noticeId, eventAt, dueAt, deadline, pools, poolIds }) =>
      pools.map((pool) => {
        const poolId = ofPool(poolIds, pool);
        const row = { noticeId, eventAt, leadSeconds: 0, dueAt, deadline, pool };
        return poolId === undefined ? row : { ...row, poolId };
      }),
    );
}

/** The id of what a notice sends to one of its pools. */
export function noticeDeliveryId(
  scheduleId: string,
  { noticeId, eventAt, dueAt }: Pick<Notice, 'noticeId' | 'eventAt' | 'dueAt'>,
  pool: string,
): string {
  return deliveryIdOf({ scheduleId, eventAt, leadSeconds: 0, noticeId, dueAt, pool });
}

/** The first items, about `size` of them, never parting two that are due at the same instant. */
function wholeInstants<T extends { dueAt: Instant }>(
  source: Iterable<T>,
  size: number,
): { items: T[]; isCut: boolean } {
  const items: T[] = [];
  for (const item of source) {
    if (items.length >= size && item.dueAt !== items.at(-1)?.dueAt) return { items, isCut: true };
    items.push(item);
  }
  return { items, isCut: false };
}

type Put = { isNew: boolean; isQueued: boolean; isMissed: boolean };

/** Writes all before it hands over any: who sends one looks for the others of the same pool. */
async function putDeliveries(
  deps: PlanDeps,
  schedule: Schedule,
  rows: readonly Row[],
  now: Instant,
): Promise<Put[]> {
  const put = await Promise.all(rows.map((row) => putDelivery(deps, schedule, row, now)));
  await Promise.all(
    put.map(async ({ isQueued, deliveryId, dueAt }) => {
      if (isQueued) await deps.queue.enqueueSend({ deliveryId, hops: 0 }, dueAt);
    }),
  );
  return put;
}

async function putDelivery(
  { deliveries, ids }: PlanDeps,
  { scheduleId, rev }: Schedule,
  row: Row,
  now: Instant,
): Promise<Put & { deliveryId: string; dueAt: Instant }> {
  const fresh = planDelivery({ ...row, scheduleId, rev }, now, ids.next());
  const { deliveryId, dueAt } = fresh;
  const { item, isMine } = await change<Delivery>(
    {
      read: () => deliveries.getDelivery(deliveryId),
      write: (delivery) => deliveries.writeDelivery(delivery),
    },
    (seen) => (seen === undefined ? fresh : undefined),
  );
  const isQueued = item?.state === 'pending';
  return { deliveryId, dueAt, isNew: isMine, isQueued, isMissed: isMine && fresh.state === 'expired' };
}

/** Does nothing when somebody else planned, saved or deleted meanwhile: theirs holds. */
async function moveCursor(
  { schedules, ids }: PlanDeps,
  schedule: Schedule,
  { cursor }: Slice,
  now: Instant,
): Promise<void> {
  const { planError: _planError, wakeAt: _wakeAt, ...rest } = schedule;
  const wakeAt = nextWakeAt(schedule, cursor, now);
  const next: Schedule = {
    ...rest,
    cursor,
    ...(wakeAt === undefined ? {} : { wakeAt }),
    planFailures: 0,
    version: schedule.version + 1,
    writeId: ids.next(),
  };
  await schedules.writeSchedule(next);
}

/** The next due time after the cursor, but a day ahead at most, so that new zone rules are seen. */
function nextWakeAt(schedule: Schedule, cursor: Instant, now: Instant): Instant | undefined {
  const notices = schedule.notices.map(({ dueAt }) => dueAt).filter((dueAt) => dueAt > cursor);
  const wakeAt = Math.min(
    ...notices,
    schedule.announcements === undefined ? Infinity : now,
    isPlanned(schedule) ? nextLookAt(schedule, cursor, now + day) : Infinity,
  );
  return wakeAt === Infinity ? undefined : wakeAt;
}

function nextLookAt(schedule: Schedule, cursor: Instant, latest: Instant): Instant {
  const end = endOf(schedule);
  if (end !== undefined && end <= cursor) return Infinity;
  for (const { dueAt } of notificationsOf(schedule, cursor, latest)) return dueAt;
  return latest;
}
