import { describe, expect, it } from 'vitest';
import { problem, warning } from '../../../lib/domain/codes/problems.ts';
import { reason, sayReason } from '../../../lib/domain/codes/reasons.ts';
import { parseTimeZone } from '../../../lib/domain/time/zone.ts';

const pause = { by: 'ana', why: 'a freeze' };

describe('what people are told', () => {
  it('of a pause that took the place of another names the end of each', () => {
    const messageOf = (before: string | undefined, now: string | undefined) =>
      warning('pause_replaced', { ...pause, before, now }).message;
    expect(messageOf('10:00', undefined)).toBe(
      'replaces the pause by ana (a freeze) until 10:00; the schedule is now paused until somebody resumes it',
    );
    expect(messageOf(undefined, '11:00')).toBe(
      'replaces the pause by ana (a freeze) until somebody resumes it; the schedule is now paused until 11:00',
    );
  });

  it('of a postponement says whether it has two new times or none', () => {
    expect(problem('', 'to_or_by', { given: 'both' }).message).toContain('has both to and by');
    expect(problem('', 'to_or_by', { given: 'neither' }).message).toContain('needs either to');
  });

  it('of an unknown event names those that there are', () => {
    const messageOf = (next: string[]) => problem('', 'event_unknown', { next }).message;
    expect(messageOf(['10:00', '11:00'])).toMatch(/the next ones are 10:00, 11:00$/);
    expect(messageOf([])).toMatch(/none is to come$/);
  });

  it.each([
    ['number', true],
    ['list', false],
  ] as const)('of a %s in place of a text advises quotes: %s', (found, isAdvised) => {
    const { message } = problem('', 'wrong_kind', { expected: ['text'], found });
    expect(message.includes('put it in quotes')).toBe(isAdvised);
  });

  it('holds no control character of what they wrote', () => {
    const parsed = parseTimeZone('\u001b[2J', 'timeZone');
    expect('problem' in parsed && parsed.problem.message).toContain('"\\u001b[2J"');
  });

  it('of a delivery that a pause kept back names who paused it, and why', () => {
    expect(sayReason(reason('paused', pause))).toBe('the schedule is paused by ana: a freeze');
  });
});
