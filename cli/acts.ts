import type { Problem } from '../lib/domain/problems.ts';
import { callApi } from './client.ts';
import { inputError, UsageError } from './failure.ts';
import { jsonBody } from './json-body.ts';
import { readOptions, single } from './options.ts';
import { listOf, number, object, text } from './shape.ts';
import type { Command } from './terminal.ts';
import { describeTold, type Told } from './told.ts';
import { describeWarnings, type ShownWarning, warningShape } from './warnings.ts';

type Acted = Told & { rev: number; warnings: ShownWarning[] };
const goingOut = object<Told['goingOut'][number]>({ pool: text, eventAt: text, dueAt: text });
const actedShape = object<Acted>({
  goingOut: listOf(goingOut),
  alreadyWarned: listOf(text),
  notified: listOf(text),
  rev: number,
  warnings: listOf(warningShape),
});

type Values = Readonly<Record<string, string | undefined>>;

type Act = {
  what: 'pause' | 'resume' | 'skip' | 'postpone' | 'send';
  /** The options, each with its field of the call. */
  fields: Readonly<Record<string, string>>;
  /** Options of which one at least must be given, each time. */
  required: readonly (readonly string[])[];
  /** What is so once it is done. */
  outcome: (id: string, values: Values) => string;
};

const said = { reason: 'reason', notify: 'notify' };

/** `deskbell pause ID`: nothing of the schedule goes out any more. */
export const pauseSchedule = actCommand({
  what: 'pause',
  fields: { ...said, until: 'until' },
  required: [['reason']],
  outcome: (id, { until }) =>
    until === undefined ? `${id} is paused until somebody resumes it` : `${id} is paused until ${until}`,
});

/** `deskbell resume ID`: ends a pause, or undoes what was done to one event. */
export const resumeSchedule = actCommand({
  what: 'resume',
  fields: { ...said, event: 'eventAt' },
  required: [],
  outcome: (id, { event }) =>
    event === undefined
      ? `${id} is not paused any more`
      : `${id}: the event of ${event} takes place as it was written`,
});

/** `deskbell skip ID`: lets one event pass without its notifications. */
export const skipEvent = actCommand({
  what: 'skip',
  fields: { ...said, event: 'eventAt' },
  required: [['event'], ['reason']],
  outcome: (id, { event }) => `${id}: the event of ${event} is skipped`,
});

/** `deskbell postpone ID`: moves one event, and its warnings with it. */
export const postponeEvent = actCommand({
  what: 'postpone',
  fields: { ...said, event: 'eventAt', to: 'to', by: 'by' },
  required: [['event'], ['to', 'by'], ['reason']],
  outcome: (id, { event, to, by }) => `${id}: the event of ${event} is moved ${to ? `to ${to}` : `by ${by}`}`,
});

/** `deskbell send ID`: the schedule's own message goes out now. */
export const sendSchedule = actCommand({
  what: 'send',
  fields: { reason: 'reason', event: 'eventAt' },
  required: [['reason']],
  outcome: (id) => `${id}: its message goes out now, to all its pools`,
});

function actCommand({ what, fields, required, outcome }: Act): Command {
  return async (args, terminal) => {
    const isDryRun = args.includes('--dry-run');
    const valued = args.filter((arg) => arg !== '--dry-run');
    const { words, json, values: given } = readOptions(valued, Object.keys(fields), ['ID']);
    const [id = ''] = words;
    const values = singleValues(given, required);
    const asked = Object.entries(fields).map(([option, field]) => [field, values[option]]);
    const acted = await callApi<Acted>(terminal, {
      method: 'POST',
      path: `/v1/schedules/${encodeURIComponent(id)}/${what}`,
      answer: actedShape,
      body: jsonBody({ ...Object.fromEntries(asked), ...(isDryRun ? { dryRun: true } : {}) }),
    });
    const lines = [
      isDryRun ? 'dry run: nothing was changed' : outcome(id, values),
      ...describeTold(acted, { asksToNotify: values.notify !== undefined, isDryRun }),
      ...describeWarnings(acted.warnings, id),
    ];
    terminal.print(json ? JSON.stringify(acted) : lines.join('\n'));
    return 0;
  };
}

function singleValues(given: Readonly<Partial<Record<string, string[]>>>, required: Act['required']): Values {
  const missing = required.find((names) => names.every((name) => given[name] === undefined));
  if (missing !== undefined)
    throw new UsageError(`${missing.map((name) => `--${name}`).join(' or ')} is missing`);
  const problems: Problem[] = [];
  const values = Object.entries(given).map(([name, texts]) => [name, single(texts, name, problems)]);
  if (problems.length > 0) throw inputError(problems);
  return Object.fromEntries(values);
}
