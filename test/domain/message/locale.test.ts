import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveLocale, sayDate, sayTimeLeft } from '../../../lib/domain/message/locale.ts';
import { longestDate, longestTimeLeft } from '../../../lib/domain/message/longest-text.ts';
import { hour, minute, second } from '../../../lib/domain/time/instant.ts';

const locales = ['zh-CN', 'es', 'pt-BR', 'en', 'de', 'tr', 'ar'];

describe('the time left in words', () => {
  it.each([
    ['zh-CN', '1天2小时', '2小时5分钟', '15分钟', '45秒钟', '现在'],
    ['es', '1 día y 2 horas', '2 horas y 5 minutos', '15 minutos', '45 segundos', 'ahora'],
    ['pt-BR', '1 dia e 2 horas', '2 horas e 5 minutos', '15 minutos', '45 segundos', 'agora'],
    ['en', '1 day, 2 hours', '2 hours, 5 minutes', '15 minutes', '45 seconds', 'now'],
    ['de', '1 Tag, 2 Stunden', '2 Stunden, 5 Minuten', '15 Minuten', '45 Sekunden', 'jetzt'],
    ['tr', '1 gün 2 saat', '2 saat 5 dakika', '15 dakika', '45 saniye', 'şimdi'],
    ['ar', 'يوم وساعتان', 'ساعتان و5 دقائق', '15 دقيقة', '45 ثانية', 'الآن'],
  ])('is said in %s', (locale, ...said) => {
    const left = [26 * hour, 125 * minute, 15 * minute, 45 * second, 0];
    expect(left.map((leftMs) => sayTimeLeft(locale, leftMs))).toEqual(said);
  });

  it.each([
    [-minute, 'now'],
    [0.4 * second, 'now'],
    [0.5 * second, '1 second'],
    [59.6 * second, '60 seconds'],
    [89.4 * second, '89 seconds'],
    [89.5 * second, '2 minutes'],
    [90 * second, '2 minutes'],
    [119.9 * second, '2 minutes'],
    [2 * minute, '2 minutes'],
    [149 * second, '2 minutes'],
    [150 * second, '3 minutes'],
    [15 * minute - 1.9 * second, '15 minutes'],
    [59.4 * minute, '59 minutes'],
    [59.6 * minute, '1 hour'],
    [60.4 * minute, '1 hour'],
    [61 * minute, '1 hour, 1 minute'],
    [119.6 * minute, '2 hours'],
    [24 * hour - 2 * second, '1 day'],
    [23 * hour + 59.4 * minute, '23 hours, 59 minutes'],
    [24 * hour + 29 * minute, '1 day'],
    [24 * hour + 30 * minute, '1 day, 1 hour'],
    [47.6 * hour, '2 days'],
    [28 * 24 * hour, '28 days'],
  ])('rounds %i ms to "%s"', (leftMs, said) => {
    expect(sayTimeLeft('en', leftMs)).toBe(said);
  });

  it('is never further from the truth than half of what it rounds to', () => {
    const unitMs = { day: 24 * hour, hour, minute, second };
    fc.assert(
      fc.property(fc.integer({ min: 500, max: 28 * 24 * hour }), (leftMs) => {
        const saidMs = [...sayTimeLeft('en', leftMs).matchAll(/(\d+) (day|hour|minute|second)/g)].reduce(
          (sum, [, count, unit]) => sum + Number(count) * unitMs[unit as keyof typeof unitMs],
          0,
        );
        const tolerance =
          leftMs >= 24 * hour - 30.5 * second ? 30 * minute : leftMs >= 89.5 * second ? 30 * second : 0;
        expect(Math.abs(saidMs - leftMs)).toBeLessThanOrEqual(tolerance + second / 2);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(locales)('is never longer in %s than the longest that is reckoned with', (locale) => {
    const longest = [60, 90, 3_600, 86_400, 28 * 86_400].map((leadSeconds) => ({
      leadSeconds,
      length: longestTimeLeft(locale, leadSeconds).length,
    }));
    fc.assert(
      fc.property(
        fc.constantFrom(...longest),
        fc.double({ min: 0, max: 1, noNaN: true }),
        ({ leadSeconds, length }, part) => {
          expect(sayTimeLeft(locale, part * leadSeconds * second).length).toBeLessThanOrEqual(length);
        },
      ),
    );
  });
});

describe('the date in words', () => {
  it.each([
    ['zh-CN', '2026年12月5日'],
    ['es', '5 de diciembre de 2026'],
    ['pt-BR', '5 de dezembro de 2026'],
    ['en', 'December 5, 2026'],
    ['de', '5. Dezember 2026'],
    ['tr', '5 Aralık 2026'],
    ['ar', '5 ديسمبر 2026'],
  ])('is the long date of %s', (locale, said) => {
    expect(sayDate(locale, 'UTC', Date.UTC(2026, 11, 5, 12))).toBe(said);
  });

  it('is the date in the zone that is asked for', () => {
    expect(sayDate('en', 'Asia/Shanghai', Date.UTC(2026, 11, 5, 16))).toBe('December 6, 2026');
  });

  it.each(locales)('is never longer in %s than the longest that is reckoned with', (locale) => {
    const longest = longestDate(locale).length;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 50_000 }), (days) => {
        expect(sayDate(locale, 'UTC', days * 24 * hour).length).toBeLessThanOrEqual(longest);
      }),
    );
  });
});

describe('a language tag', () => {
  it.each([
    ['zh-cn', { locale: 'zh-CN' }],
    ['PT-br', { locale: 'pt-BR' }],
    ['en', { locale: 'en' }],
    ['xx', 'unknown'],
    ['tlh', 'unknown'],
    ['und', 'unknown'],
    ['', 'malformed'],
    ['zh_CN', 'malformed'],
    ['not a tag', 'malformed'],
  ])('%j is resolved', (tag, resolved) => {
    expect(resolveLocale(tag)).toEqual(resolved);
  });
});
