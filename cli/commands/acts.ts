import type { Problem } from '../../lib/domain/codes/problems.ts';
import { callApi } from '../client.ts';
import { type IdempotencyKey, inputError, UsageError } from '../failure.ts';
import { keyOption, readKey } from '../idempotency-key.ts';
import { jsonBody } from '../json-body.ts';
import { readOptions, single } from '../options.ts';
import { offsetTime, zonedTime } from '../output/times.ts';
import { describeTold, type Told } from '../output/told.ts';
import { describeWarnings, type ShownWarning, warningShape } from '../output/warnings.ts';
import { listOf, number, object, optional, text } from '../shape.ts';
import type { Command, Terminal } from '../terminal.ts';

type Acted = Told & { rev: number; eventAt?: string; movedTo?: string; warnings: ShownWarning[] };
const goingOut = object<Told['goingOut'][number]>({ pool: text, eventAt: text, dueAt: text });
const actedShape = object<Acted>({
  goingOut: listOf(goingOut),
  alreadyWarned: listOf(text),
  notified: listOf(text),
  rev: number,
  eventAt: optional(text),
  movedTo: optional(text),
  timeZone: text,
  warnings: listOf(warningShape),
});

type Values = Readonly<Record<string, string | undefined>>;

type Act = {
  what: 'pause' | 'resume' | 'skip' | 'postpone' | 'send';
  /** The options, each with its field of the call. */
  fields: Readonly<Record<string, string>>;
  /** Options of which one at least must be given, each time. */
  required: readonly (readonly string[])[];
  /** What is so once it is done, or would be so. */
  outcome: (id: string, values: Values, done: Done) => string;
};

type Done = Acted & { isDryRun: boolean };

const said = { reason: 'reason', notify: 'notify' };

/** `deskbell pause ID`: nothing of the schedule goes out any more. */
export const pauseSchedule = actCommand({
  what: 'pause',
  fields: { ...said, until: 'until' },
  required: [['reason']],
  outcome: (id, { until }, { timeZone, isDryRun }) => {
    const end = until === undefined ? 'somebody resumes it' : zonedTime(until, timeZone);
    return `${id} ${isDryRun ? 'would be' : 'is'} paused until ${end}`;
  },
});

/** `deskbell resume ID`: ends a pause, or undoes what was done to one event. */
export const resumeSchedule = actCommand({
  what: 'resume',
  fields: { ...said, event: 'eventAt' },
  required: [],
  outcome: (id, { event }, { eventAt, timeZone, isDryRun }) => {
    if (event === undefined) return `${id} ${isDryRun ? 'would not be' : 'is not'} paused any more`;
    const takesPlace = isDryRun ? 'would take place' : 'takes place';
    const named = offsetTime(event, timeZone);
    const written = zonedTime(eventAt ?? event, timeZone);
    return zonedTime(event, timeZone) === written
      ? `${id}: the event of ${written} ${takesPlace} as it was written`
      : `${id}: the event of ${named} ${takesPlace} at ${written}, as it was written`;
  },
});

/** `deskbell skip ID`: lets one event pass without its notifications. */
export const skipEvent = actCommand({
  what: 'skip',
  fields: { ...said, event: 'eventAt' },
  required: [['event'], ['reason']],
  outcome: (id, { event = '' }, { timeZone, isDryRun }) =>
    `${id}: the event of ${zonedTime(event, timeZone)} ${isDryRun ? 'would be' : 'is'} skipped`,
});

/** `deskbell postpone ID`: moves one event, and its warnings with it. */
export const postponeEvent = actCommand({
  what: 'postpone',
  fields: { ...said, event: 'eventAt', to: 'to', by: 'by' },
  required: [['event'], ['to', 'by'], ['reason']],
  outcome: (id, { event = '', to, by }, { movedTo = to, timeZone, isDryRun }) => {
    const where = movedTo === undefined ? `by ${by}` : `to ${zonedTime(movedTo, timeZone)}`;
    return `${id}: the event of ${offsetTime(event, timeZone)} ${isDryRun ? 'would be' : 'is'} moved ${where}`;
  },
});

/** `deskbell send ID`: the schedule's own message goes out now. */
export const sendSchedule = actCommand({
  what: 'send',
  fields: { reason: 'reason', event: 'eventAt' },
  required: [['reason']],
  outcome: (id, { event }, { timeZone, isDryRun }) => {
    const about = event === undefined ? '' : ` about the event of ${zonedTime(event, timeZone)}`;
    return `${id}: its message${about} ${isDryRun ? 'would go' : 'goes'} out now, to all its pools`;
  },
});

function actCommand({ what, fields, required, outcome }: Act): Command {
  return async (args, terminal) => {
    const isDryRun = args.includes('--dry-run');
    const valued = args.filter((arg) => arg !== '--dry-run');
    const { words, json, values: given } = readOptions(valued, [...Object.keys(fields), keyOption], ['ID']);
    const [id = ''] = words;
    const { values, key } = readValues(given, required, terminal);
    const asked = Object.entries(fields).map(([option, field]) => [field, values[option]]);
    const acted = await callApi<Acted>(terminal, {
      method: 'POST',
      path: `/v1/schedules/${encodeURIComponent(id)}/${what}`,
      answer: actedShape,
      body: jsonBody({ ...Object.fromEntries(asked), ...(isDryRun ? { dryRun: true } : {}) }),
      ...(isDryRun ? {} : { key }),
    });
    const lines = [
      ...(isDryRun ? ['dry run: nothing was changed'] : []),
      outcome(id, values, { ...acted, isDryRun }),
      ...describeTold(acted, { asksToNotify: values.notify !== undefined, isDryRun }),
      ...describeWarnings(acted.warnings, id),
    ];
    terminal.print(json ? JSON.stringify(acted) : lines.join('\n'));
    return 0;
  };
}

function readValues(
  { [keyOption]: keys, ...given }: Readonly<Partial<Record<string, string[]>>>,
  required: Act['required'],
  terminal: Terminal,
): { values: Values; key: IdempotencyKey } {
  const missing = required.find((names) => names.every((name) => given[name] === undefined));
  if (missing !== undefined)
    throw new UsageError(`${missing.map((name) => `--${name}`).join(' or ')} is missing`);
  const problems: Problem[] = [];
  const values = Object.entries(given).map(([name, texts]) => [name, single(texts, name, problems)]);
  const key = readKey(keys, terminal, problems);
  if (problems.length > 0) throw inputError(problems);
  return { values: Object.fromEntries(values), key };
}
