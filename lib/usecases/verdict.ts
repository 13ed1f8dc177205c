import { type Delivery, judge, toldStates, type Verdict } from '../domain/delivery.ts';
import { type Instant, isoOf } from '../domain/instant.ts';
import type { Notice } from '../domain/notice.ts';
import { deadlineOf, unwantedReason } from '../domain/notifications.ts';
import { type Reason, reason } from '../domain/reasons.ts';
import { isPaused, type Schedule } from '../domain/schedule.ts';
import type { Clock, DeliveryStore, ScheduleStore } from '../ports.ts';

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

/** A notice says what an act has changed, so no act stops it; but it comes after what it speaks of. */
async function judgeNotice(
  { deliveries, clock }: VerdictDeps,
  delivery: Delivery,
  schedule: Schedule | undefined,
): Promise<Judged> {
  const notice = noticeOf(schedule, delivery);
  const ids = notice?.follows?.[delivery.pool] ?? [];
  const followed = await Promise.all(ids.map((id) => deliveries.getDelivery(id)));
  const now = clock.now();
  const standing = standingOf(followed, now);
  const unwanted =
    notice === undefined
      ? reason('changed', {})
      : standing === 'unsent'
        ? reason('not_warned', {})
        : undefined;
  const { deadline } = delivery;
  const verdict = judge(delivery, { deadline, unwanted }, now);
  const isHeld = typeof standing === 'number' && verdict.kind === 'send';
  return { verdict: isHeld ? { kind: 'wait', until: standing } : verdict, schedule, deadline };
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
