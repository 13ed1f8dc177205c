import { expect, it } from 'vitest';
import { isPaused, isPlanned } from '../../../lib/domain/schedule/schedule.ts';
import { aDefinition, now } from '../table/a-definition.ts';
import { aSchedule } from './a-schedule.ts';

it('a pause holds until before its end, and without one for good', () => {
  const pause = { by: 'ana', at: now - 10, why: 'a freeze' };
  const ending = { pause: { ...pause, until: now } };
  expect([isPaused(ending, now - 1), isPaused(ending, now)]).toEqual([true, false]);
  expect([isPaused({ pause }, now + 1e12), isPaused({}, now)]).toEqual([true, false]);
});

it('nothing is planned of a schedule that was deleted or is disabled', () => {
  expect(isPlanned(aSchedule())).toBe(true);
  expect(isPlanned(aSchedule({ deletedAt: now }))).toBe(false);
  expect(isPlanned(aSchedule({ definition: aDefinition({ enabled: false }) }))).toBe(false);
});
