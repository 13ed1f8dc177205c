import { reason } from '../codes/reasons.ts';
import { hour, type Instant, minute } from '../time/instant.ts';
import { changed, close, type Delivery, ended, grace } from './delivery.ts';

/** After this long a job counts as unconfirmed though nobody could ask for it. */
const trackingLimit = 24 * hour;

/** What the sweep does with an open delivery whose wake time has come. */
export type Sweep = { next: Delivery; enqueue?: 'send' | 'track' };

/** Recovers what a crash, a lost message or a long wait left behind. Changes nothing before the wake time. */
export function sweepDelivery(delivery: Delivery, now: Instant, writeId: string): Sweep | undefined {
  if (delivery.wakeAt === undefined || delivery.wakeAt > now) return undefined;
  switch (delivery.state) {
    case 'pending':
      return now > delivery.deadline + minute
        ? { next: close(delivery, 'expired', delivery.waitingFor ?? reason('missed', {}), now, writeId) }
        : { next: changed(delivery, { wakeAt: now + minute }, writeId), enqueue: 'send' };
    case 'sending':
      return { next: ended(delivery, 'unknown', reason('interrupted', {}), now, writeId) };
    case 'accepted':
      return now > (delivery.acceptedAt ?? 0) + trackingLimit
        ? {
            next: ended(
              delivery,
              'unconfirmed',
              reason('job_unreadable', { detail: 'nobody could ask for it for a day' }),
              now,
              writeId,
            ),
          }
        : { next: changed(delivery, { wakeAt: now + minute }, writeId), enqueue: 'track' };
    default:
      return undefined;
  }
}

/**
 * What becomes of an open delivery after the clock was set back: nothing waits for a time that only the wrong clock
 * was near. Undefined when nothing is to be changed.
 *
 * @param furthest what is later was written by the wrong clock.
 */
export function pullBack(
  delivery: Delivery,
  { now, furthest }: { now: Instant; furthest: Instant },
  writeId: string,
): Sweep | undefined {
  const { state, dueAt, retryAt = 0, leaseUntil = 0, wakeAt = 0, acceptedAt = now } = delivery;
  if (state === 'pending' && (retryAt > furthest || wakeAt > Math.max(furthest, dueAt + grace))) {
    const { retryAt: _retryAt, ...rest } = changed(
      delivery,
      { wakeAt: Math.max(dueAt, now) + grace },
      writeId,
    );
    return { next: rest, enqueue: 'send' };
  }
  // The sender that holds it may still be at work, but not for longer than a lease.
  if (state === 'sending' && leaseUntil > furthest)
    return { next: changed(delivery, { wakeAt: now + minute }, writeId) };
  if (state === 'accepted' && wakeAt > furthest)
    // The polls to come are counted from its acceptance.
    return {
      next: changed(delivery, { wakeAt: now + minute, acceptedAt: Math.min(acceptedAt, now) }, writeId),
      enqueue: 'track',
    };
  return undefined;
}
