import { countCharacters } from '../input/characters.ts';
import { sayDate, sayTimeLeft, secondsLeft } from '../message/locale.ts';
import { longestDate, longestTimeLeft } from '../message/longest-text.ts';
import {
  bracePattern,
  type LocalText,
  type Message,
  type Placeholder,
  placeholderOf,
  placeholdersIn,
} from '../message/message.ts';
import type { Instant } from '../time/instant.ts';
import { wallOf } from '../time/zone.ts';
import { type LeadTime, leadSecondsOf } from './lead-time.ts';

type Values = Record<Placeholder, () => string>;

/** A schedule, as far as its texts are concerned. */
type Speaker = {
  readonly id: string;
  readonly timeZone: string;
  readonly locale: string;
  readonly message: Message;
  readonly leadTimes: readonly LeadTime[];
};

/**
 * The text that goes out for a notification: the own text of its lead time, else the schedule's.
 *
 * @param pool the pool's name.
 * @param now the moment of sending, so that the time left is true.
 */
export function renderMessage(
  definition: Speaker,
  { eventAt, leadSeconds }: { eventAt: Instant; leadSeconds: number },
  pool: string,
  now: Instant,
): string {
  const { id, timeZone, locale: ownLocale } = definition;
  return join(messageFor(definition, leadSeconds), ownLocale, (locale) => ({
    eventTime: () => new Date(wallOf(eventAt, timeZone)).toISOString().slice(11, 16),
    eventDate: () => sayDate(locale, timeZone, eventAt),
    timeLeft: () => sayTimeLeft(locale, eventAt - now),
    minutesLeft: () => String(Math.round(secondsLeft(eventAt - now) / 60)),
    pool: () => pool,
    schedule: () => id,
  }));
}

/**
 * How many characters a message has at its longest: with the longest date, time left and pool name.
 *
 * @param leadSeconds of the earliest notification that carries it.
 */
export function longestLength(
  message: Message,
  { id, locale: ownLocale, pools }: Pick<Speaker, 'id' | 'locale'> & { readonly pools: readonly string[] },
  leadSeconds: number,
): number {
  const longestPool = Math.max(0, ...pools.map(countCharacters));
  const texts = inLocales(message, ownLocale);
  const lengths = texts.map(({ locale, text }) => {
    const valueLengths: Record<Placeholder, number> = {
      eventTime: '00:00'.length,
      eventDate: countCharacters(longestDate(locale)),
      timeLeft: countCharacters(longestTimeLeft(locale, leadSeconds)),
      minutesLeft: String(Math.round(leadSeconds / 60)).length,
      pool: longestPool,
      schedule: id.length,
    };
    const literal = countCharacters(text.replaceAll(bracePattern, ''));
    return placeholdersIn(text).reduce((sum, name) => sum + valueLengths[name], literal);
  });
  return lengths.reduce((sum, length) => sum + length, separator.length * (texts.length - 1));
}

function messageFor({ leadTimes, message }: Speaker, leadSeconds: number): Message {
  const own = leadTimes.find((leadTime) => leadSecondsOf(leadTime) === leadSeconds);
  return own === undefined || typeof own === 'string' ? message : own.message;
}

const separator = '\n\n';

function inLocales(message: Message, ownLocale: string): readonly LocalText[] {
  return typeof message === 'string' ? [{ locale: ownLocale, text: message }] : message;
}

function join(message: Message, ownLocale: string, valuesIn: (locale: string) => Values): string {
  const texts = inLocales(message, ownLocale);
  return texts.map(({ locale, text }) => fill(text, valuesIn(locale))).join(separator);
}

function fill(text: string, values: Values): string {
  return text.replaceAll(bracePattern, (whole, written: string) => {
    const name = placeholderOf(written);
    return name === undefined ? whole : values[name]();
  });
}
