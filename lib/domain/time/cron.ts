import { CronExpression, CronExpressionParser, type CronFieldCollection } from 'cron-parser';
import { type Problem, problem } from '../codes/problems.ts';
import { cronFields, readField } from './cron-field.ts';
import { day, hour, type Instant, minute, second } from './instant.ts';
import { instantOf, stretchAt, wallOf } from './zone.ts';

/** A cron expression that has been read; it knows local dates and times of day, and nothing of zones. */
export type Cron = {
  /** As it was written. */
  readonly expression: string;
  /** No `*` in minute and hour: a fixed time of day, which a change of the clocks must neither drop nor double. */
  readonly isFixed: boolean;
  /** Milliseconds from midnight, ascending. */
  readonly timesOfDay: readonly number[];
  /** The dates on which it fires; undefined when there are none, as on 30 February. */
  readonly dates: CronFieldCollection | undefined;
};

const macros = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
]);

// Every value of every field, written out, takes some 360 characters.
const longest = 512;
const daysOfMonth = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
// The last instant whose ISO form has a year of four digits.
const lastInstant: Instant = Date.UTC(10_000, 0, 1) - 1;
// The fifth Monday of February comes after 40 years at the latest; what has not come after 100 never will.
const patienceMs = 100 * 366 * day;

/**
 * Reads a cron expression of five fields, or one of `@yearly @monthly @weekly @daily @hourly`.
 *
 * Takes numbers, names, `*`, lists, ranges, steps, `L` and `#` and refuses everything else that
 * cron-parser takes in silence.
 */
export function parseCron(expression: string, path: string): { cron: Cron } | { problem: Problem } {
  const fields = fieldsOf(expression);
  const macro = fields.length === 1 ? macros.get(fields[0] ?? '') : undefined;
  const texts = macro === undefined ? fields : fieldsOf(macro);
  const refused = shapeProblem(expression, texts, path);
  return refused === undefined ? readFields(expression, texts, path) : { problem: refused };
}

/**
 * The instants at which an expression fires, ascending, after `after` and up to and including `until`.
 *
 * A fixed time of day that the clocks skip fires once, at the first instant after the gap, and one that
 * they repeat fires once, the first time. Anything else follows the wall clock as it passes: a skipped
 * minute never comes, a repeated one comes twice. Without `until` it ends only where no time is left.
 */
export function fireTimes(
  cron: Cron,
  timeZone: string,
  after: Instant,
  until = lastInstant,
): Generator<Instant> {
  const wallTimes: WallTimes = (from, to) => timesBetween(from, to, datesOf(cron, from, to), cron.timesOfDay);
  const fires = cron.isFixed ? fixedFires : passingFires;
  return fires(wallTimes, timeZone, after, Math.min(until, lastInstant));
}

/**
 * The instants at which an expression fires on one local date, whatever its day and month fields say.
 *
 * @param date `YYYY-MM-DD`.
 */
export function fireTimesOn(cron: Cron, timeZone: string, date: string): Instant[] {
  const midnight = Date.parse(`${date}T00:00:00Z`);
  const wallTimes: WallTimes = (from, to) => timesBetween(from, to, [midnight], cron.timesOfDay);
  const fires = cron.isFixed ? fixedFires : passingFires;
  // Wide enough for any offset, and for a whole day that the clocks skip.
  return [...fires(wallTimes, timeZone, midnight - 2 * day, midnight + 3 * day)];
}

function fieldsOf(expression: string): string[] {
  return expression.split(/[ \t]+/).filter((text) => text !== '');
}

