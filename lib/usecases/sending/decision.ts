import { type Reason, reason } from '../../domain/codes/reasons.ts';
import { type Decision, type Delivery, judge, toldStates } from '../../domain/delivery/delivery.ts';
import { isSamePoolId } from '../../domain/input/pool-names.ts';
import { type Notice, ofPool, stopOf } from '../../domain/schedule/notice.ts';
import { deadlineOf, unwantedReason } from '../../domain/schedule/notifications.ts';
import { isPaused, type Schedule } from '../../domain/schedule/schedule.ts';
import { isRelated } from '../../domain/schedule/stopped-texts.ts';
import { type Instant, isoOf, second } from '../../domain/time/instant.ts';
import type { Clock, DeliveryStore, ScheduleStore } from '../../ports.ts';
import { noticeDeliveryId } from '../planning/plan.ts';
import type { PoolDirectory } from './pool-directory.ts';

export type VerdictDeps = {
  schedules: Pick<ScheduleStore, 'getSchedule'>;
  deliveries: Pick<DeliveryStore, 'getDelivery'>;
  pools: Pick<PoolDirectory, 'resolve'>;
  clock: Clock;
};

/** The decision, and the schedule and the deadline that it was made by. */
export type Judged = { decision: Decision; schedule: Schedule | undefined; deadline: Instant };

/**
 * What must become of a pending delivery, or of one just claimed, by the schedule as it is now, not as it was planned.
 */
export async function judgeNow(deps: VerdictDeps, delivery: Delivery): Promise<Judged> {
  const { schedules, clock } = deps;
  const stored = await schedules.getSchedule(delivery.scheduleId);
  if (delivery.noticeId !== undefined) return judgeNotice(deps, delivery, stored);
  const { schedule, pool } = await asWritten(deps, await renamed(deps, stored), delivery);
  // After the reads: what was wanted until its deadline passed has expired, whatever came later.
  const now = clock.now();
  const unasked = whyUnasked(schedule, { ...delivery, pool });
  // A pause leaves the rule as it is, and with it the deadline.
  const hasChanged = schedule !== undefined && unasked === undefined && schedule.rev !== delivery.rev;
  const deadline = hasChanged ? deadlineOf(schedule, delivery) : delivery.deadline;
  const unwanted = unasked ?? (schedule && pauseOf(schedule, now));
  return { decision: judge(delivery, { deadline, unwanted }, now), schedule, deadline };
}

/** More renames than these within the life of a delivery are not followed. */
const mostRenames = 5;

/** The schedule under the id that files have given it since. */
async function renamed(
  { schedules }: VerdictDeps,
  stored: Schedule | undefined,
): Promise<Schedule | undefined> {
  let schedule = stored;
  for (let i = 0; i < mostRenames && schedule?.renamedTo !== undefined; i += 1)
    schedule = await schedules.getSchedule(schedule.renamedTo);
  return schedule;
}

/** The schedule, and the pool as it writes it now: an edit may have made its id of its name while a delivery waited. */
async function asWritten(
  deps: VerdictDeps,
  schedule: Schedule | undefined,
  delivery: Delivery,
): Promise<{ schedule: Schedule | undefined; pool: string }> {
  const { pool, scheduleId } = delivery;
  const { definition, formerPools } = schedule ?? {};
  const isDropped =
    definition?.pools.includes(pool) === false && formerPools?.some((former) => former.pool === pool);
  if (definition === undefined || isDropped !== true) return { schedule, pool };
  const written = await writtenPool(deps, definition.pools, delivery);
  // Huawei may have been asked, which takes time: another edit may have brought the pool back.
  const latest = await renamed(deps, await deps.schedules.getSchedule(scheduleId));
  const isBack = latest?.definition.pools.includes(pool) === true;
  return { schedule: latest, pool: isBack ? pool : written };
}

async function writtenPool(
  { pools }: VerdictDeps,
  list: readonly string[],
  { pool, poolId: knownId }: Delivery,
): Promise<string> {
  const idOf = (written: string) => pools.resolve(written).catch(() => undefined);
  const poolId = knownId ?? (await idOf(pool));
  if (poolId === undefined) return pool;
  for (const written of list) {
    const id = await idOf(written);
    if (id !== undefined && isSamePoolId(id, poolId)) return written;
  }
  return pool;
}

/** A notice goes out though the schedule is paused or deleted, unless an act stopped it; it follows what came before. */
async function judgeNotice(
  deps: VerdictDeps,
  delivery: Delivery,
  schedule: Schedule | undefined,
): Promise<Judged> {
  const { deliveries, clock } = deps;
  const { deadline, pool } = delivery;
  const notice = noticeBehind(schedule, delivery);
  const ids = ofPool(notice?.follows, pool) ?? [];
  const followed = await Promise.all(ids.map((id) => deliveries.getDelivery(id)));
  const olderUntil = await olderTextUntil(deps, schedule, delivery);
  const now = clock.now();
  const standing = standingOf(followed, now);
  const stopped = notice === undefined ? reason('changed', {}) : stopOf(notice, pool);
  const unwanted = stopped ?? (standing === 'unsent' ? reason('not_warned', {}) : undefined);
  const decision = judge(delivery, { deadline, unwanted }, now);
  if (decision.kind !== 'send') return { decision, schedule, deadline };
  if (typeof standing === 'number')
    return { decision: { kind: 'wait', until: standing }, schedule, deadline };
  if (olderUntil <= now) return { decision, schedule, deadline };
  const why = reason('follows_text', {});
  return { decision: { kind: 'wait', until: Math.max(olderUntil, now + recheck), why }, schedule, deadline };
}

