import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countingEventsOf,
  deadlineOf,
  endOf,
  eventsOf,
  type Notification,
  notificationsOf,
  unwantedReason,
} from '../../../lib/domain/schedule/notifications.ts';
import { parseDuration } from '../../../lib/domain/time/duration.ts';
import { day, hour, isoOf, minute, second } from '../../../lib/domain/time/instant.ts';
import { aDefinition, at } from '../table/a-definition.ts';

const holidays = { name: 'cn-holidays', exclude: ['2026-10-01..2026-10-07'], include: ['2026-10-10'] };

/** Events between two instants, as people would note them. */
function eventsBetween(changes: Record<string, unknown>, from: string, to: string): string[] {
  return [...eventsOf({ definition: aDefinition(changes) }, at(from), at(to))].map(
    ({ eventAt, unwanted }) => {
      const shown = isoOf(eventAt).slice(0, 16);
      return unwanted?.code === 'calendar' ? `${shown} ${unwanted.calendar}` : shown;
    },
  );
}

describe('the events of a schedule', () => {
  it.each<[string, Record<string, unknown>, string, string, string[]]>([
    [
      'follow the cron in its zone, after the one end and up to the other',
      { cron: '0 18 * * 1-5', timeZone: 'Asia/Shanghai' },
      '2026-11-26T10:00:00Z',
      '2026-11-30T10:00:00Z',
      ['2026-11-27T10:00', '2026-11-30T10:00'],
    ],
    [
      'begin with startAt and end before endAt',
      { startAt: '2026-11-02T18:00:00Z', endAt: '2026-11-04T18:00:00Z' },
      '2026-01-01T00:00:00Z',
      '2027-01-01T00:00:00Z',
      ['2026-11-02T18:00', '2026-11-03T18:00'],
    ],
    [
      'are none after endAt, whatever is asked for',
      { endAt: '2026-11-04T18:00:00Z' },
      '2026-12-01T00:00:00Z',
      '2027-01-01T00:00:00Z',
      [],
    ],
    [
      'stay in the list when a calendar excludes their local date',
      { cron: '0 7 * * *', timeZone: 'Asia/Shanghai', calendars: [holidays] },
      '2026-09-29T00:00:00Z',
      '2026-10-01T00:00:00Z',
      // 07:00 in Shanghai is 23:00 of the day before in UTC.
      ['2026-09-29T23:00', '2026-09-30T23:00 cn-holidays'],
    ],
    [
      'happen on an included date at the hours of the cron, though its weekday would not',
      { cron: '0,30 18 * * 1-5', timeZone: 'Asia/Shanghai', calendars: [holidays] },
      '2026-10-09T12:00:00Z',
      '2026-10-12T10:00:00Z',
      ['2026-10-10T10:00', '2026-10-10T10:30', '2026-10-12T10:00'],
    ],
    [
      'happen on an included date that has already begun',
      { cron: '0 18 1 1 *', timeZone: 'Asia/Shanghai', calendars: [holidays] },
      '2026-10-10T09:00:00Z',
      '2026-10-12T00:00:00Z',
      ['2026-10-10T10:00'],
    ],
    [
      'happen right after a date that the clocks skip as a whole',
      { timeZone: 'Pacific/Apia', cron: '0 18 1 1 *', calendars: [{ name: 'x', include: ['2011-12-30'] }] },
      '2011-12-20T00:00:00Z',
      '2011-12-31T12:00:00Z',
      ['2011-12-30T10:00'],
    ],
    [
      'happen once on an included date that the cron has anyway',
      { calendars: [{ name: 'x', include: ['2026-10-10..2026-10-11'] }] },
      '2026-10-09T20:00:00Z',
      '2026-10-12T00:00:00Z',
      ['2026-10-10T18:00', '2026-10-11T18:00'],
    ],
    [
      'happen where one calendar includes what another excludes',
      {
        calendars: [
          { name: 'x', exclude: ['2026-10-10..2026-10-11'] },
          { name: 'y', include: ['2026-10-11'] },
        ],
      },
      '2026-10-09T20:00:00Z',
      '2026-10-12T00:00:00Z',
      ['2026-10-10T18:00 x', '2026-10-11T18:00'],
    ],
    [
      'count on an included date only within startAt and endAt',
      {
        cron: '0 18 1 1 *',
        calendars: [{ name: 'x', include: ['2026-10-10..2026-10-20'] }],
        startAt: '2026-10-12T00:00:00Z',
        endAt: '2026-10-13T18:00:00Z',
      },
      '2026-10-01T00:00:00Z',
      '2026-12-01T00:00:00Z',
      ['2026-10-12T18:00'],
    ],
    [
      'happen once at a local time',
      { cron: undefined, at: '2026-12-05T22:00', timeZone: 'America/Sao_Paulo' },
      '2026-01-01T00:00:00Z',
      '2028-01-01T00:00:00Z',
      ['2026-12-06T01:00'],
    ],
    [
      'happen at the first of two repeated local times',
      { cron: undefined, at: '2026-10-25T02:30', timeZone: 'Europe/Berlin' },
      '2026-01-01T00:00:00Z',
      '2028-01-01T00:00:00Z',
      ['2026-10-25T00:30'],
    ],
    [
      'happen right after the gap that a local time falls into',
      { cron: undefined, at: '2027-03-28T02:30', timeZone: 'Europe/Berlin' },
      '2026-01-01T00:00:00Z',
      '2028-01-01T00:00:00Z',
      ['2027-03-28T01:00'],
    ],
    [
      'can be excluded when there is one, but not included',
      {
        cron: undefined,
        at: '2026-10-10T22:00',
        calendars: [holidays, { name: 'freeze', exclude: ['2026-10-10'] }],
      },
      '2026-01-01T00:00:00Z',
      '2028-01-01T00:00:00Z',
      ['2026-10-10T22:00 freeze'],
    ],
  ])('%s', (_, changes, from, to, events) => {
    expect(eventsBetween(changes, from, to)).toEqual(events);
  });

  it('go on without end when none is asked for, and cost nothing until then', () => {
    const events = eventsOf({ definition: aDefinition({ cron: '0 0 29 2 *' }) }, at('2026-01-01T00:00:00Z'));
    expect([events.next().value, events.next().value]).toEqual([
      { eventAt: at('2028-02-29T00:00:00Z') },
      { eventAt: at('2032-02-29T00:00:00Z') },
    ]);
  });

  it('come to an end by themselves when there are no more', () => {
    const once = aDefinition({ cron: '0 0 30 2 *', calendars: [holidays] });
    expect([...eventsOf({ definition: once }, at('2026-01-01T00:00:00Z'))]).toEqual([
      { eventAt: at('2026-10-10T00:00:00Z') },
    ]);
  });

  it('end where endOf says, if they end', () => {
    const once = { cron: undefined, at: '2026-12-05T22:00' };
    expect(endOf({ definition: aDefinition() })).toBeUndefined();
    expect(endOf({ definition: aDefinition(once) })).toBe(at('2026-12-05T22:00:00Z'));
    expect(endOf({ definition: aDefinition({ endAt: '2026-11-01T00:00:00Z' }) })).toBe(
      at('2026-11-01T00:00:00Z'),
    );
    expect(endOf({ definition: aDefinition({ ...once, endAt: '2026-11-01T00:00:00Z' }) })).toBe(
      at('2026-11-01T00:00:00Z'),
    );
  });
});

