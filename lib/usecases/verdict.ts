import { type Delivery, judge, toldStates, type Verdict } from '../domain/delivery.ts';
import { type Instant, isoOf, second } from '../domain/instant.ts';
import { type Notice, ofPool, stopOf } from '../domain/notice.ts';
import { deadlineOf, unwantedReason } from '../domain/notifications.ts';
import { type Reason, reason } from '../domain/reasons.ts';
import { isPaused, type Schedule } from '../domain/schedule.ts';
import { isRelated } from '../domain/stopped-texts.ts';
import type { Clock, DeliveryStore, ScheduleStore } from '../ports.ts';
import { noticeDeliveryId } from './plan.ts';

export type VerdictDeps = {
  schedules: Pick<ScheduleStore, 'getSchedule'>;
  deliveries: Pick<DeliveryStore, 'getDelivery'>;
  clock: Clock;
};

/** The verdict, and the schedule and the deadline that it was made by. */
export type Judged = { verdict: Verdict; schedule: Schedule | undefined; deadline: Instant };

/**
 * What must become of a pending delivery, or of one just claimed, by the schedule as it is now, not as it was planned.
 */
export async function judgeNow(deps: VerdictDeps, delivery: Delivery): Promise<Judged> {
  const { schedules, clock } = deps;
  const schedule = await schedules.getSchedule(delivery.scheduleId);
  if (delivery.noticeId !== undefined) return judgeNotice(deps, delivery, schedule);
  // After the read: what was wanted until its deadline passed has expired, whatever came later.
  const now = clock.now();
  const unasked = whyUnasked(schedule, delivery);
  // A pause leaves the rule as it is, and with it the deadline.
  const isReckonedAnew = schedule !== undefined && unasked === undefined && schedule.rev !== delivery.rev;
  const deadline = isReckonedAnew ? deadlineOf(schedule, delivery) : delivery.deadline;
  const unwanted = unasked ?? (schedule && pauseOf(schedule, now));
  return { verdict: judge(delivery, { deadline, unwanted }, now), schedule, deadline };
}

/** A notice goes out though the schedule is paused or deleted, unless an act stopped it; it follows what came before. */
async function judgeNotice(
  deps: VerdictDeps,
  delivery: Delivery,
  schedule: Schedule | undefined,
): Promise<Judged> {
  const { deliveries, clock } = deps;
  const { deadline, pool } = delivery;
  const notice = noticeOf(schedule, delivery);
  const ids = ofPool(notice?.follows, pool) ?? [];
  const followed = await Promise.all(ids.map((id) => deliveries.getDelivery(id)));
  const olderUntil = await olderTextUntil(deps, schedule, delivery);
  const now = clock.now();
  const standing = standingOf(followed, now);
  const stopped = notice === undefined ? reason('changed', {}) : stopOf(notice, pool);
  const unwanted = stopped ?? (standing === 'unsent' ? reason('not_warned', {}) : undefined);
  const verdict = judge(delivery, { deadline, unwanted }, now);
  if (verdict.kind !== 'send') return { verdict, schedule, deadline };
  if (typeof standing === 'number') return { verdict: { kind: 'wait', until: standing }, schedule, deadline };
  if (olderUntil <= now) return { verdict, schedule, deadline };
  const why = reason('follows_text', {});
  return { verdict: { kind: 'wait', until: Math.max(olderUntil, now + recheck), why }, schedule, deadline };
}

/** An older text that still waits is looked at again this often. */
const recheck = 5 * second;

/** Until when an older text about the same event may still leave for the same pool; 0 when none may. */
async function olderTextUntil(
  { deliveries, clock }: VerdictDeps,
  schedule: Schedule | undefined,
  delivery: Delivery,
): Promise<Instant> {
  const { notices = [], scheduleId = '' } = schedule ?? {};
  const position = notices.findIndex(({ noticeId }) => noticeId === delivery.noticeId);
  const notice = notices[position];
  if (notice === undefined) return 0;
  const older = notices
    .slice(0, position)
    .filter((other) => other.deadline > clock.now() && isRelated(other, notice))
    .flatMap((other) => poolsLike(other, delivery).map((pool) => ({ notice: other, pool })));
  const until = older.map(async ({ notice, pool }) => {
    const deliveryId = noticeDeliveryId(scheduleId, notice, pool);
    const {
      state = 'pending',
      leaseUntil = 0,
      retryAt = notice.dueAt,
    } = (await deliveries.getDelivery(deliveryId)) ?? {};
    if (state === 'sending') return Math.min(leaseUntil, clock.now() + recheck);
    const mayLeave = state === 'pending' && stopOf(notice, pool) === undefined;
    return mayLeave && clock.now() < notice.deadline ? Math.min(retryAt + second, notice.deadline) : 0;
  });
  return Math.max(0, ...(await Promise.all(until)));
}

/** The names in a notice under which it reaches the pool of a delivery. */
function poolsLike({ pools, poolIds }: Notice, { pool, poolId }: Delivery): string[] {
  const isSame = (other: string) =>
    other === pool || (poolId !== undefined && ofPool(poolIds, other) === poolId);
  return pools.filter(isSame);
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
export function noticeOf(schedule: Schedule | undefined, { noticeId }: Delivery): Notice | undefined {
  return noticeId === undefined ? undefined : schedule?.notices.find((other) => other.noticeId === noticeId);
}
