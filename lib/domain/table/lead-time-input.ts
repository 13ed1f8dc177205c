import { type Problem, problem } from '../codes/problems.ts';
import { isObject, placeOf, readDuration, readList, readObject, wrongKind } from '../input/input.ts';
import { type LeadTime, leadSecondsOf } from '../schedule/lead-time.ts';
import { formatDuration } from '../time/duration.ts';
import { readMessage } from './message-input.ts';

const maxLeadTimes = 10;
const maxLeadSeconds = 28 * 86_400;
/** Two texts about one event within a minute would cover each other on the screen. */
const minApartSeconds = 60;

/** Reads the lead times of a schedule, in the order in which they are written. */
export function readLeadTimes(input: unknown, path: string, problems: Problem[]): LeadTime[] {
  const entries = readList(input, path, { min: 1, max: maxLeadTimes }, problems);
  const leadTimes = entries.map((entry, index) => readLeadTime(entry, placeOf(path, index), problems));
  problems.push(...problemsOfSpacing(leadTimes, path));
  return leadTimes.filter((leadTime) => leadTime !== undefined);
}

function readLeadTime(input: unknown, path: string, problems: Problem[]): LeadTime | undefined {
  if (!isObject(input)) {
    if (typeof input === 'string') return readBefore(input, path, problems);
    problems.push(wrongKind(path, ['text', 'object'], input));
    return undefined;
  }
  const fields = readObject(input, path, ['before', 'message'], problems);
  const before = readBefore(fields?.before, placeOf(path, 'before'), problems);
  const message = readMessage(fields?.message, placeOf(path, 'message'), problems);
  return before === undefined ? undefined : { before, message };
}

function readBefore(input: unknown, path: string, problems: Problem[]): string | undefined {
  return readDuration(input, path, { minSeconds: 0, maxSeconds: maxLeadSeconds }, problems);
}

/** Tells of each lead time that is too close to one before it in the list, if only by its other spelling. */
function problemsOfSpacing(leadTimes: readonly (LeadTime | undefined)[], path: string): Problem[] {
  const seconds = leadTimes.map((leadTime) =>
    leadTime === undefined ? Number.NaN : leadSecondsOf(leadTime),
  );
  return seconds.flatMap((own, index) => {
    const other = seconds.slice(0, index).find((earlier) => Math.abs(earlier - own) < minApartSeconds);
    if (other === undefined) return [];
    return problem(placeOf(path, index), 'lead_times_close', { other: formatDuration(other) });
  });
}
