import { expect, it } from 'vitest';
import { sayReason } from '../../../lib/domain/codes/reasons.ts';
import { type JobReport, planDelivery } from '../../../lib/domain/delivery/delivery.ts';
import { failPoll, finishPoll, nextPollAt } from '../../../lib/domain/delivery/job.ts';
import { minute, second } from '../../../lib/domain/time/instant.ts';
import { start } from '../../rig.ts';

const key = { scheduleId: 's', eventAt: start, leadSeconds: 0, dueAt: start, pool: 'finance' };
const delivery = planDelivery({ ...key, rev: 1, deadline: start + minute }, start - minute, 'w1');

function judged(facts: Partial<JobReport>) {
  const job = {
    status: 'SUCCESS',
    polledAt: start,
    total: 0,
    succeeded: 0,
    failed: 0,
    failures: [],
    ...facts,
  };
  const { state, reason } = finishPoll(delivery, { ...job, hasEnded: true }, start, 'w2');
  return [state, reason?.code, reason === undefined ? '' : sayReason(reason)];
}

it.each([
  [{ total: 3, succeeded: 3 }, 'delivered', 'all_succeeded', 'all 3 desktops'],
  [{ total: 3, succeeded: 2 }, 'partial', 'some_failed', '0 of 3'],
  [{ total: 3, succeeded: 1, failed: 2 }, 'partial', 'some_failed', '2 of 3'],
  [{ total: 3, failed: 3 }, 'undelivered', 'all_failed', 'all 3'],
  [{ status: 'FAIL' }, 'undelivered', 'no_desktop', 'no desktop'],
  [
    { status: 'FAIL', failReason: 'WKS.9: agents silent' },
    'undelivered',
    'job_failed',
    'WKS.9: agents silent',
  ],
  [{ total: 30, desktopsUnreadable: '403' }, 'delivered', 'job_succeeded', 'as a whole'],
  [{ status: 'success', total: 30, desktopsUnreadable: '403' }, 'delivered', 'job_succeeded', '403'],
  [{ status: 'COMPLETE', total: 30, desktopsUnreadable: '403' }, 'unconfirmed', 'desktops_unreadable', '403'],
  [
    { status: 'FAIL', total: 30, desktopsUnreadable: '403' },
    'undelivered',
    'job_failed',
    'its status is FAIL',
  ],
] as const)('judges an ended job by %o', (facts, state, code, words) => {
  expect(judged(facts)).toEqual([state, code, expect.stringContaining(words)]);
});

it.each([
  [0, 2, 15],
  [1, 20, 60],
  [2, 70, 180],
  [2, 200, 200],
  [3, 200, 260],
])(
  'asks for a job after %i polls, at %i s, when %i s have passed since it was accepted',
  (polls, at, next) => {
    const accepted = { ...delivery, acceptedAt: start, polls };
    expect(nextPollAt(accepted, start + at * second)).toBe(start + next * second);
  },
);

it('counts a poll that Huawei refused, and leaves it some time', () => {
  const accepted = { ...delivery, acceptedAt: start };
  const { polls, wakeAt = 0 } = failPoll(accepted, 'gone', start + 15 * second, 'w2');
  expect([polls, wakeAt]).toEqual([1, start + 90 * second]);
});

it('counts desktops that nobody knows of as not told', () => {
  expect(judged({ total: 3, succeeded: 2, failed: 0 })[0]).toBe('partial');
  expect(judged({ total: 3, succeeded: 0, failed: 0 })[0]).toBe('undelivered');
});
