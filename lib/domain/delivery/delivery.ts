import { createHash } from 'node:crypto';
import { type Reason, reason } from '../codes/reasons.ts';
import { type Instant, second } from '../time/instant.ts';
import type { Versioned } from '../versioned.ts';

export const openStates = ['pending', 'sending', 'accepted'] as const;
export const finalStates = [
  'delivered',
  'partial',
  'undelivered',
  'unconfirmed',
  'rejected',
  'expired',
  'skipped',
  'unknown',
] as const;

export type OpenState = (typeof openStates)[number];
export type FinalState = (typeof finalStates)[number];
export type DeliveryState = OpenState | FinalState;

/** States in which people of the pool were told, or may have been. */
export const toldStates: readonly DeliveryState[] = [
  'sending',
  'accepted',
  'delivered',
  'partial',
  'unconfirmed',
  'unknown',
];

/** Final states that want a person to look. */
export const troubleStates: readonly DeliveryState[] = finalStates.filter(
  (state) => state !== 'delivered' && state !== 'skipped',
);

/** One HTTP request for a delivery, and all that is known of it. */
export type Attempt = {
  /** From 1. */
  readonly n: number;
  readonly at: Instant;
  readonly text: string;
  readonly poolId: string;
  readonly endedAt?: Instant;
  readonly status?: number;
  readonly errorCode?: string;
  readonly error?: string;
  readonly requestId?: string;
  readonly jobId?: string;
  readonly encodedAuthorizationMessage?: string;
};

/** What Huawei's job said when last asked. */
export type JobReport = {
  readonly status: string;
  readonly polledAt: Instant;
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly failReason?: string;
  readonly desktopsUnreadable?: string;
  readonly failures: readonly { desktopName: string; status: string; errorCode?: string; reason?: string }[];
};

/** One notification for one pool: the unit that is claimed, sent and followed, and its own audit record. */
export type Delivery = Versioned & {
  readonly deliveryId: string;
  readonly scheduleId: string;
  /** The schedule's revision that planned it. */
  readonly rev: number;
  /** As written in the schedule: a name or an id. */
  readonly pool: string;
  readonly poolId?: string;
  readonly eventAt: Instant;
  readonly leadSeconds: number;
  /** Set when an act sends it, not a lead time. */
  readonly noticeId?: string;
  readonly dueAt: Instant;
  readonly deadline: Instant;
  readonly state: DeliveryState;
  /** Why it is in this state; absent while nothing has been decided. */
  readonly reason?: Reason;
  /** How many attempts were begun. */
  readonly attempt: number;
  /** At most the newest 10. */
  readonly attempts: readonly Attempt[];
  readonly firstAttemptAt?: Instant;
  /** Names the newest attempt; the sender that holds it may finish it. */
  readonly token?: string;
  readonly leaseUntil?: Instant;
  /** Not to be tried before, and why. */
  readonly retryAt?: Instant;
  readonly waitingFor?: Reason;
  readonly jobId?: string;
  readonly acceptedAt?: Instant;
  readonly polls: number;
  readonly job?: JobReport;
  readonly endedAt?: Instant;
  /** When the sweep looks at it; only while open. */
  readonly wakeAt?: Instant;
};

/** How long the sweep leaves a delivery to its worker. */
export const grace = 30 * second;

export type NotificationKey = {
  scheduleId: string;
  eventAt: Instant;
  leadSeconds: number;
  noticeId?: string;
  dueAt: Instant;
  pool: string;
};

/** The same notification for the same pool has the same id, however often it is planned. */
export function deliveryIdOf({
  scheduleId,
  eventAt,
  leadSeconds,
  noticeId,
  dueAt,
  pool,
}: NotificationKey): string {
  const dueSeconds = Math.floor(dueAt / second)
    .toString(36)
    .padStart(7, '0');
  const hash = createHash('sha256')
    .update([scheduleId, eventAt, noticeId ?? leadSeconds, pool].join('|'))
    .digest('hex')
    .slice(0, 24);
  return `${scheduleId}.${dueSeconds}.${hash}`;
}

type Plan = NotificationKey & { rev: number; deadline: Instant; poolId?: string };

/** A delivery as the planner writes it: pending, or expired when its deadline has passed already. */
export function planDelivery(plan: Plan, now: Instant, writeId: string): Delivery {
  const planned = {
    ...plan,
    deliveryId: deliveryIdOf(plan),
    attempt: 0,
    attempts: [],
    polls: 0,
    version: 1,
    writeId,
  };
  return now >= plan.deadline
    ? { ...planned, state: 'expired', reason: reason('missed', {}), endedAt: now }
    : { ...planned, state: 'pending', wakeAt: plan.dueAt + grace };
}

export type Changes = Partial<Omit<Delivery, 'deliveryId' | 'version' | 'writeId'>>;

/** The delivery with some facts changed, ready to be written. */
export function changed(delivery: Delivery, changes: Changes, writeId: string): Delivery {
  return { ...delivery, ...changes, version: delivery.version + 1, writeId };
}

/** Takes a delivery out of the work index for good. */
export function ended(
  delivery: Delivery,
  state: FinalState,
  why: Reason,
  now: Instant,
  writeId: string,
  changes: Changes = {},
): Delivery {
  const {
    wakeAt: _wakeAt,
    leaseUntil: _leaseUntil,
    retryAt: _retryAt,
    waitingFor: _waitingFor,
    ...rest
  } = changed(delivery, changes, writeId);
  return { ...rest, state, reason: why, endedAt: now };
}

/** Ends a delivery for which no request is made; one that was claimed says that nothing was sent. */
export function close(
  delivery: Delivery,
  state: 'expired' | 'skipped' | 'rejected',
  why: Reason,
  now: Instant,
  writeId: string,
): Delivery {
  const attempts = delivery.attempts.map((attempt) =>
    attempt.endedAt === undefined ? { ...attempt, error: 'nothing was sent', endedAt: now } : attempt,
  );
  return ended(delivery, state, why, now, writeId, { attempts });
}

/** Leaves a pending delivery for later; uses up no attempt. `deadline` is the one calculated just now. */
export function postponeWork(
  delivery: Delivery,
  { until, why, deadline }: { until: Instant; why: Reason; deadline: Instant },
  writeId: string,
): Delivery {
  const retryAt = Math.min(until, deadline);
  return changed(delivery, { deadline, retryAt, waitingFor: why, wakeAt: retryAt + grace }, writeId);
}

/** What the table says must become of a pending delivery now. */
export type Decision =
  | { kind: 'send' }
  /** With `why` it waits for something else than its time, and says so. */
  | { kind: 'wait'; until: Instant; why?: Reason }
  | { kind: 'expired'; why: Reason }
  | { kind: 'skipped'; why: Reason };

/**
 * The order binds: a passed deadline says more than an unwanted notification, which says more than one that is
 * tried again later. Nothing is unwanted for good before its due time: a pause may end by then.
 */
export function judge(
  delivery: Delivery,
  current: { deadline: Instant; unwanted: Reason | undefined },
  now: Instant,
): Decision {
  if (now >= current.deadline) return { kind: 'expired', why: delivery.waitingFor ?? reason('missed', {}) };
  const startsAt = Math.max(delivery.dueAt, delivery.retryAt ?? 0);
  if (now < delivery.dueAt) return { kind: 'wait', until: startsAt };
  if (current.unwanted !== undefined) return { kind: 'skipped', why: current.unwanted };
  return now < startsAt ? { kind: 'wait', until: startsAt } : { kind: 'send' };
}
