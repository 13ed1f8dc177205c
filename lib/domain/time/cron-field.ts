import { type Problem, problem } from '../codes/problems.ts';

/** What one of the five fields takes. */
type CronField = {
  readonly name: 'minute' | 'hour' | 'day-of-month' | 'month' | 'day-of-week';
  readonly min: number;
  readonly max: number;
  /** Short names, the first standing for `min`. */
  readonly names?: readonly string[];
};

/** The fields in the order in which they are written. */
export const cronFields = {
  minute: { name: 'minute', min: 0, max: 59 },
  hour: { name: 'hour', min: 0, max: 23 },
  dayOfMonth: { name: 'day-of-month', min: 1, max: 31 },
  month: {
    name: 'month',
    min: 1,
    max: 12,
    names: 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' '),
  },
  // 0 and 7 are both Sunday.
  dayOfWeek: { name: 'day-of-week', min: 0, max: 7, names: 'SUN MON TUE WED THU FRI SAT'.split(' ') },
} as const satisfies Record<string, CronField>;

const rangePattern = /^(?:\*|(?<from>\d+|[a-z]{3})(?:-(?<to>\d+|[a-z]{3}))?)(?:\/(?<step>\d+))?$/i;

/** The signs that other crons know and this one does not, each with its own advice. */
const foreignSigns: readonly (readonly [
  RegExp,
  'cron_random' | 'cron_question_mark' | 'cron_nearest_weekday',
])[] = [
  [/^H(?![a-z])/i, 'cron_random'],
  [/\?/, 'cron_question_mark'],
  [/^(\d+|L)W$/i, 'cron_nearest_weekday'],
];

/**
 * Reads one field strictly and lists its values without repeats, ready for cron-parser, which refuses repeats.
 *
 * A value is a number; `L` in day of month; `5L` (the last Friday) or `5#2` (the second) in day of week.
 */
export function readField(field: CronField, text: string, path: string): string[] | Problem {
  if (field.name === 'day-of-week' && text.includes('#')) return readNth(text, path);
  const values = new Set<string>();
  for (const item of text.split(',')) {
    const read = readLast(field, item) ?? readRange(field, item, path);
    if (!Array.isArray(read)) return read;
    for (const value of read) values.add(value);
  }
  return [...values];
}

function readNth(text: string, path: string): string[] | Problem {
  const [, weekday = '', nth] = /^(\d|[a-z]{3})#([1-5])$/i.exec(text) ?? [];
  const value = numberOf(cronFields.dayOfWeek, weekday);
  if (value === undefined || value > 7) return problem(path, 'cron_nth', { value: text });
  return [`${value}#${nth}`];
}

function readLast(field: CronField, item: string): string[] | undefined {
  if (field.name === 'day-of-month' && item === 'L') return ['L'];
  if (field.name !== 'day-of-week') return undefined;
  const [, weekday = ''] = /^([0-7]|[a-z]{3})L$/i.exec(item) ?? [];
  const value = item.endsWith('L') ? numberOf(field, weekday) : undefined;
  return value === undefined ? undefined : [`${value}L`];
}

function readRange(field: CronField, item: string, path: string): string[] | Problem {
  const parts = rangePattern.exec(item)?.groups;
  if (parts === undefined) return refusalOf(field, item, path);
  const { from, to, step } = parts;
  const first = from === undefined ? field.min : numberOf(field, from);
  const last = from === undefined ? field.max : to === undefined ? first : numberOf(field, to);
  if (first === undefined || last === undefined) return refusalOf(field, item, path);
  const place = { field: field.name, value: item };
  if (Math.min(first, last) < field.min || Math.max(first, last) > field.max) {
    return problem(path, 'cron_out_of_range', { ...place, min: field.min, max: field.max });
  }
  if (first > last)
    return problem(path, 'cron_range_backward', { ...place, instead: unwrapped(field, first, last) });
  if (step !== undefined && Number(step) === 0) return problem(path, 'cron_step_zero', place);
  if (step !== undefined && from !== undefined && to === undefined) {
    // Crons differ: to some 5/15 means 5-59/15, to others 5.
    return problem(path, 'cron_step_of_one', { ...place, instead: `${from}-${highest(field)}/${step}` });
  }
  return steps(field, first, last, Number(step ?? 1));
}

function steps(field: CronField, first: number, last: number, step: number): string[] {
  const values: string[] = [];
  for (let value = first; value <= last; value += step) {
    values.push(String(field.name === 'day-of-week' ? value % 7 : value));
  }
  return values;
}

function numberOf(field: CronField, text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  const index = field.names?.indexOf(text.toUpperCase()) ?? -1;
  return index < 0 ? undefined : field.min + index;
}

function refusalOf(field: CronField, item: string, path: string): Problem {
  const place = { field: field.name, value: item };
  if (item === '') return problem(path, 'cron_list', { field: field.name });
  if (field.name === 'day-of-week' && item === 'L') return problem(path, 'cron_last_weekday', {});
  const code = foreignSigns.find(([sign]) => sign.test(item))?.[1] ?? 'cron_value';
  return problem(path, code, place);
}

/** A backward range as the two forward ones that it may stand for. */
function unwrapped(field: CronField, first: number, last: number): string {
  const part = (from: number, to: number) => (from === to ? `${from}` : `${from}-${to}`);
  return `${part(first, highest(field))},${part(field.min, last)}`;
}

function highest({ name, max }: CronField): number {
  return name === 'day-of-week' ? 6 : max;
}
