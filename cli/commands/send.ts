import type { Problem } from '../../lib/domain/codes/problems.ts';
import { callApi } from '../client.ts';
import { inputError, UsageError } from '../failure.ts';
import { keyOption, readKey } from '../idempotency-key.ts';
import { jsonBody } from '../json-body.ts';
import { readOptions, single } from '../options.ts';
import { printable } from '../output/table.ts';
import { zonedTime } from '../output/times.ts';
import { describeWarnings, type ShownWarning, warningShape } from '../output/warnings.ts';
import { listOf, object, text } from '../shape.ts';
import type { Command } from '../terminal.ts';
import { sendSchedule } from './acts.ts';

type Notified = { scheduleId: string; warnings: ShownWarning[] };

const notifiedShape = object<Notified>({ scheduleId: text, warnings: listOf(warningShape) });

const options = ['pool', 'message', 'at', 'lead', 'time-zone', 'locale', keyOption] as const;

/** `deskbell send`: with an ID the message of that schedule, with `--pool` a text of its own. */
export const send: Command = (args, terminal) =>
  args.some((arg) => /^--pool(=|$)/.test(arg)) ? notifyPools(args, terminal) : sendSchedule(args, terminal);

const notifyPools: Command = async (args, terminal) => {
  const { json, values } = readOptions(args, options);
  const problems: Problem[] = [];
  const [message, eventAt, timeZone, locale] = (['message', 'at', 'time-zone', 'locale'] as const).map(
    (name) => single(values[name], name, problems),
  );
  const key = readKey(values[keyOption], terminal, problems);
  if (problems.length > 0) throw inputError(problems);
  if (message === undefined) throw new UsageError('--message is missing');
  const { pool: pools = [], lead: leadTimes } = values;
  const notified = await callApi<Notified>(terminal, {
    method: 'POST',
    path: '/v1/notifications',
    answer: notifiedShape,
    key,
    body: jsonBody({ pools, message, eventAt, leadTimes, timeZone, locale }),
  });
  const { scheduleId, warnings } = notified;
  const at = eventAt === undefined ? undefined : zonedTime(eventAt, timeZone ?? 'UTC');
  const lines = [
    `the message goes out ${describeWhen(at, leadTimes)}, to ${pools.map(printable).join(', ')}`,
    `to follow it: deskbell deliveries --schedule ${scheduleId}`,
    ...describeWarnings(warnings, scheduleId),
  ];
  terminal.print(json ? JSON.stringify(notified) : lines.join('\n'));
  return 0;
};

function describeWhen(at: string | undefined, leadTimes: readonly string[] | undefined): string {
  if (at === undefined) return 'now';
  return leadTimes === undefined ? `at ${at}` : `${leadTimes.join(', ')} before ${at}`;
}