/** Schedules of many kinds, and a window somewhere in a year. */
const schedules = fc
  .record({
    cron: fc.constantFrom('0 18 * * 1-5', '*/7 8-17 * * *', '30 2 * * *', '15 */6 1,15 * *', '@hourly'),
    timeZone: fc.constantFrom(
      'UTC',
      'Asia/Shanghai',
      'Europe/Berlin',
      'Australia/Lord_Howe',
      'America/Sao_Paulo',
    ),
    leadTimes: fc.constantFrom(['0m'], ['1h', '15m', '2m'], ['5m', '1d', '0m', '90s'], ['28d', '6h']),
    calendars: fc.constantFrom(
      [],
      [holidays],
      [holidays, { name: 'x', include: ['2026-03-27..2026-03-30'] }],
    ),
  })
  .map((changes) => aDefinition(changes));
const starts = fc
  .integer({ min: 0, max: 365 * 24 * 60 })
  .map((minutes) => at('2026-01-01T00:00:00Z') + minutes * minute);

describe('the notifications of a schedule', () => {
  it('are due before their events, in the order in which they are due, the further lead time first', () => {
    const definition = aDefinition({
      cron: '0 * * * *',
      leadTimes: ['30m', { before: '90m', message: 'own' }, '1h'],
    });
    const due = [...notificationsOf({ definition }, at('2026-10-01T00:00:00Z'), at('2026-10-01T01:00:00Z'))];
    expect(
      due.map(({ eventAt, leadSeconds, dueAt }) => [
        isoOf(dueAt).slice(11, 16),
        leadSeconds,
        isoOf(eventAt).slice(11, 16),
      ]),
    ).toEqual([
      ['00:30', 5_400, '02:00'],
      ['00:30', 1_800, '01:00'],
      ['01:00', 3_600, '02:00'],
    ]);
  });

  it('are there for excluded events too', () => {
    const definition = aDefinition({ calendars: [holidays] });
    const due = [...notificationsOf({ definition }, at('2026-10-01T00:00:00Z'), at('2026-10-02T00:00:00Z'))];
    expect(due).toHaveLength(1);
  });

  it('are as many events times lead times, whatever is asked for', () => {
    fc.assert(
      fc.property(schedules, starts, (definition, after) => {
        const until = after + 3 * day;
        const due = [...notificationsOf({ definition }, after, until)];
        const expected = definition.leadTimes.flatMap((leadTime) => {
          const leadMs = (parseDuration(String(leadTime)) ?? Number.NaN) * second;
          return [...eventsOf({ definition }, after + leadMs, until + leadMs)].map(
            ({ eventAt }) => eventAt - leadMs,
          );
        });
        expect(due.map(({ dueAt }) => dueAt)).toEqual(expected.sort((a, b) => a - b));
        expect(due.every(({ eventAt, leadSeconds, dueAt }) => dueAt === eventAt - leadSeconds * second)).toBe(
          true,
        );
      }),
      { numRuns: 60 },
    );
  });

  it('are the same read in one window or piece by piece', () => {
    const pieces = fc.array(fc.integer({ min: 1, max: 9 * hour }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(schedules, starts, pieces, (definition, after, lengths) => {
        const found: Notification[] = [];
        let cursor = after;
        for (const length of lengths) {
          found.push(...notificationsOf({ definition }, cursor, cursor + length));
          cursor += length;
        }
        expect(found).toEqual([...notificationsOf({ definition }, after, cursor)]);
      }),
      { numRuns: 60 },
    );
  });
});

describe('the deadline of a notification', () => {
  const eventAt = at('2026-10-12T18:00:00Z');

  it.each<[string, Record<string, unknown>, number, string]>([
    ['is its due time and the lateness', { leadTimes: ['1h', '10m'] }, 3_600, '17:05:00'],
    [
      'is its due time and another lateness',
      { leadTimes: ['1h', '10m'], maxLateness: '20m' },
      3_600,
      '17:20:00',
    ],
    ['is 30 s before the next lead time', { leadTimes: ['15m', '10m'] }, 900, '17:49:30'],
    [
      'is 30 s before the next lead time, in whichever order they are written',
      { leadTimes: ['10m', '15m'] },
      900,
      '17:49:30',
    ],
    ['is 30 s before the event', { leadTimes: ['15m', '2m'] }, 120, '17:59:30'],
    ['is halfway to what is less than a minute off', { leadTimes: ['40s'] }, 40, '17:59:40'],
    ['is halfway to a lead time that is a minute off', { leadTimes: ['3m', '2m'] }, 180, '17:57:30'],
    ['is the lateness at the event itself, with a day to the next', { leadTimes: ['0m'] }, 0, '18:05:00'],
    ['is 30 s before the next event', { cron: '*/3 * * * *', leadTimes: ['0m'] }, 0, '18:02:30'],
    ['is halfway to an event a minute later', { cron: '* * * * *', leadTimes: ['0m'] }, 0, '18:00:30'],
    ['heeds an event at the end of the lateness', { cron: '*/5 * * * *', leadTimes: ['0m'] }, 0, '18:04:30'],
    [
      'heeds an event just beyond the lateness',
      { cron: '*/2 * * * *', leadTimes: ['0m'], maxLateness: '100s' },
      0,
      '18:01:30',
    ],
    [
      'is reckoned for a lead time that the schedule no longer has',
      { leadTimes: ['1h', '10m'] },
      700,
      '17:49:30',
    ],
  ])('%s', (_, changes, leadSeconds, deadline) => {
    const definition = aDefinition(changes);
    expect(isoOf(deadlineOf({ definition }, { eventAt, leadSeconds })).slice(11, 19)).toBe(deadline);
  });

  it('is after the due time, and before anything newer about the same event', () => {
    fc.assert(
      fc.property(schedules, starts, (definition, after) => {
        for (const { eventAt: event, leadSeconds, dueAt } of notificationsOf(
          { definition },
          after,
          after + 12 * hour,
        )) {
          const deadline = deadlineOf({ definition }, { eventAt: event, leadSeconds });
          const newer = [...notificationsOf({ definition }, dueAt, dueAt + day)].find(
            (other) => other.eventAt === event,
          );
          expect(deadline).toBeGreaterThan(dueAt);
          expect(deadline).toBeLessThanOrEqual(dueAt + 5 * minute);
          expect(deadline).toBeLessThan(newer?.dueAt ?? Number.POSITIVE_INFINITY);
          if (leadSeconds > 0) expect(deadline).toBeLessThan(event);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('a notification is still wanted', () => {
  const key = { eventAt: at('2026-10-12T18:00:00Z'), leadSeconds: 900 };
  const plain = { leadTimes: ['15m'] };

  it.each<[string, Record<string, unknown>, unknown]>([
    ['by the schedule that planned it', plain, undefined],
    ['by one that writes the lead time otherwise', { leadTimes: ['900s', '1h'] }, undefined],
    ['by one with another text', { ...plain, message: 'other' }, undefined],
    ['unless it is disabled', { ...plain, enabled: false }, { code: 'disabled' }],
    ['unless the lead time is gone', { leadTimes: ['10m'] }, { code: 'changed' }],
    ['unless the pool is gone', { ...plain, pools: ['hr'] }, { code: 'changed' }],
    ['unless the event is gone', { ...plain, cron: '1 18 * * *' }, { code: 'changed' }],
    [
      'unless the event has moved by seconds',
      { ...plain, cron: undefined, at: '2026-10-12T17:59:30' },
      { code: 'changed' },
    ],
    ['unless the zone has moved the event', { ...plain, timeZone: 'Asia/Tokyo' }, { code: 'changed' }],
    ['unless it has ended by then', { ...plain, endAt: '2026-10-12T18:00:00Z' }, { code: 'changed' }],
    ['though it has ended right after', { ...plain, endAt: '2026-10-12T18:00:00.001Z' }, undefined],
    [
      'unless a calendar excludes the day',
      { ...plain, calendars: [{ name: 'freeze', exclude: ['2026-10-12'] }] },
      { code: 'calendar', calendar: 'freeze' },
    ],
  ])('%s', (_, changes, reason) => {
    expect(unwantedReason({ definition: aDefinition(changes) }, key, 'finance')).toEqual(reason);
  });

  it('whenever the schedule names it and no calendar is in the way', () => {
    fc.assert(
      fc.property(schedules, starts, (definition, after) => {
        for (const notification of notificationsOf({ definition }, after, after + day)) {
          const reason = unwantedReason({ definition }, notification, 'finance');
          const { eventAt } = notification;
          const occurrence = eventsOf({ definition }, eventAt - 1, eventAt).next().value;
          expect(reason).toEqual(occurrence?.unwanted);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('the events that count', () => {
  it('are those of the schedule that nothing takes away, however they are searched', () => {
    const date = fc
      .integer({ min: 0, max: 40 })
      .map((n) => isoOf(at('2026-10-20T00:00:00Z') + n * day).slice(0, 10));
    const range = fc.tuple(date, date).map((ends) => ends.toSorted().join('..'));
    const calendars = fc.array(
      fc.record({ exclude: fc.array(range, { maxLength: 4 }), include: fc.array(range, { maxLength: 2 }) }),
      { maxLength: 3 },
    );
    const cron = fc.constantFrom('0 18 * * 1-5', '*/30 * * * *', '30 1 * * *', '0 0 1,15 * *', '15 2 * * 0');
    const timeZone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe');
    const moves = fc.array(fc.tuple(fc.nat(20), fc.nat(60)), { maxLength: 3 });
    fc.assert(
      fc.property(calendars, cron, timeZone, moves, (lists, expression, zone, moved) => {
        const named = lists.map((list, i) => ({ name: `c${i}`, ...list }));
        const definition = aDefinition({ cron: expression, timeZone: zone, calendars: named });
        const [from, to] = [at('2026-10-15T12:00:00Z'), at('2026-12-05T00:00:00Z')];
        const written = [...eventsOf({ definition }, from, to)];
        const exceptions = moved.flatMap(([which, hours]) => {
          const eventAt = written[which]?.eventAt;
          return eventAt === undefined ? [] : { eventAt, movedTo: eventAt + hours * hour + second };
        });
        const rules = { definition, exceptions };
        const expected = [...eventsOf(rules, from, to)].filter(({ unwanted }) => unwanted === undefined);
        expect([...countingEventsOf(rules, from, to)]).toEqual(expected.map(({ eventAt }) => eventAt));
      }),
      { numRuns: 300 },
    );
  });
});
