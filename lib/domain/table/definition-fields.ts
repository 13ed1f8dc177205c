import { type Problem, problem } from '../codes/problems.ts';
import { isObject, placeOf, readList, readString, readText, wrongKind } from '../input/input.ts';
import { closest, shorten } from '../input/spelling.ts';
import { type Calendars, type NamedCalendar, readNamedCalendar } from '../schedule/calendar.ts';
import { isScheduleId } from '../schedule/definition.ts';
import { parseCron } from '../time/cron.ts';
import { isoOf } from '../time/instant.ts';
import { parseInstant, parseLocalTime, printLocalTime } from '../time/iso-time.ts';
import { parseTimeZone } from '../time/zone.ts';

const poolCount = { min: 1, max: 100 };
const poolLength = { min: 1, max: 255 };
const calendarCount = { min: 0, max: 20 };

/** Reads the id of a schedule. */
export function readId(input: unknown, path: string, problems: Problem[]): string {
  const id = readString(input, path, problems);
  if (typeof input === 'string' && !isScheduleId(id)) problems.push(problem(path, 'schedule_id', {}));
  return id;
}

/** Reads the connection, of which there is one. */
export function readConnection(input: unknown, path: string, problems: Problem[]): 'default' {
  if (input !== undefined && readString(input, path, problems) !== 'default' && typeof input === 'string')
    problems.push(problem(path, 'unknown_connection', {}));
  return 'default';
}

/** Reads names or ids of pools, none twice. */
export function readPools(input: unknown, path: string, problems: Problem[]): string[] {
  const pools = readList(input, path, poolCount, problems).map((entry, index) => {
    // No name in Huawei Cloud begins or ends in a space.
    const written = typeof entry === 'string' ? entry.trim() : entry;
    return readText(written, placeOf(path, index), poolLength, problems);
  });
  problems.push(...problemsOfRepeats(pools, path));
  return pools;
}

function problemsOfRepeats(names: readonly string[], path: string): Problem[] {
  return names.flatMap((name, index) => {
    const first = names.indexOf(name);
    if (first === index || name === '') return [];
    return problem(placeOf(path, index), 'written_twice', { first: placeOf(path, first) });
  });
}

/** Reads a cron expression; it stays as it is written. */
export function readCron(input: unknown, path: string, problems: Problem[]): string {
  const expression = readString(input, path, problems);
  if (typeof input !== 'string') return expression;
  const parsed = parseCron(expression, path);
  if ('problem' in parsed) problems.push(parsed.problem);
  return expression;
}

/** Reads a local time into its shortest spelling. */
export function readLocalTime(input: unknown, path: string, problems: Problem[]): string {
  const written = readString(input, path, problems);
  if (typeof input !== 'string') return written;
  const wallMs = parseLocalTime(written);
  if (wallMs !== undefined) return printLocalTime(wallMs);
  const hasZone = /T.*(Z|[+-]\d\d:?(\d\d)?)$/i.test(written.slice(0, 40));
  problems.push(
    problem(path, hasZone ? 'local_time_with_zone' : 'not_a_local_time', { found: shorten(written) }),
  );
  return '';
}

/** Reads an instant with its zone into ISO 8601 in UTC. */
export function readInstant(input: unknown, path: string, problems: Problem[]): string {
  const written = readString(input, path, problems);
  if (typeof input !== 'string') return written;
  const at = parseInstant(written);
  if (at !== undefined) return isoOf(at);
  problems.push(problem(path, 'not_an_instant', { found: shorten(written) }));
  return '';
}

/** Reads the name of a time zone. */
export function readTimeZone(input: unknown, path: string, problems: Problem[]): string {
  const name = readString(input, path, problems);
  if (typeof input !== 'string') return 'UTC';
  const parsed = parseTimeZone(name, path);
  if ('timeZone' in parsed) return parsed.timeZone;
  problems.push(parsed.problem);
  return 'UTC';
}

/** Reads which calendars a schedule keeps, by name or whole, into copies. */
export function readCalendars(
  input: unknown,
  path: string,
  known: Calendars,
  problems: Problem[],
): NamedCalendar[] {
  if (input === undefined) return [];
  const entries = readList(input, path, calendarCount, problems);
  const calendars = entries.map((entry, index) =>
    readCalendarEntry(entry, placeOf(path, index), known, problems),
  );
  problems.push(
    ...problemsOfRepeats(
      calendars.map(({ name }) => name),
      path,
    ),
  );
  return calendars;
}

/** A name stands for the calendar of that name; a calendar that carries its name stands for itself. */
function readCalendarEntry(
  input: unknown,
  path: string,
  known: Calendars,
  problems: Problem[],
): NamedCalendar {
  if (isObject(input)) return readNamedCalendar(input, path, problems);
  const nothing = { name: '', exclude: [], include: [] };
  if (typeof input !== 'string') {
    problems.push(wrongKind(path, ['text', 'object'], input));
    return nothing;
  }
  const calendar = Object.hasOwn(known, input) ? known[input] : undefined;
  if (calendar !== undefined) return { name: input, exclude: calendar.exclude, include: calendar.include };
  const hint = closest(input, Object.keys(known));
  problems.push(
    problem(path, 'unknown_calendar', { found: shorten(input), ...(hint === undefined ? {} : { hint }) }),
  );
  return nothing;
}
