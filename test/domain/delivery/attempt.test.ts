import { describe, expect, it } from 'vitest';
import {
  HuaweiClockError,
  HuaweiCredentialsError,
  HuaweiRejectedError,
  HuaweiUnavailableError,
  NotStartedError,
  OutcomeUnknownError,
} from '../../../lib/domain/codes/errors.ts';
import { type Reason, reason, sayReason } from '../../../lib/domain/codes/reasons.ts';
import { claim, finishAttempt, maySendNow, type Outcome } from '../../../lib/domain/delivery/attempt.ts';
import {
  close,
  type Delivery,
  deliveryIdOf,
  judge,
  planDelivery,
  postponeWork,
} from '../../../lib/domain/delivery/delivery.ts';
import { failPoll, finishPoll } from '../../../lib/domain/delivery/job.ts';
import { outcomeOf } from '../../../lib/domain/delivery/outcome.ts';
import { sweepDelivery } from '../../../lib/domain/delivery/sweep.ts';
import { minute, second } from '../../../lib/domain/time/instant.ts';

const due = Date.parse('2026-11-24T10:00:00Z');
const key = { scheduleId: 's', eventAt: due, leadSeconds: 0, dueAt: due, pool: 'finance' };
const pending = planDelivery({ ...key, rev: 1, deadline: due + 5 * minute }, due - minute, 'w0');
const sending = claim(pending, { text: 'Hi', poolId: 'p', token: 't1', deadline: pending.deadline }, due);

function finish(delivery: Delivery, outcome: Outcome, token = 't1', n = 1): Delivery {
  return finishAttempt(delivery, { token, n }, { outcome, facts: { requestId: 'r' } }, due + second, 'w2');
}

const waiting = (why: Reason) =>
  postponeWork(pending, { until: due + 9, why, deadline: pending.deadline }, 'w');

const accepted = finish(sending, { kind: 'accepted', jobId: 'j' });

describe('the id of a delivery', () => {
  it('names schedule and due time in the clear, and is safe in a URL', () => {
    expect(deliveryIdOf(key)).toMatch(/^s\.[0-9a-z]{7}\.[0-9a-f]{24}$/);
  });

  it.each([
    ['event', { eventAt: due + 1 }],
    ['lead time', { leadSeconds: 60 }],
    ['pool', { pool: 'other' }],
    ['text of an act', { noticeId: 'n' }],
  ])('differs by %s', (_, other) => {
    expect(deliveryIdOf({ ...key, ...other })).not.toBe(deliveryIdOf(key));
  });
});

it('gives each text about one event another id', () => {
  const ids = ['a', 'b'].map((noticeId) => deliveryIdOf({ ...key, noticeId }));
  expect(new Set(ids).size).toBe(2);
});

describe('the decision on a pending delivery', () => {
  const current = { deadline: due + minute, unwanted: undefined };
  const unwanted = reason('changed', {});
  it.each([
    ['is sent when it is due', pending, current, due, 'send'],
    ['waits until it is due', pending, current, due - 1, 'wait'],
    ['waits until its next try', waiting(reason('throttled', {})), current, due + 8, 'wait'],
    ['expires at its deadline', pending, current, due + minute, 'expired'],
    ['expires rather than being skipped', pending, { ...current, unwanted }, due + minute, 'expired'],
    ['is not skipped before its due time', pending, { ...current, unwanted }, due - 1, 'wait'],
    ['is skipped when it is due', pending, { ...current, unwanted }, due, 'skipped'],
    [
      'is skipped rather than tried again',
      waiting(reason('throttled', {})),
      { ...current, unwanted },
      due + 8,
      'skipped',
    ],
  ])('%s', (_, delivery, facts, at, kind) => {
    expect(judge(delivery, facts, at).kind).toBe(kind);
  });

  it('expires with what it was waiting for', () => {
    expect(judge(waiting(reason('rate_limit', { perMinute: 90 })), current, due + minute)).toMatchObject({
      why: { code: 'rate_limit' },
    });
  });
});

describe('the first byte', () => {
  it.each([
    ['may leave right after the claim', due, true],
    ['may not leave before the due time', due - 1, false],
    ['may leave with more than 15 s of the lease left', due + 15 * second - 1, true],
    ['may not leave with 15 s of the lease left', due + 15 * second, false],
  ])('%s', (_, at, may) => {
    expect(maySendNow(sending, at)).toBe(may);
  });

  it('may not leave at the deadline', () => {
    expect(maySendNow({ ...sending, deadline: due + second }, due + second)).toBe(false);
  });
});

