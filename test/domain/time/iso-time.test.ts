import { describe, expect, it } from 'vitest';
import {
  parseDate,
  parseInstant,
  parseLocalTime,
  printLocalTime,
} from '../../../lib/domain/time/iso-time.ts';

describe('written times', () => {
  it.each(['2026-02-28', '2028-02-29', '1900-01-01', '2199-12-31'])('knows the day %s', (date) => {
    expect(parseDate(date)).toBe(Date.parse(`${date}T00:00:00Z`));
  });

  it.each([
    '2026-02-29',
    '2026-02-30',
    '2026-13-01',
    '2026-00-10',
    '2026-10-32',
    '2026-1-1',
    '1899-12-31',
    '2200-01-01',
    '',
  ])('knows no day %j', (date) => {
    expect(parseDate(date)).toBeUndefined();
  });

  it.each([
    ['2026-12-05T22:00', '2026-12-05T22:00'],
    ['2026-12-05T22:00:00', '2026-12-05T22:00'],
    ['2026-12-05T22:00:30', '2026-12-05T22:00:30'],
  ])('reads the local time %s and writes it as %s', (written, printed) => {
    expect(printLocalTime(parseLocalTime(written) ?? Number.NaN)).toBe(printed);
  });

  it.each([
    '2026-12-05',
    '2026-12-05T24:00',
    '2026-12-05T22:60',
    '2026-02-30T10:00',
    '2026-12-05T22:00Z',
    '2026-12-05 22:00',
  ])('refuses the local time %j', (written) => {
    expect(parseLocalTime(written)).toBeUndefined();
  });

  it.each([
    ['2026-10-01T00:00Z', '2026-10-01T00:00:00.000Z'],
    ['2026-10-01T08:00:00+08:00', '2026-10-01T00:00:00.000Z'],
    ['2026-10-01T00:00:00.25-03:00', '2026-10-01T03:00:00.250Z'],
  ])('reads the instant %s', (written, iso) => {
    expect(new Date(parseInstant(written) ?? Number.NaN).toISOString()).toBe(iso);
  });

  it.each([
    '2026-10-01',
    '2026-10-01T00:00',
    '2026-02-30T00:00Z',
    '2026-10-01T24:00Z',
    '2026-10-01T00:00+15:00',
    '1790812800000',
  ])('refuses the instant %j', (written) => {
    expect(parseInstant(written)).toBeUndefined();
  });
});
