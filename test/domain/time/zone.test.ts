import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { day, hour, minute } from '../../../lib/domain/time/instant.ts';
import {
  instantOf,
  parseTimeZone,
  resolveTimeZone,
  stretchAt,
  wallOf,
} from '../../../lib/domain/time/zone.ts';

const utc = (text: string) => Date.parse(`${text}Z`);

describe('the name of a zone', () => {
  it.each([
    ['Asia/Shanghai', 'Asia/Shanghai'],
    ['asia/shanghai', 'Asia/Shanghai'],
    ['AMERICA/SAO_PAULO', 'America/Sao_Paulo'],
    ['america/port-au-prince', 'America/Port-au-Prince'],
    ['america/port_of_spain', 'America/Port_of_Spain'],
    ['america/argentina/comodrivadavia', 'America/Argentina/ComodRivadavia'],
    ['america/north_dakota/new_salem', 'America/North_Dakota/New_Salem'],
    ['america/knox_in', 'America/Knox_IN'],
    ['africa/dar_es_salaam', 'Africa/Dar_es_Salaam'],
    ['antarctica/mcmurdo', 'Antarctica/McMurdo'],
    ['antarctica/dumontdurville', 'Antarctica/DumontDUrville'],
    ['australia/lord_howe', 'Australia/Lord_Howe'],
    ['australia/nsw', 'Australia/NSW'],
    ['mexico/bajanorte', 'Mexico/BajaNorte'],
    ['us/east-indiana', 'US/East-Indiana'],
    ['etc/gmt-8', 'Etc/GMT-8'],
    ['etc/greenwich', 'Etc/Greenwich'],
    ['etc/uct', 'Etc/UCT'],
    ['utc', 'UTC'],
    ['est5edt', 'EST5EDT'],
    ['gb-eire', 'GB-Eire'],
    ['w-su', 'W-SU'],
  ])('%s is spelled %s', (written, spelled) => {
    expect(resolveTimeZone(written)).toBe(spelled);
  });

  it.each([
    'Asia/Calcutta',
    'Asia/Kolkata',
    'Europe/Kiev',
    'Europe/Kyiv',
    'US/Eastern',
    'PRC',
    'GMT',
    'GMT0',
    'EST',
  ])('%s stays itself, although it is a link or an old name', (name) => {
    expect(resolveTimeZone(name)).toBe(name);
  });

  it('is known for every zone that the runtime lists, in any case', () => {
    for (const name of Intl.supportedValuesOf('timeZone')) {
      expect(resolveTimeZone(name)).toBe(name);
      expect(resolveTimeZone(name.toLowerCase())).toBe(name);
    }
  });

  it.each([
    ['', 'zone_missing', 'Asia/Shanghai'],
    ['  ', 'zone_missing', 'UTC'],
    ['CST', 'zone_abbreviation', 'America/Chicago or Asia/Shanghai'],
    ['cst', 'zone_abbreviation', 'Asia/Shanghai'],
    ['PST', 'zone_abbreviation', 'America/Los_Angeles'],
    ['IST', 'zone_abbreviation', 'Asia/Kolkata'],
    ['JST', 'zone_abbreviation', 'Asia/Shanghai'],
    ['ACT', 'zone_abbreviation', 'Asia/Shanghai'],
    ['CEST', 'zone_abbreviation', 'Europe/Berlin'],
    ['+08:00', 'zone_offset', 'Asia/Shanghai'],
    ['-0300', 'zone_offset', 'America/Sao_Paulo'],
    ['UTC+8', 'zone_offset', 'Asia/Shanghai'],
    ['UTC+25', 'zone_offset', 'Asia/Shanghai'],
    ['GMT +5:30', 'zone_offset', 'Asia/Shanghai'],
    ['8', 'zone_offset', 'Asia/Shanghai'],
    ['Asia/Beijing', 'zone_unknown', 'Asia/Shanghai'],
    ['China Standard Time', 'zone_unknown', 'Asia/Shanghai'],
    ['Asia/Shangai', 'zone_unknown', 'Asia/Shanghai'],
    ['Shanghai', 'zone_unknown', 'Asia/Shanghai'],
    [' Asia/Shanghai', 'zone_unknown', 'Asia/Shanghai'],
    ['Asia//Shanghai', 'zone_unknown', 'Asia/Shanghai'],
    ['Etc/GMT+15', 'zone_unknown', 'UTC'],
    ['Etc/Unknown', 'zone_unknown', 'UTC'],
    ['SystemV/EST5EDT', 'zone_unknown', 'UTC'],
    ['US/Pacific-New', 'zone_unknown', 'UTC'],
    ['US', 'zone_unknown', 'UTC'],
    ['Factory', 'zone_unknown', 'UTC'],
    ['Local', 'zone_unknown', 'UTC'],
    ['__proto__', 'zone_unknown', 'UTC'],
  ])('"%s" is refused as %s, and the hint names %s', (name, code, place) => {
    const parsed = parseTimeZone(name, 'defaults.timeZone');
    expect(parsed).toMatchObject({ problem: { path: 'defaults.timeZone', code } });
    expect('problem' in parsed && parsed.problem.message).toContain(place);
  });

  it('is not echoed at any length in a refusal', () => {
    const parsed = parseTimeZone('x'.repeat(100_000), 'tz');
    expect('problem' in parsed && parsed.problem.message.length).toBeLessThan(300);
  });

  it('comes out spelled when it is good', () => {
    expect(parseTimeZone('europe/istanbul', 'tz')).toEqual({ timeZone: 'Europe/Istanbul' });
  });
});

