import { describe, expect, it } from 'vitest';
import { reason } from '../../../lib/domain/codes/reasons.ts';
import { claim, finishAttempt } from '../../../lib/domain/delivery/attempt.ts';
import { close, planDelivery, postponeWork, troubleStates } from '../../../lib/domain/delivery/delivery.ts';
import { minute, second } from '../../../lib/domain/time/instant.ts';
import { now as due } from '../table/a-definition.ts';

const deadline = due + 5 * minute;
const plan = { scheduleId: 's', eventAt: due, leadSeconds: 0, dueAt: due, pool: 'finance', rev: 1, deadline };
const pending = planDelivery(plan, due - minute, 'w0');

describe('a delivery', () => {
  it('has expired when it is planned at its deadline, and not before', () => {
    expect(planDelivery(plan, deadline - 1, 'w').state).toBe('pending');
    expect(planDelivery(plan, deadline, 'w')).toMatchObject({ state: 'expired', reason: { code: 'missed' } });
  });

  it('waits for no longer than until its deadline', () => {
    const why = reason('throttled', {});
    expect(postponeWork(pending, { until: deadline + minute, why, deadline }, 'w').retryAt).toBe(deadline);
    expect(postponeWork(pending, { until: due + minute, why, deadline }, 'w').retryAt).toBe(due + minute);
  });

  it('says that nothing was sent of the attempt that it was closed in, not of one that was answered', () => {
    const first = claim(pending, { text: 'Hi', poolId: 'p', token: 't1', deadline }, due);
    const outcome = { kind: 'retry', retryAt: due + second, why: reason('throttled', {}) } as const;
    const answered = finishAttempt(
      first,
      { token: 't1', n: 1 },
      { outcome, facts: { status: 429 } },
      due,
      'w',
    );
    const again = claim(answered, { text: 'Hi', poolId: 'p', token: 't2', deadline }, due + second);
    const { attempts } = close(again, 'skipped', reason('deleted', {}), due + 2 * second, 'w');
    expect(attempts.map(({ error, endedAt }) => [error, endedAt])).toEqual([
      [undefined, due],
      ['nothing was sent', due + 2 * second],
    ]);
  });

  it('wants a person to look at every end but success and what was skipped on purpose', () => {
    expect(troubleStates).toEqual([
      'partial',
      'undelivered',
      'unconfirmed',
      'rejected',
      'expired',
      'unknown',
    ]);
  });
});
