import { type Problem, problem, type Warning } from '../../lib/domain/codes/problems.ts';
import { readWholeNumber } from '../../lib/domain/input/whole-number.ts';
import { type Definition, defaultMessageLimit, messageLimits } from '../../lib/domain/schedule/definition.ts';
import {
  type Preview,
  type PreviewedNotification,
  type PreviewRange,
  preview,
} from '../../lib/domain/schedule/preview.ts';
import { parseTable } from '../../lib/domain/table/table.ts';
import { isoOf } from '../../lib/domain/time/instant.ts';
import { inputError } from '../failure.ts';
import { readTextFile } from '../file.ts';
import { type Options, readOptions, single, singleInstant } from '../options.ts';
import { formatTable } from '../output/table.ts';
import { localTime, shortTime } from '../output/times.ts';
import { describeWarnings } from '../output/warnings.ts';
import type { Command, Terminal } from '../terminal.ts';

const optionNames = ['schedule', 'from', 'to', 'count'] as const;
const counts = { min: 1, max: 200 };

type Shown = Preview & { id: string; timeZone: string };

/** `deskbell preview FILE`: what its schedules would send, by the same rules as the server, but without one. */
export const previewFile: Command = async (args, terminal) => {
  const { words, json, values } = readOptions(args, optionNames, ['FILE']);
  const [file = ''] = words;
  const { id, range, messageLimit } = readAsked(values, terminal);
  const table = parseTable(readTextFile(terminal, file), { now: terminal.now(), messageLimit });
  if (table.problems.length > 0) throw inputError(table.problems, file);
  const shown = chooseFrom(table.definitions, id).map((definition) => ({
    id: definition.id,
    timeZone: definition.timeZone,
    // The limit is the server's and is not known here.
    ...preview(definition, range, Number.POSITIVE_INFINITY),
  }));
  const warnings = describeWarnings(table.warnings, file);
  terminal.print(json ? toJson(shown, table.warnings) : [describe(shown), ...warnings].join('\n'));
  if (!json) complainOfRest(terminal, shown, table.definitions, range);
  return 0;
};

type Asked = { id: string | undefined; range: PreviewRange; messageLimit: number };

function readAsked(values: Options<(typeof optionNames)[number]>['values'], terminal: Terminal): Asked {
  const problems: Problem[] = [];
  const id = single(values.schedule, 'schedule', problems);
  const from = singleInstant(values.from, 'from', problems) ?? terminal.now();
  const to = singleInstant(values.to, 'to', problems);
  const count = readWholeNumber(single(values.count, 'count', problems) ?? 5, 'count', counts, problems);
  const { DESKBELL_MESSAGE_LIMIT: limit = defaultMessageLimit } = terminal.environment;
  const messageLimit = readWholeNumber(limit, 'DESKBELL_MESSAGE_LIMIT', messageLimits, problems);
  if (to !== undefined && to <= from) problems.push(problem('to', 'range_backward', {}));
  if (problems.length > 0) throw inputError(problems);
  return { id, range: { from, to, count }, messageLimit };
}

function chooseFrom(definitions: readonly Definition[], id: string | undefined): readonly Definition[] {
  if (id === undefined) return definitions;
  const chosen = definitions.filter((definition) => definition.id === id);
  if (chosen.length > 0) return chosen;
  const known = definitions.map((definition) => definition.id);
  throw inputError([problem('schedule', 'not_one_of', { known, found: id })]);
}

function toJson(shown: readonly Shown[], warnings: readonly Warning[]): string {
  const schedules = shown.map(({ id, fireTimes, notifications }) => ({
    id,
    fireTimes: fireTimes.map(isoOf),
    notifications: notifications.map((notification) => ({
      ...notification,
      eventAt: isoOf(notification.eventAt),
      dueAt: isoOf(notification.dueAt),
    })),
  }));
  return JSON.stringify({ schedules, warnings });
}

/** Only a cron has more events than were asked for. */
function complainOfRest(
  { complain }: Terminal,
  shown: readonly Shown[],
  definitions: readonly Definition[],
  { count }: PreviewRange,
): void {
  const crons = new Set(definitions.filter(({ cron }) => cron !== undefined).map(({ id }) => id));
  const cut = shown.filter(({ id, fireTimes }) => crons.has(id) && fireTimes.length === count);
  if (cut.length === 0) return;
  const ids = cut.map(({ id }) => id).join(', ');
  complain(`only the next events are shown, at most ${count} of a schedule: --count N shows more of ${ids}`);
}

function describe(shown: readonly Shown[]): string {
  const rows = shown
    .flatMap(({ id, timeZone, notifications }) =>
      notifications.map((notification) => ({ id, timeZone, ...notification })),
    )
    .sort((a, b) => a.dueAt - b.dueAt)
    .map(rowOf);
  return rows.length === 0
    ? 'nothing to send'
    : formatTable(['due (UTC)', 'schedule', 'event (local)', 'lead', 'pools', 'text'], rows);
}

function rowOf(shown: PreviewedNotification & { id: string; timeZone: string }): string[] {
  const { id, timeZone, dueAt, eventAt, leadTime, pools, text } = shown;
  return [shortTime(isoOf(dueAt)), id, localTime(eventAt, timeZone), leadTime, pools.join(', '), text];
}
