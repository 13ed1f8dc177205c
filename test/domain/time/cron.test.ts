import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Cron, fireTimes, fireTimesOn, parseCron } from '../../../lib/domain/time/cron.ts';
import { day, type Instant, isoOf, minute } from '../../../lib/domain/time/instant.ts';
import vectors from '../../vectors/fire-times.json' with { type: 'json' };

function cronOf(expression: string): Cron {
  const parsed = parseCron(expression, 'cron');
  if ('problem' in parsed) throw new Error(parsed.problem.message);
  return parsed.cron;
}

function nextTimes(expression: string, timeZone: string, after: string, count: number): string[] {
  return firstOf(fireTimes(cronOf(expression), timeZone, Date.parse(after)), count).map(isoOf);
}

function firstOf(times: Iterator<Instant>, count: number): Instant[] {
  const first: Instant[] = [];
  while (first.length < count) {
    const { value, done } = times.next();
    if (done === true) break;
    first.push(value);
  }
  return first;
}

const problemOf = (expression: string) => {
  const parsed = parseCron(expression, 'schedules[0].cron');
  return 'problem' in parsed ? parsed.problem : undefined;
};

describe('the agreed fire times', () => {
  it.each(vectors.cases)('$id: $cron in $tz ($note)', ({ cron, tz, from, expected }) => {
    expect(nextTimes(cron, tz, from, expected.length)).toEqual(expected);
  });
});