describe('how an attempt ends', () => {
  const retry = { kind: 'retry', retryAt: due + 9, why: reason('unavailable', { detail: 'x' }) } as const;
  it.each<[string, Outcome, string]>([
    ['accepted', { kind: 'accepted', jobId: 'j' }, 'accepted'],
    ['refused', { kind: 'refused', why: reason('refused', { detail: 'x' }) }, 'rejected'],
    ['uncertain', { kind: 'uncertain', why: reason('no_answer', { detail: 'x' }) }, 'unknown'],
    ['to be retried', retry, 'pending'],
    ['to be retried after the deadline', { ...retry, retryAt: pending.deadline }, 'expired'],
  ])('%s', (_, outcome, state) => {
    expect(finish(sending, outcome).state).toBe(state);
  });

  it('keeps the text, the times and the answer of the attempt', () => {
    expect(accepted.attempts).toEqual([
      { n: 1, at: due, text: 'Hi', poolId: 'p', requestId: 'r', endedAt: due + second },
    ]);
  });

  it('lets its own late answer decide an unknown delivery', () => {
    const swept = sweepDelivery(sending, due + 2 * minute, 'w')?.next ?? sending;
    expect(swept.state).toBe('unknown');
    expect(finish(swept, { kind: 'accepted', jobId: 'j' })).toMatchObject({ state: 'accepted', jobId: 'j' });
  });

  it.each([
    ['another attempt decides', { ...sending, token: 't2', attempt: 2 }],
    ['it has ended', close(sending, 'skipped', reason('deleted', {}), due, 'w')],
    ['it is accepted', accepted],
  ])('changes nothing but its own facts once %s', (_, delivery) => {
    const late = finish(delivery, { kind: 'uncertain', why: reason('no_answer', { detail: 'x' }) });
    expect(late.state).toBe(delivery.state);
    expect(late.attempts[0]).toMatchObject({ requestId: 'r' });
  });

  it('keeps the newest 10 attempts', () => {
    let delivery = pending;
    for (let n = 1; n <= 12; n += 1) {
      delivery = claim(
        delivery,
        { text: 'Hi', poolId: 'p', token: `t${n}`, deadline: delivery.deadline },
        due + n,
      );
      delivery = finish(delivery, retry, `t${n}`, n);
    }
    expect(delivery.attempts.map(({ n }) => n)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(delivery).toMatchObject({ attempt: 12, firstAttemptAt: due + 1 });
  });
});

describe('what an error means for the attempt', () => {
  it.each([
    ['refused for good', new HuaweiRejectedError('x'), 'refused', 'refused', undefined],
    ['a wrong key', new HuaweiCredentialsError('x'), 'retry', 'credentials', 10],
    ['a wrong clock', new HuaweiClockError('x', 901), 'retry', 'clock', 10],
    ['throttled', new HuaweiUnavailableError('x', {}, { throttledForSeconds: 60 }), 'retry', 'throttled', 60],
    ['unavailable', new HuaweiUnavailableError('x'), 'retry', 'unavailable', 1],
    ['stopped by the guard', new NotStartedError('x'), 'retry', 'guard', 1],
    ['no answer', new OutcomeUnknownError('x'), 'uncertain', 'no_answer', undefined],
    ['a bug', new TypeError('x'), 'uncertain', 'no_answer', undefined],
  ])('%s', (_, error, kind, code, seconds) => {
    const outcome = outcomeOf(error, 1, 0, due);
    expect(outcome).toMatchObject({ kind, why: { code } });
    if (outcome.kind === 'retry') expect(outcome.retryAt).toBe(due + Number(seconds) * second);
  });

  it('waits longer each time, up to a minute', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7].map((attempt) => {
      const outcome = outcomeOf(new HuaweiUnavailableError('x'), attempt, 1, due);
      return outcome.kind === 'retry' ? (outcome.retryAt - due) / second : undefined;
    });
    expect(waits).toEqual([2, 4, 8, 16, 32, 60, 60]);
  });
});

describe('what a job means', () => {
  const report = { status: 'COMPLETE', polledAt: due, failures: [], hasEnded: true };
  it.each([
    ['all succeeded', 3, 3, 0, 'delivered'],
    ['some failed', 3, 2, 1, 'partial'],
    ['all failed', 3, 0, 3, 'undelivered'],
    ['it held no desktop', 0, 0, 0, 'undelivered'],
  ])('when %s', (_, total, succeeded, failed, state) => {
    const polled = finishPoll(accepted, { ...report, total, succeeded, failed }, due + 20 * second, 'w');
    expect(polled).toMatchObject({ state, job: { total, succeeded, failed }, polls: 1 });
    expect(polled.reason && sayReason(polled.reason)).toBeTruthy();
    expect(polled.wakeAt).toBeUndefined();
  });

  const running = { ...report, hasEnded: false, status: 'RUNNING', total: 3, succeeded: 1, failed: 0 };

  it('is asked again while it runs', () => {
    expect(finishPoll(accepted, running, due + 20 * second, 'w')).toMatchObject({
      state: 'accepted',
      polls: 1,
    });
  });

  it('is unconfirmed when a poll three minutes after acceptance still finds it running', () => {
    const late = due + second + 180 * second;
    expect(finishPoll(accepted, running, late - 1, 'w').state).toBe('accepted');
    expect(finishPoll(accepted, running, late, 'w')).toMatchObject({
      state: 'unconfirmed',
      reason: { code: 'job_not_ended' },
    });
  });

  it('is unconfirmed when Huawei does not show it three minutes after acceptance', () => {
    const late = due + second + 180 * second;
    expect(failPoll(accepted, 'gone', due + minute, 'w').state).toBe('accepted');
    expect(failPoll(accepted, 'gone', late, 'w')).toMatchObject({
      state: 'unconfirmed',
      reason: { code: 'job_unreadable' },
    });
  });
});

describe('the sweep', () => {
  it.each([
    ['leaves alone what is not due for it', pending, due, undefined],
    ['hands out a pending one again', pending, due + minute, 'pending'],
    ['expires a pending one after its deadline', pending, due + 7 * minute, 'expired'],
    ['leaves a sending one to its worker', sending, due + 59 * second, undefined],
    ['calls a sending one unknown after lease and grace', sending, due + minute, 'unknown'],
    ['has an accepted one asked for again', accepted, due + minute, 'accepted'],
    ['gives up an accepted one after a day', accepted, due + 1_441 * minute, 'unconfirmed'],
    [
      'has nothing to do with an ended one',
      close(pending, 'skipped', reason('deleted', {}), due, 'w'),
      due * 2,
      undefined,
    ],
  ])('%s', (_, delivery, at, state) => {
    expect(sweepDelivery(delivery, at, 'w')?.next.state).toBe(state);
  });
});
