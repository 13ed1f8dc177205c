import type { Reason } from '../codes/reasons.ts';
import { type Instant, second } from '../time/instant.ts';
import { type Attempt, type Changes, changed, type Delivery, ended, grace } from './delivery.ts';
import { firstPollAt } from './job.ts';

/** How long one worker may hold a delivery. */
const lease = 30 * second;
/** A request must begin with at least this much of the lease left: its own limit is 10 s. */
const leaseReserve = 15 * second;
const attemptsKept = 10;

export type Claim = { text: string; poolId: string; token: string; deadline: Instant };

/** Takes the sole right to send, and writes down what is about to be sent. */
export function claim(delivery: Delivery, { text, poolId, token, deadline }: Claim, now: Instant): Delivery {
  const n = delivery.attempt + 1;
  const leaseUntil = now + lease;
  const changes: Changes = {
    state: 'sending',
    attempt: n,
    attempts: [...delivery.attempts, { n, at: now, text, poolId }].slice(-attemptsKept),
    firstAttemptAt: delivery.firstAttemptAt ?? now,
    poolId,
    token,
    deadline,
    leaseUntil,
    wakeAt: leaseUntil + grace,
  };
  return changed(delivery, changes, token);
}

/** The first byte may leave only with enough of the lease left for the whole request, and inside its time. */
export function maySendNow({ leaseUntil = 0, dueAt, deadline }: Delivery, now: Instant): boolean {
  return dueAt <= now && now < leaseUntil - leaseReserve && now < deadline;
}

/** What became of one attempt. */
export type Outcome =
  | { kind: 'accepted'; jobId: string }
  /** Refused for good. */
  | { kind: 'refused'; why: Reason }
  /** Nothing took effect; to be tried again at `retryAt`. */
  | { kind: 'retry'; retryAt: Instant; why: Reason }
  /** It may have taken effect. */
  | { kind: 'uncertain'; why: Reason };

export type AttemptFacts = Omit<Attempt, 'n' | 'at' | 'text' | 'poolId' | 'endedAt'>;

/**
 * Writes down how an attempt ended.
 *
 * Only the newest attempt, named by its token, decides the state; of an older one just the facts are kept.
 * A late answer is the one way out of `unknown`.
 */
export function finishAttempt(
  delivery: Delivery,
  attempt: { token: string; n: number },
  { outcome, facts }: { outcome: Outcome; facts: AttemptFacts },
  now: Instant,
  writeId: string,
): Delivery {
  const attempts = delivery.attempts.map((kept) =>
    kept.n === attempt.n ? { ...kept, ...facts, endedAt: now } : kept,
  );
  const isUndecided =
    delivery.state === 'sending' || delivery.state === 'unknown' || delivery.state === 'pending';
  if (delivery.token !== attempt.token || !isUndecided) return changed(delivery, { attempts }, writeId);
  switch (outcome.kind) {
    case 'accepted':
      return accept(delivery, attempts, outcome.jobId, now, writeId);
    case 'refused':
      return ended(delivery, 'rejected', outcome.why, now, writeId, { attempts });
    case 'uncertain':
      return ended(delivery, 'unknown', outcome.why, now, writeId, { attempts });
    case 'retry':
      return outcome.retryAt >= delivery.deadline
        ? ended(delivery, 'expired', outcome.why, now, writeId, { attempts })
        : backToPending(delivery, attempts, outcome, writeId);
  }
}

function accept(
  delivery: Delivery,
  attempts: readonly Attempt[],
  jobId: string,
  now: Instant,
  writeId: string,
): Delivery {
  const { leaseUntil: _leaseUntil, reason: _reason, endedAt: _endedAt, ...rest } = delivery;
  const changes: Changes = {
    state: 'accepted',
    attempts,
    jobId,
    acceptedAt: now,
    wakeAt: firstPollAt(now) + grace,
  };
  return changed(rest, changes, writeId);
}

function backToPending(
  delivery: Delivery,
  attempts: readonly Attempt[],
  { retryAt, why }: { retryAt: Instant; why: Reason },
  writeId: string,
): Delivery {
  const { leaseUntil: _leaseUntil, reason: _reason, endedAt: _endedAt, ...rest } = delivery;
  const changes: Changes = {
    state: 'pending',
    attempts,
    retryAt,
    waitingFor: why,
    wakeAt: retryAt + grace,
  };
  return changed(rest, changes, writeId);
}

/** How long to leave an unavailable service alone: 1, 2, 4 … 30 s and up to as much again. */
export function backoff(attempt: number, chance: number): number {
  return Math.min(2 ** (attempt - 1), 30) * second * (1 + chance);
}
