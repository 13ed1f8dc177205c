import { type InputKind, type Problem, problem } from '../codes/problems.ts';
import { formatDuration, parseDuration } from '../time/duration.ts';
import { countCharacters, findControl } from './characters.ts';
import { closest, shorten } from './spelling.ts';

/*
 * Readers of untrusted input. Each reports what is wrong and answers a stand-in, so that the rest can be read
 * and everything that is wrong comes back at once; a caller that finds a problem throws the result away.
 */

/** An object with thousands of unknown fields is not told of each. */
const unknownFieldsTold = 20;

/** Where a member stands, as in `schedules[0].cron`. */
export function placeOf(parent: string, member: string | number): string {
  if (typeof member === 'number') return `${parent}[${member}]`;
  return parent === '' ? member : `${parent}.${member}`;
}

/** What people would call the value. */
function kindOf(input: unknown): InputKind {
  if (input === null || input === undefined) return 'nothing';
  if (Array.isArray(input)) return 'list';
  switch (typeof input) {
    case 'string':
      return 'text';
    case 'boolean':
      return 'boolean';
    case 'object':
      return 'object';
    default:
      return 'number';
  }
}

/** Reads an object; unknown fields are reported with the known one that was probably meant. */
export function readObject<F extends string>(
  input: unknown,
  path: string,
  fieldNames: readonly F[],
  problems: Problem[],
): Partial<Record<F, unknown>> | undefined {
  if (!isObject(input)) {
    problems.push(wrongKind(path, ['object'], input));
    return undefined;
  }
  const unknown = Object.keys(input).filter((key) => !fieldNames.some((known) => known === key));
  for (const name of unknown.slice(0, unknownFieldsTold)) {
    const hint = closest(name, fieldNames);
    problems.push(problem(placeOf(path, shorten(name)), 'unknown_field', hint === undefined ? {} : { hint }));
  }
  return input as Partial<Record<F, unknown>>;
}

/** Whether the input has named members. */
export function isObject(input: unknown): input is Record<string, unknown> {
  return kindOf(input) === 'object';
}

/** Reads a text of any content; empty when it is none. */
export function readString(input: unknown, path: string, problems: Problem[]): string {
  if (typeof input === 'string') return input;
  problems.push(wrongKind(path, ['text'], input));
  return '';
}

/** Reads a text within a length in characters, free of control characters other than the allowed ones. */
export function readText(
  input: unknown,
  path: string,
  { min, max, allowed = '' }: { min: number; max: number; allowed?: string },
  problems: Problem[],
): string {
  const text = readString(input, path, problems);
  if (typeof input !== 'string') return text;
  const length = countCharacters(text);
  if (length < min || length > max) problems.push(problem(path, 'text_length', { min, max, length }));
  const found = findControl(text, allowed);
  if (found !== undefined) problems.push(problem(path, 'control_character', found));
  return text;
}

/** Reads a list within a number of members; empty when it is none or too long. */
export function readList(
  input: unknown,
  path: string,
  { min, max }: { min: number; max: number },
  problems: Problem[],
): readonly unknown[] {
  if (!Array.isArray(input)) {
    problems.push(wrongKind(path, ['list'], input));
    return [];
  }
  if (input.length >= min && input.length <= max) return input;
  problems.push(problem(path, 'list_length', { min, max, length: input.length }));
  return [];
}

/** Reads a duration within bounds and writes it in the largest whole unit; undefined when it is none. */
export function readDuration(
  input: unknown,
  path: string,
  { minSeconds, maxSeconds }: { minSeconds: number; maxSeconds: number },
  problems: Problem[],
): string | undefined {
  const written = readString(input, path, problems);
  if (typeof input !== 'string') return undefined;
  const seconds = parseDuration(written);
  if (seconds === undefined) {
    problems.push(problem(path, 'not_a_duration', { found: shorten(written) }));
    return undefined;
  }
  if (seconds >= minSeconds && seconds <= maxSeconds) return formatDuration(seconds);
  const bounds = { min: formatDuration(minSeconds), max: formatDuration(maxSeconds) };
  problems.push(problem(path, 'duration_range', { ...bounds, found: written }));
  return undefined;
}

/** Reads true or false; nothing else counts as either. */
export function readBoolean(input: unknown, path: string, problems: Problem[]): boolean {
  if (typeof input !== 'boolean') problems.push(wrongKind(path, ['boolean'], input));
  return input === true;
}

/** The problem of a value of the wrong kind, or of none where one is needed. */
export function wrongKind(path: string, expected: InputKind[], input: unknown): Problem {
  if (input === undefined) return problem(path, 'required', {});
  return problem(path, 'wrong_kind', { expected, found: kindOf(input) });
}

/** Whether a text can be the key of a request that may be repeated: 1 to 200 visible ASCII characters. */
export function isIdempotencyKey(text: string): boolean {
  return /^[\x21-\x7e]{1,200}$/.test(text);
}