describe('an expression', () => {
  // From Monday 2026-06-01 in UTC.
  it.each([
    ['0 18 * * 1-5', ['2026-06-01T18:00', '2026-06-02T18:00']],
    ['*/15 * * * *', ['2026-06-01T00:15', '2026-06-01T00:30']],
    ['0 9 L * *', ['2026-06-30T09:00', '2026-07-31T09:00']],
    ['0 9 1,L * *', ['2026-06-01T09:00', '2026-06-30T09:00', '2026-07-01T09:00']],
    ['0 9 * * 5#2', ['2026-06-12T09:00', '2026-07-10T09:00']],
    ['0 9 * * FRI#2', ['2026-06-12T09:00', '2026-07-10T09:00']],
    ['0 9 * * 7#1', ['2026-06-07T09:00', '2026-07-05T09:00']],
    ['0 9 1 * 5#2', ['2026-06-01T09:00', '2026-06-12T09:00', '2026-07-01T09:00']],
    ['0 9 * * 5L', ['2026-06-26T09:00', '2026-07-31T09:00']],
    ['0 9 * * friL', ['2026-06-26T09:00', '2026-07-31T09:00']],
    ['0 9 * * 7L,0L', ['2026-06-28T09:00', '2026-07-26T09:00']],
    [
      '0 9 * * 1,5L',
      ['2026-06-01T09:00', '2026-06-08T09:00', '2026-06-15T09:00', '2026-06-22T09:00', '2026-06-26T09:00'],
    ],
    ['0 0 1 JAN *', ['2027-01-01T00:00', '2028-01-01T00:00']],
    ['0 0 1 jan-Mar/2 *', ['2027-01-01T00:00', '2027-03-01T00:00']],
    ['0 9 * * MON-FRI', ['2026-06-01T09:00', '2026-06-02T09:00']],
    ['0 9 * * mon-3', ['2026-06-01T09:00', '2026-06-02T09:00', '2026-06-03T09:00', '2026-06-08T09:00']],
    ['0 0 * * 7', ['2026-06-07T00:00', '2026-06-14T00:00']],
    ['0 0 * * 5-7', ['2026-06-05T00:00', '2026-06-06T00:00', '2026-06-07T00:00', '2026-06-12T00:00']],
    ['0 0 * * 0,7', ['2026-06-07T00:00', '2026-06-14T00:00']],
    ['0,0 9,09 * * 1,1', ['2026-06-01T09:00', '2026-06-08T09:00']],
    [
      '0-10/5,5-15/5 9 * * *',
      ['2026-06-01T09:00', '2026-06-01T09:05', '2026-06-01T09:10', '2026-06-01T09:15'],
    ],
    ['*/61 * * * *', ['2026-06-01T01:00', '2026-06-01T02:00']],
    ['0 */24 * * *', ['2026-06-02T00:00', '2026-06-03T00:00']],
    ['*,5 0 * * *', ['2026-06-01T00:01', '2026-06-01T00:02']],
    ['05 09 01 06 *', ['2026-06-01T09:05', '2027-06-01T09:05']],
    ['  0\t9   * * *  ', ['2026-06-01T09:00', '2026-06-02T09:00']],
    ['0 0 15 * 1', ['2026-06-08T00:00', '2026-06-15T00:00', '2026-06-22T00:00']],
    ['0 0 31 2 1', ['2027-02-01T00:00', '2027-02-08T00:00']],
    ['@yearly', ['2027-01-01T00:00', '2028-01-01T00:00']],
    ['@monthly', ['2026-07-01T00:00', '2026-08-01T00:00']],
    ['@weekly', ['2026-06-07T00:00', '2026-06-14T00:00']],
    ['@daily', ['2026-06-02T00:00', '2026-06-03T00:00']],
    [' @hourly ', ['2026-06-01T01:00', '2026-06-01T02:00']],
  ])('%s fires at %j', (expression, expected) => {
    expect(nextTimes(expression, 'UTC', '2026-06-01T00:00:00Z', expected.length)).toEqual(
      expected.map((wall) => `${wall}:00.000Z`),
    );
  });

  it.each([
    ['', 'cron_missing', '', 'five fields'],
    ['  \t ', 'cron_missing', '', 'five fields'],
    ['*', 'cron_field_count', '', '1 field and needs 5'],
    ['* * *', 'cron_field_count', '', '3 fields and needs 5'],
    ['0 0 18 * * 1-5', 'cron_field_count', '', 'no seconds'],
    ['0 0 18 * * 1 2027', 'cron_field_count', '', '7 fields and needs 5'],
    ['1, 2 * * * *', 'cron_field_count', '', '6 fields and needs 5'],
    ['@annually', 'cron_macro', '', '@yearly'],
    ['@weekdays', 'cron_macro', '', 'five fields'],
    ['@weekends', 'cron_macro', '', 'five fields'],
    ['@minutely', 'cron_macro', '', 'five fields'],
    ['@secondly', 'cron_macro', '', 'five fields'],
    ['@midnight', 'cron_macro', '', '@daily'],
    ['@reboot', 'cron_macro', '', 'five fields'],
    ['@Daily', 'cron_macro', '', '@daily'],
    ['@every 5m', 'cron_macro', '', 'five fields'],
    ['@daily @daily', 'cron_macro', '', '@daily'],
    ['TZ=UTC 0 9 * * *', 'cron_field_count', '', '6 fields and needs 5'],
    ['0 9 * * *\n', 'cron_character', '', 'U+000A at character 10'],
    ['0\u00a09 * * *', 'cron_character', '', 'U+00A0'],
    ['0\u30009 * * *', 'cron_character', '', 'U+3000 at character 2'],
    ['0 ９ * * *', 'cron_character', '', 'U+FF19 at character 3'],
    ['0 9 * * ＊', 'cron_character', '', 'plain ASCII'],
    ['0 9 * * 1\u20135', 'cron_character', '', 'U+2013'],
    ['٠ 9 * * *', 'cron_character', '', 'U+0660'],
    ['0 9 * * 😀', 'cron_character', '', 'U+1F600'],
    [`0 9 * * ${'1,'.repeat(300)}1`, 'cron_long', '', 'ranges'],
    ['60 * * * *', 'cron_out_of_range', 'minute', '0 to 59'],
    ['0 24 * * *', 'cron_out_of_range', 'hour', '0 to 23'],
    ['0 9 0 * *', 'cron_out_of_range', 'day-of-month', '1 to 31'],
    ['0 9 32 * *', 'cron_out_of_range', 'day-of-month', '1 to 31'],
    ['0 9 * 0 *', 'cron_out_of_range', 'month', '1 to 12'],
    ['0 9 * 13 *', 'cron_out_of_range', 'month', '1 to 12'],
    ['0 9 * * 8', 'cron_out_of_range', 'day-of-week', '0 to 7'],
    ['0 9 * * 5-8', 'cron_out_of_range', 'day-of-week', '0 to 7'],
    ['99999999999999999999 * * * *', 'cron_out_of_range', 'minute', '0 to 59'],
    ['0 22-2 * * *', 'cron_range_backward', 'hour', 'write 22-23,0-2'],
    ['0 9 * * 5-1', 'cron_range_backward', 'day-of-week', 'write 5-6,0-1'],
    ['0 9 * * SAT-SUN', 'cron_range_backward', 'day-of-week', 'write 6,0'],
    ['0 9 * NOV-FEB *', 'cron_range_backward', 'month', 'write 11-12,1-2'],
    ['*/0 * * * *', 'cron_step_zero', 'minute', '1 or more'],
    ['0-30/0 * * * *', 'cron_step_zero', 'minute', '1 or more'],
    ['5/15 * * * *', 'cron_step_of_one', 'minute', 'write 5-59/15'],
    ['0 9 * * 1/2', 'cron_step_of_one', 'day-of-week', 'write 1-6/2'],
    ['+5 * * * *', 'cron_value', 'minute', '0-59'],
    ['-5 * * * *', 'cron_value', 'minute', '0-59'],
    ['5- * * * *', 'cron_value', 'minute', '0-59'],
    ['1.5 * * * *', 'cron_value', 'minute', '0-59'],
    ['1e1 * * * *', 'cron_value', 'minute', '0-59'],
    ['0x10 * * * *', 'cron_value', 'minute', '0-59'],
    ['1-5-7 * * * *', 'cron_value', 'minute', '0-59'],
    ['*-5 * * * *', 'cron_value', 'minute', '0-59'],
    ['** * * * *', 'cron_value', 'minute', '0-59'],
    ['*5 * * * *', 'cron_value', 'minute', '0-59'],
    ['*/* * * * *', 'cron_value', 'minute', '0-59'],
    ['*/ * * * *', 'cron_value', 'minute', '0-59'],
    ['*/5/2 * * * *', 'cron_value', 'minute', '0-59'],
    ['*/-5 * * * *', 'cron_value', 'minute', '0-59'],
    ['*/1.5 * * * *', 'cron_value', 'minute', '0-59'],
    ['/5 * * * *', 'cron_value', 'minute', '0-59'],
    ['0~59 * * * *', 'cron_value', 'minute', '0-59'],
    ['MON * * * *', 'cron_value', 'minute', '0-59'],
    ['0 L * * *', 'cron_value', 'hour', '0-23'],
    ['0 9 MON * *', 'cron_value', 'day-of-month', '1-31, L'],
    ['0 9 l * *', 'cron_value', 'day-of-month', '1-31, L'],
    ['0 9 L-3 * *', 'cron_value', 'day-of-month', '1-31, L'],
    ['0 9 1-L * *', 'cron_value', 'day-of-month', '1-31, L'],
    ['0 9 L/2 * *', 'cron_value', 'day-of-month', '1-31, L'],
    ['0 9 5#2 * *', 'cron_value', 'day-of-month', '1-31, L'],
    ['0 9 * MON *', 'cron_value', 'month', 'JAN-DEC'],
    ['0 9 * JANUARY *', 'cron_value', 'month', 'JAN-DEC'],
    ['0 9 * L *', 'cron_value', 'month', 'JAN-DEC'],
    ['0 9 * * JAN', 'cron_value', 'day-of-week', 'SUN-SAT'],
    ['0 9 * * MONDAY', 'cron_value', 'day-of-week', 'SUN-SAT'],
    ['0 9 * * 5l', 'cron_value', 'day-of-week', '5L'],
    ['0 9 * * 8L', 'cron_value', 'day-of-week', '5L'],
    ['0 9 * * 1-5L', 'cron_value', 'day-of-week', '5L'],
    ['0 9 * * constructor', 'cron_value', 'day-of-week', 'SUN-SAT'],
    ['1,,2 * * * *', 'cron_list', 'minute', 'comma'],
    [',1 * * * *', 'cron_list', 'minute', 'comma'],
    ['0 9, * * *', 'cron_list', 'hour', 'comma'],
    ['0 9 * * ,', 'cron_list', 'day-of-week', 'comma'],
    ['H * * * *', 'cron_random', 'minute', 'write a number'],
    ['H/15 * * * *', 'cron_random', 'minute', 'write a number'],
    ['0 H(9-17) * * *', 'cron_random', 'hour', 'write a number'],
    ['h 9 * * *', 'cron_random', 'minute', 'write a number'],
    ['0 9 * * H', 'cron_random', 'day-of-week', 'write a number'],
    ['0 9 ? * 1', 'cron_question_mark', 'day-of-month', 'write *'],
    ['0 9 1 * ?', 'cron_question_mark', 'day-of-week', 'write *'],
    ['?/5 * * * *', 'cron_question_mark', 'minute', 'write *'],
    ['0 9 15W * *', 'cron_nearest_weekday', 'day-of-month', 'calendar'],
    ['0 9 LW * *', 'cron_nearest_weekday', 'day-of-month', 'calendar'],
    ['0 9 * * L', 'cron_last_weekday', '', '5L'],
    ['0 9 * * 5#0', 'cron_nth', '', '1 to 5'],
    ['0 9 * * 5#6', 'cron_nth', '', '1 to 5'],
    ['0 9 * * 8#1', 'cron_nth', '', '0-7'],
    ['0 9 * * *#1', 'cron_nth', '', '0-7'],
    ['0 9 * * #1', 'cron_nth', '', '0-7'],
    ['0 9 * * 5#', 'cron_nth', '', '1 to 5'],
    ['0 9 * * 5#2,1#1', 'cron_nth', '', 'stands alone'],
    ['0 9 * * 1-5#2', 'cron_nth', '', 'stands alone'],
    ['0 9 * * 5#2#3', 'cron_nth', '', 'stands alone'],
  ])('%j is refused as %s (%s), and the hint says %j', (expression, code, field, hint) => {
    const problem = problemOf(expression);
    expect(problem).toMatchObject({ path: 'schedules[0].cron', code });
    expect(problem?.params.field ?? '').toBe(field);
    expect(problem?.message).toContain(hint);
  });

  it('is read or refused, whatever is written, and never throws', () => {
    const sign = fc.constantFrom(...'0123456789*,-/#LWH?@ \t', 'MON', 'jan', 'é');
    const texts = fc.oneof(
      fc.string(),
      fc.array(sign, { maxLength: 30 }).map((signs) => signs.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parseCron(text, 'cron');
        if ('problem' in parsed) return;
        firstOf(fireTimes(parsed.cron, 'UTC', Date.UTC(2026, 5)), 2);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('fire times', () => {
  const weekdays = cronOf('0 18 * * 1-5');
  const monday = Date.parse('2026-11-23T10:00:00Z');

  it('leave out the start and take in the end', () => {
    expect([...fireTimes(weekdays, 'Asia/Shanghai', monday, monday + day)]).toEqual([monday + day]);
    expect([...fireTimes(weekdays, 'Asia/Shanghai', monday - 1, monday)]).toEqual([monday]);
    expect([...fireTimes(weekdays, 'Asia/Shanghai', monday, monday + day - 1)]).toEqual([]);
    expect([...fireTimes(cronOf('* * * * *'), 'Asia/Shanghai', monday - 1, monday + minute)]).toEqual([
      monday,
      monday + minute,
    ]);
  });

  it('are none in an empty or backward window', () => {
    for (const until of [monday, monday - day]) {
      expect([...fireTimes(weekdays, 'UTC', monday, until)]).toEqual([]);
      expect([...fireTimes(cronOf('* * * * *'), 'UTC', monday, until)]).toEqual([]);
    }
  });

  it.each(['0 0 30 2 *', '0 0 31 4 *', '0 0 30,31 2 *', '* * 31 2,4,6,9,11 *', '*/5 0 30 FEB *'])(
    'are none for %s, whose dates never come',
    (expression) => {
      expect(nextTimes(expression, 'Asia/Shanghai', '2026-01-01T00:00:00Z', 1)).toEqual([]);
    },
  );

  it('are none, and end, for a wall-clock run that the clocks always skip', () => {
    // The second Sunday of March, 02:00 to 03:00, is the hour that New York skips.
    expect(nextTimes('*/10 2 * 3 0#2', 'America/New_York', '2026-01-01T00:00:00Z', 1)).toEqual([]);
  });

  it.each([
    ['0 0 29 2 *', '2096-03-01T00:00:00Z', '2104-02-29T00:00:00.000Z'],
    ['*/5 * 29 2 *', '2096-03-01T00:00:00Z', '2104-02-29T00:00:00.000Z'],
    ['0 0 * 2 1#5', '2072-03-01T00:00:00Z', '2112-02-29T00:00:00.000Z'],
    ['* 0 * 2 1#5', '2072-03-01T00:00:00Z', '2112-02-29T00:00:00.000Z'],
  ])('of %s after %s begin at %s, however long the wait', (expression, after, expected) => {
    expect(nextTimes(expression, 'UTC', after, 1)).toEqual([expected]);
  });

  it('are right in the distant past and future, and end with the year 9999', () => {
    expect(nextTimes('0 18 * * *', 'Asia/Shanghai', '1970-01-01T00:00:00Z', 1)).toEqual([
      '1970-01-01T10:00:00.000Z',
    ]);
    expect(nextTimes('0 18 * * *', 'Asia/Shanghai', '2100-01-01T00:00:00Z', 1)).toEqual([
      '2100-01-01T10:00:00.000Z',
    ]);
    expect(nextTimes('0 18 * * *', 'UTC', '9999-12-31T00:00:00Z', 2)).toEqual(['9999-12-31T18:00:00.000Z']);
    expect(nextTimes('*/30 23 * * *', 'UTC', '9999-12-31T00:00:00Z', 3)).toHaveLength(2);
  });

  it('follow the wall clock through a change that reaches back over midnight', () => {
    // St John's: 00:01 became 23:01 of the day before.
    expect(nextTimes('*/20 23,0 * * *', 'America/St_Johns', '2010-11-07T02:25:00Z', 6)).toEqual([
      '2010-11-07T02:30:00.000Z', // 00:00, before the change
      '2010-11-07T02:50:00.000Z', // 23:20 again
      '2010-11-07T03:10:00.000Z',
      '2010-11-07T03:30:00.000Z', // 00:00 again
      '2010-11-07T03:50:00.000Z',
      '2010-11-07T04:10:00.000Z',
    ]);
  });

  it('do not disturb each other when two are read in turn', () => {
    const [one, other] = [fireTimes(weekdays, 'UTC', monday), fireTimes(weekdays, 'UTC', monday)];
    const turns = Array.from({ length: 5 }, () => [one.next().value, other.next().value]);
    for (const [first, second] of turns) expect(first).toBe(second);
  });
});

describe('fire times on one local date', () => {
  it.each([
    ['0 18 * * 1-5', 'Asia/Shanghai', '2026-10-10', ['2026-10-10T10:00']],
    ['0 8,18 1 1 *', 'Asia/Shanghai', '2026-10-10', ['2026-10-10T00:00', '2026-10-10T10:00']],
    ['0 0 30 2 *', 'UTC', '2026-10-10', ['2026-10-10T00:00']],
    ['30 2 * * 1', 'America/New_York', '2026-03-08', ['2026-03-08T07:00']],
    ['0,30 2,3 * * *', 'America/New_York', '2026-03-08', ['2026-03-08T07:00', '2026-03-08T07:30']],
    ['*/30 2 * * *', 'America/New_York', '2026-03-08', []],
    ['30 1 * * *', 'America/New_York', '2026-11-01', ['2026-11-01T05:30']],
    [
      '*/30 1 * * *',
      'America/New_York',
      '2026-11-01',
      ['2026-11-01T05:00', '2026-11-01T05:30', '2026-11-01T06:00', '2026-11-01T06:30'],
    ],
    ['0 9,18 * * *', 'Pacific/Apia', '2011-12-30', ['2011-12-30T10:00']],
    ['0 */6 * * *', 'Pacific/Apia', '2011-12-30', []],
    ['0 0 * * *', 'Pacific/Kiritimati', '2026-01-01', ['2025-12-31T10:00']],
    ['59 23 * * *', 'Pacific/Pago_Pago', '2026-01-01', ['2026-01-02T10:59']],
  ])('of %s in %s on %s are %j', (expression, timeZone, date, expected) => {
    expect(fireTimesOn(cronOf(expression), timeZone, date).map(isoOf)).toEqual(
      expected.map((at) => `${at}:00.000Z`),
    );
  });
});

/** Zones with a day on which something happens to their clocks; with the ordinary ones, nothing. */
const eventfulDays: [timeZone: string, from: string][] = [
  ['Asia/Shanghai', '2026-11-24T00:00:00Z'],
  ['UTC', '2026-02-28T12:00:00Z'],
  ['America/New_York', '2026-03-08T00:00:00Z'],
  ['Europe/Berlin', '2026-10-24T12:00:00Z'],
  ['Australia/Lord_Howe', '2025-10-04T06:00:00Z'],
  ['Australia/Lord_Howe', '2025-04-05T06:00:00Z'],
  ['Pacific/Chatham', '2026-09-26T06:00:00Z'],
  ['America/Nuuk', '2023-03-25T12:00:00Z'],
  ['America/Nuuk', '2024-10-26T12:00:00Z'],
  ['Africa/Casablanca', '2026-02-14T12:00:00Z'],
  ['Africa/Casablanca', '2026-03-21T12:00:00Z'],
  ['Antarctica/Troll', '2025-03-29T12:00:00Z'],
  ['America/Havana', '2026-11-01T00:00:00Z'],
  ['America/St_Johns', '2010-11-06T12:00:00Z'],
  ['Pacific/Apia', '2011-12-30T00:00:00Z'],
];

const nearby = (...hours: number[]) => fc.constantFrom(...hours.map(String));
const anyCron = fc
  .tuple(
    fc.oneof(nearby(0, 1, 30, 59), fc.constantFrom('*', '*/5', '*/7', '0,30', '10-50/20')),
    fc.oneof(nearby(0, 1, 2, 3, 22, 23), fc.constantFrom('*', '*/2', '0,1,2,3', '1-4', '22-23')),
    fc.constantFrom('*', '*', '*', '*/2', '1,15,30', 'L', '28-31'),
    fc.constantFrom('*', '*', '*/2', '3,10,12'),
    fc.constantFrom('*', '*', '1-5', '0,6', 'SAT#2', '6L'),
  )
  .map((fields) => fields.join(' '));

describe.each(eventfulDays)('in %s from %s', (timeZone, from) => {
  const start = Date.parse(from);

  it('one window over a day gives what its minutes give, joined', () => {
    fc.assert(
      fc.property(anyCron, (expression) => {
        const cron = cronOf(expression);
        const minutes: Instant[] = [];
        for (let after = start; after < start + day; after += minute) {
          minutes.push(...fireTimes(cron, timeZone, after, after + minute));
        }
        expect([...fireTimes(cron, timeZone, start, start + day)]).toEqual(minutes);
      }),
      { numRuns: 6 },
    );
  });

  it('times ascend without repeats, and the next is always after the start', () => {
    fc.assert(
      fc.property(anyCron, fc.integer({ min: 0, max: 2 * day }), (expression, ms) => {
        const after = start + ms;
        let last = after;
        for (const at of firstOf(fireTimes(cronOf(expression), timeZone, after, after + 40 * day), 200)) {
          expect(at).toBeGreaterThan(last);
          last = at;
        }
      }),
    );
  });

  it('a fixed time of day fires once on each local date', () => {
    for (let at = start - 3 * day; at < start + 3 * day; at += day) {
      for (const expression of ['30 1 * * *', '15 2 * * *', '0 0 * * *', '59 23 * * *']) {
        expect(fireTimesOn(cronOf(expression), timeZone, isoOf(at).slice(0, 10))).toHaveLength(1);
      }
    }
  });

  it('a run on every minute fires on every minute, whatever the clocks do', () => {
    const times = [...fireTimes(cronOf('* * * * *'), timeZone, start - 3 * day, start + 4 * day)];
    expect(times).toEqual(
      Array.from({ length: (7 * day) / minute }, (_, n) => start - 3 * day + (n + 1) * minute),
    );
  });
});
