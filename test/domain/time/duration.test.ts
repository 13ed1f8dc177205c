import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../../lib/domain/time/duration.ts';

describe('a duration', () => {
  it.each([
    ['0m', 0],
    ['0s', 0],
    ['90s', 90],
    ['15m', 900],
    ['2h', 7_200],
    ['1d', 86_400],
    ['007m', 420],
  ])('reads %s as %i seconds', (written, seconds) => {
    expect(parseDuration(written)).toBe(seconds);
  });

  it.each([
    '',
    'm',
    '15',
    '15 m',
    ' 15m',
    '15m\n',
    '1.5h',
    '-5m',
    '+5m',
    '15M',
    '1h30m',
    '1w',
    '1e3s',
    '٣m',
    '9999999999s',
  ])('does not read %j', (written) => {
    expect(parseDuration(written)).toBeUndefined();
  });

  it.each([
    [0, '0m'],
    [90, '90s'],
    [60, '1m'],
    [3_600, '1h'],
    [5_400, '90m'],
    [86_400, '1d'],
    [90_000, '25h'],
  ])('writes %i seconds as %s', (seconds, written) => {
    expect(formatDuration(seconds)).toBe(written);
  });

  it('is the same after it is written and read', () => {
    fc.assert(
      fc.property(fc.nat({ max: 40 * 86_400 }), (seconds) => {
        expect(parseDuration(formatDuration(seconds))).toBe(seconds);
      }),
    );
  });
});
