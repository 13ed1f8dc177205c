import { describe, expect, it } from 'vitest';
import { claim, finishAttempt } from '../../../lib/domain/delivery/attempt.ts';
import { planDelivery } from '../../../lib/domain/delivery/delivery.ts';
import { pullBack, sweepDelivery } from '../../../lib/domain/delivery/sweep.ts';
import { day, hour, minute } from '../../../lib/domain/time/instant.ts';
import { now as due } from '../table/a-definition.ts';

const deadline = due + 5 * minute;
const plan = { scheduleId: 's', eventAt: due, leadSeconds: 0, dueAt: due, pool: 'finance', rev: 1, deadline };
const pending = planDelivery(plan, due - minute, 'w');
const sending = claim(pending, { text: 'Hi', poolId: 'p', token: 't', deadline }, due);
const outcome = { kind: 'accepted', jobId: 'j' } as const;
const accepted = finishAttempt(sending, { token: 't', n: 1 }, { outcome, facts: {} }, due, 'w');

describe('the sweep', () => {
  it('has a job asked for as long as a day after it was accepted', () => {
    expect(sweepDelivery(accepted, due + 23 * hour, 'w')).toMatchObject({
      next: { state: 'accepted' },
      enqueue: 'track',
    });
    expect(sweepDelivery(accepted, due + day + 1, 'w')?.next.state).toBe('unconfirmed');
  });
});

describe('after the clock was set back', () => {
  const times = { now: due, furthest: due + hour };

  it('a try that was put off for hours is made at once, though the sweep looks at it soon', () => {
    const putOff = { ...pending, retryAt: due + day, wakeAt: due + minute };
    const swept = pullBack(putOff, times, 'w');
    expect(swept).toMatchObject({ next: { state: 'pending' }, enqueue: 'send' });
    expect(swept?.next.retryAt).toBeUndefined();
  });

  it('what has times that are near stays as it is', () => {
    for (const delivery of [pending, sending, accepted])
      expect(pullBack(delivery, times, 'w')).toBeUndefined();
  });
});
