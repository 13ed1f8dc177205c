import { type Problem, problem } from '../codes/problems.ts';
import { placeOf, readList, readObject, readString, readText } from '../input/input.ts';
import { shorten } from '../input/spelling.ts';
import { day } from '../time/instant.ts';
import { dateOf, parseDate } from '../time/iso-time.ts';

/** Dates (`2026-10-10`) and ranges (`2026-10-01..2026-10-07`, both ends included), as written. */
export type Calendar = { readonly exclude: readonly string[]; readonly include: readonly string[] };

/** Calendars by name. */
export type Calendars = Readonly<Record<string, Calendar>>;

/** A calendar as a schedule carries it: a copy under its name. */
export type NamedCalendar = Calendar & { readonly name: string };

/** Local dates from `first` to `last`, both included; written dates sort like the days they name. */
export type DateRange = { readonly first: string; readonly last: string };

const maxEntries = 400;
/** A leap year. */
const maxRangeDays = 366;
const nameLength = { min: 1, max: 64 };

/** Reads a calendar; both lists may be left out. */
export function readCalendar(input: unknown, path: string, problems: Problem[]): Calendar {
  return readDates(readObject(input, path, ['exclude', 'include'], problems), path, problems);
}

/** Reads a calendar that carries its own name, as in the answer to a saved schedule. */
export function readNamedCalendar(input: unknown, path: string, problems: Problem[]): NamedCalendar {
  const fields = readObject(input, path, ['name', 'exclude', 'include'], problems);
  const name = fields === undefined ? '' : readCalendarName(fields.name, placeOf(path, 'name'), problems);
  return { name, ...readDates(fields, path, problems) };
}

/** Reads a calendar's name: 1 to 64 characters of any script. */
export function readCalendarName(input: unknown, path: string, problems: Problem[]): string {
  return readText(input, path, nameLength, problems);
}

function readDates(
  fields: Partial<Record<keyof Calendar, unknown>> = {},
  path: string,
  problems: Problem[],
): Calendar {
  const read = (name: keyof Calendar) =>
    fields[name] === undefined ? [] : readEntries(fields[name], placeOf(path, name), problems);
  return { exclude: read('exclude'), include: read('include') };
}

function readEntries(input: unknown, path: string, problems: Problem[]): string[] {
  return readList(input, path, { min: 0, max: maxEntries }, problems).map((entry, index) => {
    const place = placeOf(path, index);
    const written = readString(entry, place, problems);
    if (typeof entry === 'string') problems.push(...problemsOfEntry(written, place));
    return written;
  });
}

function problemsOfEntry(written: string, path: string): Problem[] {
  const ends = written.split('..').map(parseDate);
  const [first, last = first] = ends;
  if (first === undefined || last === undefined || ends.length > 2 || ends.includes(undefined))
    return [problem(path, 'not_a_date', { found: shorten(written) })];
  if (last < first) return [problem(path, 'date_order', {})];
  if ((last - first) / day >= maxRangeDays)
    return [problem(path, 'date_range_long', { maxDays: maxRangeDays })];
  return [];
}

/** The ranges of a list in the order of their days; what overlaps or adjoins is one. What is no date is left out. */
export function rangesOf(entries: readonly string[]): DateRange[] {
  const sorted = entries
    .flatMap((entry) => {
      const [first = '', last = first] = entry.split('..');
      return parseDate(first) === undefined || parseDate(last) === undefined ? [] : { first, last };
    })
    .sort((a, b) => (a.first < b.first ? -1 : Number(a.first > b.first)));
  const merged: DateRange[] = [];
  for (const range of sorted) {
    const before = merged.at(-1);
    if (before === undefined || range.first > dayAfter(before.last)) merged.push(range);
    else if (range.last > before.last) merged[merged.length - 1] = { first: before.first, last: range.last };
  }
  return merged;
}

/** The range that holds a local date. @param ranges from `rangesOf`. */
export function rangeAt(ranges: readonly DateRange[], date: string): DateRange | undefined {
  const range = ranges[positionAfter(ranges, date) - 1];
  return range !== undefined && date <= range.last ? range : undefined;
}

/** The first day of the first range that begins after a local date. @param ranges from `rangesOf`. */
export function nextRangeAfter(ranges: readonly DateRange[], date: string): string | undefined {
  return ranges[positionAfter(ranges, date)]?.first;
}

/** How many ranges begin at or before a date. */
function positionAfter(ranges: readonly DateRange[], date: string): number {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[middle]?.first ?? '') <= date) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The days of the ranges from a local date on, each once, ascending.
 *
 * @param ranges from `rangesOf`.
 */
export function* datesFrom(ranges: readonly DateRange[], from: string): Generator<string> {
  let next = from;
  for (const { first, last } of ranges.slice(Math.max(0, positionAfter(ranges, from) - 1))) {
    for (let date = first < next ? next : first; date <= last; date = next) {
      yield date;
      next = dayAfter(date);
    }
  }
}

function dayAfter(date: string): string {
  return dateOf((parseDate(date) ?? Number.NaN) + day);
}
