import {
  HuaweiError,
  HuaweiRejectedError,
  HuaweiUnavailableError,
  KeyUnreadableError,
  messageOf,
  NotStartedError,
} from '../codes/errors.ts';
import { reason } from '../codes/reasons.ts';
import { type Instant, second } from '../time/instant.ts';
import { type AttemptFacts, backoff, type Outcome } from './attempt.ts';
import { closingOf, GateRefusedError, recheckInterval, unreadable } from './gate.ts';

/**
 * What a failed attempt means for its delivery.
 *
 * Whatever is not known to have had no effect is uncertain: a second pop-up is worse than an open record.
 *
 * @param attempt from 1.
 * @param chance 0 to 1, spreads the retries.
 */
export function outcomeOf(error: unknown, attempt: number, chance: number, now: Instant): Outcome {
  const detail = messageOf(error);
  if (error instanceof NotStartedError)
    return { kind: 'retry', retryAt: now + second, why: reason('guard', {}) };
  if (error instanceof HuaweiRejectedError) return { kind: 'refused', why: reason('refused', { detail }) };
  if (error instanceof GateRefusedError)
    return { kind: 'retry', retryAt: error.refusal.until, why: error.refusal.why };
  if (error instanceof KeyUnreadableError) {
    const { until, why } = unreadable(error, now);
    return { kind: 'retry', retryAt: until, why };
  }
  const closing = closingOf(error, now);
  if (closing !== undefined) {
    const until = error instanceof HuaweiUnavailableError ? closing.until : now + recheckInterval;
    return { kind: 'retry', retryAt: Math.ceil(until + chance * second), why: closing.why };
  }
  if (error instanceof HuaweiUnavailableError)
    return {
      kind: 'retry',
      retryAt: Math.ceil(now + backoff(attempt, chance)),
      why: reason('unavailable', { detail }),
    };
  return { kind: 'uncertain', why: reason('no_answer', { detail }) };
}

/** What Huawei's refusal leaves in the record of the attempt. */
export function factsOf(error: unknown): AttemptFacts {
  const message = messageOf(error);
  return { error: message, ...(error instanceof HuaweiError ? error.failure : {}) };
}

/** Whether a refusal shows that the signature itself was accepted: the gateway let it through to the service. */
export function provesKey(error: unknown): boolean {
  return error instanceof HuaweiRejectedError && /^WKS\./.test(error.failure.errorCode ?? '');
}
