import { InvalidConfigError } from '../../lib/domain/codes/errors.ts';
import { type Problem, problem } from '../../lib/domain/codes/problems.ts';
import { sayReason } from '../../lib/domain/codes/reasons.ts';
import { parseTable, type ScheduleTable } from '../../lib/domain/table/table.ts';
import { formatDuration } from '../../lib/domain/time/duration.ts';
import { type Instant, isoOf } from '../../lib/domain/time/instant.ts';
import { parseFaults, type TimedFault } from '../../local/rehearse/faults.ts';
import type { RehearsedDelivery } from '../../local/rehearse/outcome.ts';
import { type RehearsalLimits, readLimits, rehearse } from '../../local/rehearse/rehearse.ts';
import { simulatorPools } from '../../local/rehearse/workspace.ts';
import { CommandError, inputError, UsageError } from '../failure.ts';
import { readTextFile } from '../file.ts';
import { readOptions, single, singleInstant } from '../options.ts';
import { describeRehearsal } from '../output/rehearsal-summary.ts';
import { describeWarnings } from '../output/warnings.ts';
import type { Command, Terminal } from '../terminal.ts';

/** `deskbell rehearse FILE`: plays a window of time through the real planner and sender, and sends nothing. */
export const rehearseFile: Command = async (args, terminal) => {
  const { words, json, values } = readOptions(args, ['from', 'to', 'faults'], ['FILE']);
  const [file = ''] = words;
  const problems: Problem[] = [];
  const range = readRange(values, problems);
  const faultsFile = single(values.faults, 'faults', problems);
  if (problems.length > 0) throw inputError(problems);
  const limits = limitsOf(terminal);
  const table = readTable(terminal, file, range.from, limits);
  const { definitions } = table;
  const faults = faultsFile === undefined ? [] : readFaults(terminal, faultsFile, table);
  const rehearsal = await rehearse({ definitions, ...range, faults, limits });
  if (!json) {
    terminal.print(describeRehearsal({ ...rehearsal, ...range, definitions, limits }));
    for (const line of describeWarnings(table.warnings, file)) terminal.print(line);
  } else if (rehearsal.deliveries.length > 0) {
    terminal.print(rehearsal.deliveries.map((delivery) => JSON.stringify(lineOf(delivery))).join('\n'));
  }
  return 0;
};

function readRange(
  { from, to }: { from?: string[]; to?: string[] },
  problems: Problem[],
): { from: Instant; to: Instant } {
  const range = { from: singleInstant(from, 'from', problems), to: singleInstant(to, 'to', problems) };
  if (range.from === undefined) throw new UsageError('--from is missing: it says when the rehearsal begins');
  if (range.to === undefined) throw new UsageError('--to is missing: it says when the rehearsal ends');
  if (range.to <= range.from) problems.push(problem('to', 'range_backward', {}));
  return { from: range.from, to: range.to };
}

function limitsOf({ environment }: Terminal): RehearsalLimits {
  try {
    return readLimits(environment);
  } catch (cause) {
    if (cause instanceof InvalidConfigError) throw new CommandError(cause.message, 2);
    throw cause;
  }
}

function readTable(
  terminal: Terminal,
  file: string,
  now: Instant,
  { messageLimit }: Pick<RehearsalLimits, 'messageLimit'>,
): ScheduleTable {
  const table = parseTable(readTextFile(terminal, file), { now, messageLimit });
  if (table.problems.length > 0) throw inputError(table.problems, file);
  return table;
}

function readFaults(terminal: Terminal, file: string, { definitions }: ScheduleTable): TimedFault[] {
  const pools = new Set([...simulatorPools(), ...definitions.flatMap((definition) => definition.pools)]);
  const { faults, problems } = parseFaults(readTextFile(terminal, file), [...pools]);
  if (problems.length > 0) throw inputError(problems, file);
  return faults;
}

/** Every line has every field. */
function lineOf(delivery: RehearsedDelivery): Record<string, string | null> {
  const { deliveryId, scheduleId, pool, eventAt, leadSeconds, dueAt, state } = delivery;
  const { sentAt, text = null, jobId = null, reason } = delivery;
  return {
    deliveryId,
    scheduleId,
    pool,
    eventAt: isoOf(eventAt),
    leadTime: formatDuration(leadSeconds),
    dueAt: isoOf(dueAt),
    sentAt: sentAt === undefined ? null : isoOf(sentAt),
    text,
    state,
    jobId,
    reason: reason === undefined ? null : sayReason(reason),
  };
}
