import { type Problem, problem, type Warning } from '../codes/problems.ts';
import { isObject, placeOf, readList, readObject, wrongKind } from '../input/input.ts';
import { type PoolNames, poolNamesOf } from '../input/pool-names.ts';
import { shorten } from '../input/spelling.ts';
import { type Calendar, type Calendars, readCalendar, readCalendarName } from '../schedule/calendar.ts';
import type { Definition } from '../schedule/definition.ts';
import type { DefinitionContext } from './definition-context.ts';
import { readTimeZone } from './definition-fields.ts';
import { parseDefinition } from './definition-parser.ts';
import { readLocale } from './message-input.ts';
import { type LinedProblem, readYaml, type YamlFile } from './yaml-file.ts';

/** A schedule file, read and checked. With any problem it must not be used. */
export type ScheduleTable = {
  definitions: Definition[];
  calendars: Calendars;
  /** Each with its line. */
  problems: LinedProblem[];
  /** Each with its schedule and its line. */
  warnings: Warning[];
};

export type TableContext = Pick<DefinitionContext, 'now' | 'messageLimit'> & {
  /** Those that Huawei lists, to compare with; none when they are not known. */
  pools?: PoolNames['pools'];
};
type Defaults = NonNullable<DefinitionContext['defaults']>;

const scheduleCount = { min: 0, max: 5_000 };

/** Reads a schedule file in YAML or JSON; everything that is wrong with it comes back at once, line by line. */
export function parseTable(text: string, context: TableContext): ScheduleTable {
  const file = readYaml(text);
  const problems: Problem[] = [];
  if (file.value !== undefined && !isObject(file.value)) problems.push(problem('', 'not_a_table', {}));
  const fields = isObject(file.value)
    ? readObject(file.value, '', ['defaults', 'calendars', 'schedules'], problems)
    : undefined;
  const table =
    fields === undefined
      ? { definitions: [], calendars: {}, warnings: [] }
      : readTable(fields, file, context, problems);
  const placed = problems.map((found) => ({ ...found, line: file.lineOf(found.path) }));
  return { ...table, problems: [...file.problems, ...placed].sort((a, b) => a.line - b.line) };
}

function readTable(
  fields: { defaults?: unknown; calendars?: unknown; schedules?: unknown },
  { lineOf }: YamlFile,
  context: TableContext,
  problems: Problem[],
): Omit<ScheduleTable, 'problems'> {
  const defaults = readDefaults(fields.defaults, problems);
  const calendars = readCalendars(fields.calendars, problems);
  const entries = readList(fields.schedules, 'schedules', scheduleCount, problems);
  const { now, messageLimit, pools = [] } = context;
  const poolNames = poolNamesOf(pools);
  const parsed = entries.map((entry, index) =>
    parseDefinition(entry, {
      now,
      messageLimit,
      poolNames,
      defaults,
      calendars,
      path: placeOf('schedules', index),
    }),
  );
  problems.push(...parsed.flatMap((one) => one.problems), ...problemsOfRepeatedIds(entries, lineOf));
  return {
    definitions: parsed.flatMap(({ definition }) => definition ?? []),
    calendars,
    warnings: parsed.flatMap(({ definition, warnings }) =>
      warnings.map((found) => ({
        ...found,
        ...(definition === undefined ? {} : { scheduleId: definition.id }),
        line: lineOf(found.path ?? ''),
      })),
    ),
  };
}

/** Wrong defaults are told once, where they stand, and not again at each schedule that relies on them. */
function readDefaults(input: unknown, problems: Problem[]): Defaults {
  if (input === undefined) return {};
  const { timeZone, locale } = readObject(input, 'defaults', ['timeZone', 'locale'], problems) ?? {};
  return {
    ...(timeZone === undefined ? {} : { timeZone: readTimeZone(timeZone, 'defaults.timeZone', problems) }),
    ...(locale === undefined ? {} : { locale: readLocale(locale, 'defaults.locale', problems) }),
  };
}

function readCalendars(input: unknown, problems: Problem[]): Calendars {
  if (input === undefined) return {};
  if (!isObject(input)) {
    problems.push(wrongKind('calendars', ['object'], input));
    return {};
  }
  const calendars = Object.entries(input).map(([name, calendar]): [string, Calendar] => {
    const path = placeOf('calendars', name);
    return [readCalendarName(name, path, problems), readCalendar(calendar, path, problems)];
  });
  return Object.fromEntries(calendars);
}

function problemsOfRepeatedIds(entries: readonly unknown[], lineOf: YamlFile['lineOf']): Problem[] {
  const firstPaths = new Map<string, string>();
  return entries.flatMap((entry, index) => {
    const id = isObject(entry) ? entry.id : undefined;
    if (typeof id !== 'string') return [];
    const path = placeOf(placeOf('schedules', index), 'id');
    const firstPath = firstPaths.get(id);
    if (firstPath !== undefined)
      return problem(path, 'duplicate_schedule', {
        id: shorten(id),
        lines: [lineOf(firstPath), lineOf(path)],
      });
    firstPaths.set(id, path);
    return [];
  });
}
