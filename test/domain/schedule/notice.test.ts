import { describe, expect, it } from 'vitest';
import { reason } from '../../../lib/domain/codes/reasons.ts';
import { keptNotices, noticeOf, ofPool, stopOf } from '../../../lib/domain/schedule/notice.ts';
import { hasRoomForNotice } from '../../../lib/domain/schedule/notice-room.ts';
import { hour, minute, second } from '../../../lib/domain/time/instant.ts';
import { now } from '../table/a-definition.ts';
import { aNotice, aSchedule } from './a-schedule.ts';

const many = (count: number, message: string) => Array.from({ length: count }, () => aNotice({ message }));

describe('a text of a schedule', () => {
  it('is kept for an hour after its deadline', () => {
    const notices = [aNotice()];
    const [{ deadline } = aNotice()] = notices;
    expect(keptNotices(notices, deadline + hour - 1)).toEqual(notices);
    expect(keptNotices(notices, deadline + hour)).toEqual([]);
  });

  it('has room beside 49 others, and not beside 50', () => {
    const roomBeside = (count: number) =>
      hasRoomForNotice(aSchedule({ notices: many(count, 'Hi') }), 'message', now);
    expect([roomBeside(49), roomBeside(50)]).toEqual([true, false]);
  });

  it('has room only while the schedule can still be stored', () => {
    const roomBeside = (length: number) =>
      hasRoomForNotice(aSchedule({ notices: many(40, 'x'.repeat(length)) }), 'message', now);
    expect([roomBeside(5_000), roomBeside(9_000)]).toEqual([true, false]);
  });

  it('is given up when the event that it announces has begun', () => {
    const promised = { noticeId: 'n', at: now, message: 'AT {{eventTime}}' };
    const audience = { pools: ['finance'], about: [now] };
    const deadlineOf = (until?: number) =>
      noticeOf({ ...promised, ...(until === undefined ? {} : { until }) }, audience, now).deadline;
    expect(deadlineOf(now + minute)).toBe(now + minute);
    expect(deadlineOf()).toBe(now + 5 * minute + second);
  });

  it('knows nothing of a pool that it does not name, whatever the pool is called', () => {
    expect(ofPool({ finance: 'id' }, 'constructor')).toBeUndefined();
    expect(ofPool({ finance: 'id' }, 'finance')).toBe('id');
  });

  it('is stopped for the pools that the stop names, or for all', () => {
    const why = reason('deleted', {});
    expect(stopOf({ stops: [{ why, pools: ['finance'] }] }, 'finance')).toEqual(why);
    expect(stopOf({ stops: [{ why, pools: ['finance'] }] }, 'support')).toBeUndefined();
    expect(stopOf({ stops: [{ why }] }, 'support')).toEqual(why);
  });
});