describe('the local time', () => {
  it.each([
    ['Asia/Shanghai', '2026-11-24T10:00', '2026-11-24T18:00'],
    ['America/Sao_Paulo', '2026-12-06T01:00', '2026-12-05T22:00'],
    ['Asia/Kathmandu', '2026-01-01T00:00', '2026-01-01T05:45'],
    ['Pacific/Chatham', '2026-01-01T00:00', '2026-01-01T13:45'],
    ['America/New_York', '2026-03-08T06:59', '2026-03-08T01:59'],
    ['America/New_York', '2026-03-08T07:00', '2026-03-08T03:00'],
    ['Pacific/Apia', '2011-12-30T09:59', '2011-12-29T23:59'],
    ['Pacific/Apia', '2011-12-30T10:00', '2011-12-31T00:00'],
    ['Africa/Monrovia', '1971-06-01T00:44:30', '1971-06-01T00:00'],
    ['America/Recife', '2000-10-10T12:00', '2000-10-10T10:00'],
    ['America/Recife', '2000-10-20T12:00', '2000-10-20T09:00'],
    ['America/Argentina/Tucuman', '2004-06-07T12:00', '2004-06-07T08:00'],
    ['Africa/Cairo', '2010-09-20T12:00', '2010-09-20T15:00'],
    ['Africa/Casablanca', '2026-03-01T12:00', '2026-03-01T12:00'],
  ])('in %s at %s UTC is %s', (timeZone, at, wall) => {
    expect(new Date(wallOf(utc(at), timeZone)).toISOString()).toBe(new Date(utc(wall)).toISOString());
  });
});

