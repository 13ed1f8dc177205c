import { type Instant, second } from '../time/instant.ts';

// Each formatter holds some kilobytes of ICU data; a site uses a handful.
const cacheSize = 200;

/** Makes a value once per key. The whole cache is dropped when it is full: simpler than ageing, and as bounded. */
export function remember<T>(cache: Map<string, T>, key: string, make: () => T): T {
  const known = cache.get(key);
  if (known !== undefined) return known;
  if (cache.size >= cacheSize) cache.clear();
  const made = make();
  cache.set(key, made);
  return made;
}

const durationFormats = new Map<string, Intl.DurationFormat>();
const dateFormats = new Map<string, Intl.DateTimeFormat>();
const nowWords = new Map<string, string>();

/** The locale in its canonical spelling; `malformed` when it is no BCP 47 tag, `unknown` without language data. */
export function resolveLocale(tag: string): { locale: string } | 'malformed' | 'unknown' {
  const [locale] = canonicalLocales(tag);
  if (locale === undefined) return 'malformed';
  // Without data Intl falls back to the host's language in silence.
  const isKnown = [Intl.DurationFormat, Intl.DateTimeFormat, Intl.RelativeTimeFormat].every(
    (format) => format.supportedLocalesOf(locale).length > 0,
  );
  return isKnown ? { locale } : 'unknown';
}

function canonicalLocales(tag: string): string[] {
  try {
    return Intl.getCanonicalLocales(tag);
  } catch {
    return [];
  }
}

/** The long date of an instant, as in "5 de dezembro de 2026". */
export function sayDate(locale: string, timeZone: string, at: Instant): string {
  const format = remember(
    dateFormats,
    `${locale} ${timeZone}`,
    () => new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone }),
  );
  return format.format(at);
}

/** Whole seconds left, as far as words go: what is over counts as 0. */
export function secondsLeft(leftMs: number): number {
  return Math.max(0, Math.round(leftMs / second));
}

/**
 * Says how much time is left, in at most two units: "2 hours, 5 minutes".
 *
 * Rounds to the nearest second below 90 s, to the nearest minute below a day, else to the nearest hour; with
 * nothing left it is the locale's "now".
 */
export function sayTimeLeft(locale: string, leftMs: number): string {
  const seconds = secondsLeft(leftMs);
  return seconds === 0 ? sayNow(locale) : sayUnits(locale, unitsOf(seconds));
}

/** A span of time, split as it is spoken. */
export type Units = { days?: number; hours?: number; minutes?: number; seconds?: number };

/** Splits whole seconds. Rounds before it splits, so that 59.6 minutes are 1 hour and never "60 minutes". */
export function unitsOf(seconds: number): Units {
  if (seconds < 90) return { seconds };
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return { hours: Math.floor(minutes / 60), minutes: minutes % 60 };
  const hours = Math.round(seconds / 3_600);
  return { days: Math.floor(hours / 24), hours: hours % 24 };
}

/** Says a span in the locale's words; a unit of 0 is left out. */
export function sayUnits(locale: string, units: Units): string {
  const format = remember(durationFormats, locale, () => new Intl.DurationFormat(locale, { style: 'long' }));
  return format.format(units);
}

/** The locale's "now". */
export function sayNow(locale: string): string {
  return remember(nowWords, locale, () =>
    new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(0, 'second'),
  );
}
