import { defaultMessageLimit } from '../lib/domain/definition.ts';
import { isoOf } from '../lib/domain/instant.ts';
import { type Preview, type PreviewedNotification, preview } from '../lib/domain/preview.ts';
import { type Problem, problem, type Warning } from '../lib/domain/problems.ts';
import { parseTable } from '../lib/domain/table.ts';
import { readWholeNumber } from '../lib/domain/whole-number.ts';
import { inputError } from './failure.ts';
import { readTextFile } from './file.ts';
import { readOptions, single, singleInstant } from './options.ts';
import { formatTable } from './table.ts';
import type { Command } from './terminal.ts';
import { shortTime } from './times.ts';
import { describeWarnings } from './warnings.ts';

const counts = { min: 1, max: 200 };
const messageLimits = { min: 1, max: 10_000 };

type Shown = Preview & { id: string };

/** `deskbell preview FILE`: what its schedules would send, by the same rules as the server, but without one. */
export const previewFile: Command = async (args, terminal) => {
  const { words, json, values } = readOptions(args, ['schedule', 'from', 'to', 'count'], ['FILE']);
  const [file = ''] = words;
  const now = terminal.now();
  const problems: Problem[] = [];
  const id = single(values.schedule, 'schedule', problems);
  const from = singleInstant(values.from, 'from', problems) ?? now;
  const to = singleInstant(values.to, 'to', problems);
  const count = readWholeNumber(single(values.count, 'count', problems) ?? 5, 'count', counts, problems);
  const messageLimit = readWholeNumber(
    terminal.environment.DESKBELL_MESSAGE_LIMIT ?? defaultMessageLimit,
    'DESKBELL_MESSAGE_LIMIT',
    messageLimits,
    problems,
  );
  if (to !== undefined && to <= from) problems.push(problem('to', 'range_backward', {}));
  if (problems.length > 0) throw inputError(problems);
  const table = parseTable(readTextFile(terminal, file), { now, messageLimit });
  if (table.problems.length > 0) throw inputError(table.problems, file);
  const wanted = table.definitions.filter((definition) => id === undefined || definition.id === id);
  if (id !== undefined && wanted.length === 0) {
    const known = table.definitions.map((definition) => definition.id);
    throw inputError([problem('schedule', 'not_one_of', { known, found: id })]);
  }
  const range = { from, to, count };
  const shown = wanted.map((definition) => ({
    id: definition.id,
    ...preview(definition, range, Number.POSITIVE_INFINITY),
  }));
  terminal.print(
    json
      ? toJson(shown, table.warnings)
      : [describe(shown), ...describeWarnings(table.warnings, file)].join('\n'),
  );
  return 0;
};

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

function describe(shown: readonly Shown[]): string {
  const rows = shown
    .flatMap(({ id, notifications }) => notifications.map((notification) => ({ id, ...notification })))
    .sort((a, b) => a.dueAt - b.dueAt)
    .map(rowOf);
  return rows.length === 0
    ? 'nothing to send'
    : formatTable(['due', 'schedule', 'event', 'lead', 'pools', 'text'], rows);
}

function rowOf({
  id,
  dueAt,
  eventAt,
  leadTime,
  pools,
  text,
}: PreviewedNotification & { id: string }): string[] {
  return [shortTime(isoOf(dueAt)), id, shortTime(isoOf(eventAt)), leadTime, pools.join(', '), text];
}