/** An older text that still waits is looked at again this often. */
const recheck = 5 * second;

/** Until when an older text about the same event may still leave for the same pool; 0 when none may. */
async function olderTextUntil(
  deps: VerdictDeps,
  schedule: Schedule | undefined,
  delivery: Delivery,
): Promise<Instant> {
  const notice = noticeBehind(schedule, delivery);
  if (schedule === undefined || notice === undefined) return 0;
  const now = deps.clock.now();
  const own = schedule.notices.slice(0, schedule.notices.indexOf(notice));
  const older = [
    ...own.map((other) => ({ scheduleId: schedule.scheduleId, notice: other })),
    ...(await formerNotices(deps, schedule)),
  ].filter((other) => other.notice.deadline > now && isRelated(other.notice, notice));
  const until = await Promise.all(
    older.flatMap((other) =>
      other.notice.pools.map((pool) => mayLeaveUntil(deps, { ...other, pool }, delivery)),
    ),
  );
  return Math.max(0, ...until);
}

type OlderText = { scheduleId: string; notice: Notice; pool: string };

/** The texts under the ids that a file has renamed; all are older than those under the id of now. */
async function formerNotices(
  { schedules }: VerdictDeps,
  { formerIds = [] }: Schedule,
): Promise<Omit<OlderText, 'pool'>[]> {
  const former = await Promise.all(formerIds.map(({ scheduleId }) => schedules.getSchedule(scheduleId)));
  return former.flatMap((schedule) =>
    (schedule?.notices ?? []).map((notice) => ({ scheduleId: schedule?.scheduleId ?? '', notice })),
  );
}

async function mayLeaveUntil(
  { deliveries, clock }: VerdictDeps,
  { scheduleId, notice, pool }: OlderText,
  delivery: Delivery,
): Promise<Instant> {
  const knownId = ofPool(notice.poolIds, pool);
  // Whose pool is known to be another one needs no look.
  if (knownId !== undefined && delivery.poolId !== undefined && !isSamePoolId(knownId, delivery.poolId))
    return 0;
  const row = await deliveries.getDelivery(noticeDeliveryId(scheduleId, notice, pool));
  const poolId = knownId ?? row?.poolId;
  const isSame =
    pool === delivery.pool ||
    (poolId !== undefined && delivery.poolId !== undefined && isSamePoolId(poolId, delivery.poolId));
  if (!isSame) return 0;
  const { state = 'pending', leaseUntil = 0, retryAt = notice.dueAt } = row ?? {};
  const now = clock.now();
  if (state === 'sending') return Math.min(leaseUntil, now + recheck);
  if (state !== 'pending' || stopOf(notice, pool) !== undefined) return 0;
  return Math.min(Math.max(retryAt + second, now + recheck), notice.deadline);
}

/** What has become of the warnings that a notice follows; an instant when one may still leave until then. */
function standingOf(followed: readonly (Delivery | undefined)[], now: Instant): 'sent' | 'unsent' | Instant {
  const leases = followed.flatMap((delivery) =>
    delivery?.state === 'sending' ? (delivery.leaseUntil ?? now) : [],
  );
  const lastLease = Math.max(...leases);
  if (lastLease > now) return lastLease;
  const isTold = (delivery: Delivery | undefined) =>
    delivery === undefined || toldStates.includes(delivery.state);
  return followed.length === 0 || followed.some(isTold) ? 'sent' : 'unsent';
}

/** Why the schedule's rule does not ask for a delivery. */
function whyUnasked(schedule: Schedule | undefined, delivery: Delivery): Reason | undefined {
  if (schedule === undefined || schedule.deletedAt !== undefined) return reason('deleted', {});
  const why = unwantedReason(schedule, delivery, delivery.pool);
  if (why === undefined) return undefined;
  switch (why.code) {
    case 'calendar':
      return reason('calendar', { calendar: why.calendar });
    case 'postponed':
      return reason('postponed', { to: isoOf(why.to) });
    default:
      return reason(why.code, {});
  }
}

function pauseOf(schedule: Schedule, now: Instant): Reason | undefined {
  const { pause } = schedule;
  return pause !== undefined && isPaused(schedule, now)
    ? reason('paused', { by: pause.by, why: pause.why })
    : undefined;
}

/** The notice that a delivery is of; undefined when it is of none, or the schedule no longer has it. */
export function noticeBehind(
  schedule: Schedule | undefined,
  { noticeId, dueAt, pool }: Delivery,
): Notice | undefined {
  // After a clock was set back, a text may have another due time, and other deliveries for the pools that waited.
  return schedule?.notices.find(
    (other) => other.noticeId === noticeId && (other.dueAt === dueAt || !other.pools.includes(pool)),
  );
}
