import { type Problem, problem, type Warning, warning } from '../codes/problems.ts';
import { placeOf } from '../input/input.ts';
import { type Message, tellsTimeLeft, textsOf } from '../message/message.ts';
import type { Definition } from '../schedule/definition.ts';
import { leadSecondsOf } from '../schedule/lead-time.ts';
import { longestLength } from '../schedule/render.ts';
import { formatDuration } from '../time/duration.ts';
import type { Instant } from '../time/instant.ts';
import { dateOf } from '../time/iso-time.ts';
import { wallOf } from '../time/zone.ts';

/** Huawei documents 255 characters for most of its text fields, and no limit for this one. */
const surelyTaken = 255;
/** In seconds; the longest lead time, beyond which no words are longer. */
const furthestAhead = 28 * 86_400;

/** A message of a schedule, where it stands, and the lead times whose notifications carry it. */
type Carried = { readonly path: string; readonly message: Message; readonly leadSeconds: readonly number[] };

function carriedMessages({ leadTimes, message }: Definition, path: string): Carried[] {
  const plain = leadTimes.filter((leadTime) => typeof leadTime === 'string');
  const own = leadTimes.flatMap((leadTime, index) => {
    if (typeof leadTime === 'string') return [];
    const place = placeOf(placeOf(placeOf(path, 'leadTimes'), index), 'message');
    return { path: place, message: leadTime.message, leadSeconds: [leadSecondsOf(leadTime)] };
  });
  return [{ path: placeOf(path, 'message'), message, leadSeconds: plain.map(leadSecondsOf) }, ...own];
}

function lengthOf(definition: Definition, { message, leadSeconds }: Carried): number {
  return longestLength(message, definition, Math.max(0, ...leadSeconds));
}

/** Tells of each message that, filled in, can be longer than `limit` characters. */
export function problemsOfLength(definition: Definition, limit: number, path: string): Problem[] {
  return carriedMessages(definition, path).flatMap((carried) => {
    const length = lengthOf(definition, carried);
    return length > limit ? problem(carried.path, 'text_too_long', { length, limit }) : [];
  });
}

/** The same of a text that an act sends in the schedule's name, about an event that may be far ahead. */
export function problemsOfNotice(
  definition: Definition,
  message: Message,
  limit: number,
  path: string,
): Problem[] {
  const length = lengthOf(definition, { path, message, leadSeconds: [furthestAhead] });
  return length > limit ? [problem(path, 'text_too_long', { length, limit })] : [];
}

/** Tells what may go wrong with the texts of a schedule that can be used. */
export function warningsOfTexts(definition: Definition, now: Instant, path: string): Warning[] {
  const today = dateOf(wallOf(now, definition.timeZone));
  return carriedMessages(definition, path).flatMap((carried) => {
    const length = lengthOf(definition, carried);
    return [
      ...(length > surelyTaken ? [warning('text_long', { length }, { path: carried.path })] : []),
      ...warningsOfSameness(carried),
      ...warningsOfWords(carried, today),
    ];
  });
}

function warningsOfSameness({ path, message, leadSeconds }: Carried): Warning[] {
  if (leadSeconds.length < 2 || tellsTimeLeft(message)) return [];
  return [warning('same_text', { leadTimes: leadSeconds.map(formatDuration) }, { path })];
}

// 22:00, 9.30 Uhr, 22h, 10 pm, 22点, 晚上10时: as people write a time of day.
const clockTime =
  /(?<![\d:.])(?:[01]?\d|2[0-3])(?::[0-5]\d(?![\d:])|\.[0-5]\d(?= Uhr)|(?<=\d\d)h(?![\p{L}\d])|h[0-5]\d(?!\d)|\s?[ap]\.?m\b|[点點时時])/iu;
// UTC, GMT+8, CST, 22:00+08:00, Asia/Shanghai, 北京时间, hora de Brasília, horário de Brasília. Not 21:00-22:00.
const zoneName =
  /\b(?:UTC|GMT|[CEMP][SD]T|[IBJK]ST|CES?T|EES?T|WES?T|ME(?:S)?Z|HKT|SGT|BRT|ART|TRT|MSK|AE[SD]T)\b|(?:\+|(?<!\d)-)\d\d:?\d\d\b|\b[A-Z]\p{L}+\/[A-Z]\p{L}+|(?:北京|中国|香港|台北)(?:时间|時間)|\b[Hh](?:ora|orário)s? (?:de|do|da|oficial)\b/u;
// 2026-12-05, 2026/12/05, 2026年12月5日. Other orders mean different days to different readers.
const yearFirstDate = /(?<!\d)((?:19|20|21)\d\d)[-/年](\d{1,2})[-/月](\d{1,2})(?!\d)/g;

function warningsOfWords({ path, message }: Carried, today: string): Warning[] {
  return textsOf(message).flatMap((text, index) => {
    const place = { path: typeof message === 'string' ? path : placeOf(placeOf(path, index), 'text') };
    const time = clockTime.exec(text)?.[0];
    const pastDate = pastDateIn(text, today);
    return [
      ...(time === undefined || zoneName.test(text)
        ? []
        : [warning('clock_without_zone', { found: time }, place)]),
      ...(pastDate === undefined ? [] : [warning('date_past', { found: pastDate }, place)]),
    ];
  });
}

function pastDateIn(text: string, today: string): string | undefined {
  return Array.from(text.matchAll(yearFirstDate)).find(([, year = '', month = '', day = '']) => {
    return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}` < today;
  })?.[0];
}
