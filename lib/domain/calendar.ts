import { placeOf, readList, readObject, readString, readText } from './input.ts';
import { day } from './instant.ts';
import { dateOf, parseDate } from './iso-time.ts';
import { type Problem, problem } from './problems.ts';
import { shorten } from './spelling.ts';

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

/** The ranges of a list that has been checked, in the order of their first days. */
export function rangesOf(entries: readonly string[]): DateRange[] {
  return entries
    .map((entry) => {
      const [first = '', last = first] = entry.split('..');
      return { first, last };
    })
    .sort((a, b) => (a.first < b.first ? -1 : Number(a.first > b.first)));
}

/** Whether a local date lies in one of the ranges. */
export function holdsDate(ranges: readonly DateRange[], date: string): boolean {
  return ranges.some(({ first, last }) => first <= date && date <= last);
}

/**
 * The days of the ranges from a local date on, each once, ascending.
 *
 * @param ranges in the order of their first days.
 */
export function* datesFrom(ranges: readonly DateRange[], from: string): Generator<string> {
  let next = from;
  for (const { first, last } of ranges) {
    for (let date = first < next ? next : first; date <= last; date = next) {
      yield date;
      next = dayAfter(date);
    }
  }
}

function dayAfter(date: string): string {
  return dateOf((parseDate(date) ?? Number.NaN) + day);
}