function shapeProblem(expression: string, texts: string[], path: string): Problem | undefined {
  if (texts.length === 0) return problem(path, 'cron_missing', {});
  if (expression.length > longest) return problem(path, 'cron_long', { length: expression.length, longest });
  const index = expression.search(/[^\t\x20-\x7e]/);
  if (index >= 0) {
    const code = (expression.codePointAt(index) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return problem(path, 'cron_character', { character: `U+${code}`, position: index + 1 });
  }
  if (texts[0]?.startsWith('@')) return problem(path, 'cron_macro', { value: expression.trim() });
  return texts.length === 5 ? undefined : problem(path, 'cron_field_count', { count: texts.length });
}

function readFields(
  expression: string,
  texts: string[],
  path: string,
): { cron: Cron } | { problem: Problem } {
  const read: string[][] = [];
  for (const [index, field] of Object.values(cronFields).entries()) {
    const values = readField(field, texts[index] ?? '', path);
    if (!Array.isArray(values)) return { problem: values };
    read.push(values);
  }
  const [minutes = [], hours = [], ...dayValues] = read;
  const timesOfDay = hours.flatMap((h) => minutes.map((m) => Number(h) * hour + Number(m) * minute));
  return {
    cron: {
      expression,
      isFixed: !`${texts[0]}${texts[1]}`.includes('*'),
      timesOfDay: timesOfDay.sort((a, b) => a - b),
      dates: readDates(texts.slice(2), dayValues),
    },
  };
}

/** Only a bare `*` leaves a day field unrestricted, so it goes on as it is; the rest goes on as a list without repeats. */
function readDates(texts: string[], values: string[][]): CronFieldCollection | undefined {
  const [daysInMonth = [], months = []] = values;
  if (texts[2] === '*' && !mayCome(daysInMonth, months)) return undefined;
  const lists = values.map((list, index) => (texts[index] === '*' ? '*' : list.join(',')));
  // Without a date it would ask the host for its clock and zone.
  return CronExpressionParser.parse(`0 0 ${lists.join(' ')}`, { tz: 'UTC', currentDate: 0 }).fields;
}

function mayCome(days: string[], months: string[]): boolean {
  const longestMonth = Math.max(...months.map((month) => daysOfMonth[Number(month) - 1] ?? 0));
  return days.some((dayOfMonth) => dayOfMonth === 'L' || Number(dayOfMonth) <= longestMonth);
}

/** Local times from `wallFrom` to before `wallTo`, ascending; all written as if they were UTC. */
type WallTimes = (wallFrom: number, wallTo: number) => Iterable<number>;

/** The midnights of the dates that match. */
function* datesOf(cron: Cron, wallFrom: number, wallTo: number): Generator<number> {
  if (cron.dates === undefined || wallFrom >= wallTo) return;
  const midnight = Math.floor(wallFrom / day) * day;
  const dates = CronExpression.fieldsToExpression(cron.dates, {
    tz: 'UTC',
    currentDate: new Date(midnight - second),
    endDate: new Date(wallTo - 1),
  });
  for (const date of dates) yield date.getTime();
}

function* timesBetween(
  wallFrom: number,
  wallTo: number,
  midnights: Iterable<number>,
  timesOfDay: readonly number[],
): Generator<number> {
  for (const midnight of midnights) {
    for (const timeOfDay of timesOfDay) {
      const wallMs = midnight + timeOfDay;
      if (wallMs >= wallTo) return;
      if (wallMs >= wallFrom) yield wallMs;
    }
  }
}

function* fixedFires(
  wallTimes: WallTimes,
  timeZone: string,
  after: Instant,
  until: Instant,
): Generator<Instant> {
  let last = after;
  // Two days more than `until` hold any offset and any gap.
  for (const wallMs of wallTimes(wallOf(after, timeZone), until + 2 * day)) {
    const at = instantOf(wallMs, timeZone);
    if (at > until) return;
    // Local times that fall into the same gap land on the same instant.
    if (at > last) yield at;
    last = Math.max(at, last);
  }
}

function* passingFires(
  wallTimes: WallTimes,
  timeZone: string,
  after: Instant,
  until: Instant,
): Generator<Instant> {
  let last = after;
  let from = after + 1;
  while (from <= until && from - last < patienceMs) {
    const { to, offsetMs } = stretchAt(from, timeZone);
    for (const wallMs of wallTimes(from + offsetMs, Math.min(to, until + 1) + offsetMs)) {
      last = wallMs - offsetMs;
      yield last;
    }
    from = to;
  }
}
