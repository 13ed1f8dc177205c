import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../lib/domain/codes/problems.ts';
import { datesFrom, rangeAt, rangesOf, readCalendar } from '../../../lib/domain/schedule/calendar.ts';
import { told } from '../table/a-definition.ts';

function problemsOf(input: unknown): string[] {
  const problems: Problem[] = [];
  readCalendar(input, 'calendars.x', problems);
  return told(problems);
}

describe('a calendar', () => {
  it.each([
    ['no lists', {}],
    ['single dates', { exclude: ['2026-10-10'], include: ['2028-02-29'] }],
    ['a range', { exclude: ['2026-10-01..2026-10-07'] }],
    ['a range of one day', { exclude: ['2026-10-01..2026-10-01'] }],
    ['a range of a leap year', { exclude: ['2028-01-01..2028-12-31'] }],
    ['400 entries', { include: Array.from({ length: 400 }, () => '2026-10-10') }],
  ])('may hold %s', (_, input) => {
    expect(problemsOf(input)).toEqual([]);
  });

  it.each([
    ['nothing at all', null, ['calendars.x wrong_kind']],
    ['a list instead of fields', ['2026-10-10'], ['calendars.x wrong_kind']],
    ['an unknown field', { excludes: [] }, ['calendars.x.excludes unknown_field']],
    ['a text instead of a list', { exclude: '2026-10-10' }, ['calendars.x.exclude wrong_kind']],
    ['a number', { exclude: [20261010] }, ['calendars.x.exclude[0] wrong_kind']],
    ['a day that does not exist', { exclude: ['2026-02-30'] }, ['calendars.x.exclude[0] not_a_date']],
    ['a range with one end', { exclude: ['2026-10-01..'] }, ['calendars.x.exclude[0] not_a_date']],
    [
      'a range of three',
      { exclude: ['2026-10-01..2026-10-02..2026-10-03'] },
      ['calendars.x.exclude[0] not_a_date'],
    ],
    [
      'a range that runs backward',
      { exclude: ['2026-10-07..2026-10-01'] },
      ['calendars.x.exclude[0] date_order'],
    ],
    [
      'a range of 367 days',
      { exclude: ['2026-01-01..2027-01-02'] },
      ['calendars.x.exclude[0] date_range_long'],
    ],
    [
      '401 entries',
      { include: Array.from({ length: 401 }, () => '2026-10-10') },
      ['calendars.x.include list_length'],
    ],
    [
      'several of these',
      { exclude: ['x', '2026-10-10', 'y'], include: [null] },
      [
        'calendars.x.exclude[0] not_a_date',
        'calendars.x.exclude[2] not_a_date',
        'calendars.x.include[0] wrong_kind',
      ],
    ],
  ])('must not hold %s', (_, input, problems) => {
    expect(problemsOf(input)).toEqual(problems);
  });

  it('names each day once, in order, however the ranges overlap', () => {
    const ranges = rangesOf(['2026-12-30..2027-01-02', '2026-12-24', '2026-12-31', '2027-01-01..2027-01-03']);
    expect([...datesFrom(ranges, '2026-12-25')]).toEqual([
      '2026-12-30',
      '2026-12-31',
      '2027-01-01',
      '2027-01-02',
      '2027-01-03',
    ]);
  });

  it('keeps the whole of a range that holds a shorter one, and the last day of each', () => {
    const ranges = rangesOf(['2026-10-01..2026-10-31', '2026-10-05..2026-10-07']);
    expect(ranges).toEqual([{ first: '2026-10-01', last: '2026-10-31' }]);
    expect(rangeAt(ranges, '2026-10-31')).toEqual(ranges[0]);
    expect(rangeAt(ranges, '2026-11-01')).toBeUndefined();
  });

  it('comes to an end on the last day that can be written', () => {
    expect([...datesFrom(rangesOf(['2199-12-30..2199-12-31']), '2026-01-01')]).toEqual([
      '2199-12-30',
      '2199-12-31',
    ]);
  });
});