describe('the instant of a local time', () => {
  it.each([
    ['an ordinary time', 'Asia/Shanghai', '2026-11-24T18:00', '2026-11-24T10:00'],
    [
      'a skipped time: the first instant after the gap',
      'America/New_York',
      '2026-03-08T02:30',
      '2026-03-08T07:00',
    ],
    ['the first time after a gap', 'America/New_York', '2026-03-08T03:00', '2026-03-08T07:00'],
    ['a repeated time: the first of the two', 'America/New_York', '2026-11-01T01:30', '2026-11-01T05:30'],
    ['the end of a repeated hour', 'America/New_York', '2026-11-01T02:00', '2026-11-01T07:00'],
    ['a gap of half an hour', 'Australia/Lord_Howe', '2025-10-05T02:15', '2025-10-04T15:30'],
    ['a gap of two hours', 'Antarctica/Troll', '2025-03-30T01:01', '2025-03-30T01:00'],
    ['a gap at midnight', 'America/Havana', '2026-03-08T00:30', '2026-03-08T05:00'],
    ['a gap before midnight', 'America/Nuuk', '2024-03-30T23:30', '2024-03-31T01:00'],
    ['a whole day skipped', 'Pacific/Apia', '2011-12-30T18:00', '2011-12-30T10:00'],
    ['a time repeated from the day before', 'America/St_Johns', '2010-11-06T23:30', '2010-11-07T02:00'],
    [
      'a time after a change that crosses midnight',
      'America/St_Johns',
      '2010-11-07T00:01',
      '2010-11-07T03:31',
    ],
  ])('is right for %s', (_, timeZone, wall, at) => {
    expect(new Date(instantOf(utc(wall), timeZone)).toISOString()).toBe(new Date(utc(at)).toISOString());
  });
});

const anyZone = fc.constantFrom(...Intl.supportedValuesOf('timeZone'));
const anyMinute = fc
  .integer({ min: Date.UTC(1973, 0) / minute, max: Date.UTC(2060, 0) / minute })
  .map((n) => n * minute);

describe('local time and instants', () => {
  it('agree with the clock that Intl shows', () => {
    fc.assert(
      fc.property(anyZone, anyMinute, (timeZone, at) => {
        expect(wallOf(at, timeZone)).toBe(wallShownByIntl(at, timeZone));
      }),
    );
  });

  it.each([
    'America/Recife',
    'America/Maceio',
    'America/Argentina/Tucuman',
    'America/Argentina/San_Luis',
    'America/Catamarca',
    'Africa/Cairo',
    'Africa/Casablanca',
    'Asia/Hebron',
    'Pacific/Fiji',
  ])('agree with it on every day in %s, whose clocks changed and changed back within weeks', (timeZone) => {
    for (let at = utc('1999-01-01T00:00'); at < utc('2025-01-01T00:00'); at += day) {
      expect(wallOf(at, timeZone)).toBe(wallShownByIntl(at, timeZone));
    }
  });

  it('agree with each other: no earlier instant shows the time or a later one', () => {
    fc.assert(
      fc.property(anyZone, anyMinute, (timeZone, wallMs) => {
        const at = instantOf(wallMs, timeZone);
        expect(wallOf(at, timeZone)).toBeGreaterThanOrEqual(wallMs);
        for (let before = at - minute; before > at - 2 * hour; before -= minute) {
          expect(wallOf(before, timeZone)).toBeLessThan(wallMs);
        }
      }),
    );
  });

  it('keep one offset over a stretch, and stretches join without a hole', () => {
    fc.assert(
      fc.property(anyZone, anyMinute, (timeZone, at) => {
        const { from, to, offsetMs } = stretchAt(at, timeZone);
        expect(from).toBeLessThanOrEqual(at);
        expect(to).toBeGreaterThan(at);
        for (let inside = from; inside < to; inside += day) {
          expect(wallShownByIntl(inside, timeZone) - inside).toBe(offsetMs);
        }
        expect(stretchAt(to, timeZone).from).toBe(to);
      }),
    );
  });

  it('come out the same after more of them than are remembered', () => {
    const at = utc('2026-11-24T10:00');
    for (let years = 0; years < 500; years += 0.25) wallOf(at + years * 365 * day, 'Europe/Lisbon');
    expect(wallOf(at, 'Europe/Lisbon')).toBe(at);
  });
});

const formats = new Map<string, Intl.DateTimeFormat>();

function wallShownByIntl(at: number, timeZone: string): number {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  formats.set(timeZone, format);
  return Date.parse(`${format.format(at).replace(' ', 'T')}Z`);
}
