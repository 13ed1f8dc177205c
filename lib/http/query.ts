import { InvalidInputError } from '../domain/codes/errors.ts';
import { type Problem, problem } from '../domain/codes/problems.ts';
import { readObject, readText } from '../domain/input/input.ts';
import { readWholeNumber } from '../domain/input/whole-number.ts';
import { readInstant } from '../domain/table/definition-fields.ts';
import type { Instant } from '../domain/time/instant.ts';

/** Where a list begins and how long it is. */
export type ListRange = { limit: number; cursor?: string };

const defaultLimit = 50;
const limits = { min: 1, max: 200 };
const cursorLength = { min: 1, max: 200 };

/** The parameters that every list takes. */
export const listParameters = ['limit', 'cursor'] as const;

/**
 * Reads the parameters of a query; unknown ones and those given more than once are problems.
 *
 * @param repeatable the one that may be given several times; its values come joined by commas.
 */
export function readQuery<N extends string>(
  query: URLSearchParams,
  names: readonly N[],
  problems: Problem[],
  repeatable?: NoInfer<N>,
): Partial<Record<N, string>> {
  const given = [...new Set(query.keys())];
  readObject(Object.fromEntries(query), '', names, problems);
  const known = names.filter((name) => given.includes(name));
  for (const name of known) {
    if (name !== repeatable && query.getAll(name).length > 1) problems.push(problem(name, 'given_twice', {}));
  }
  return Object.fromEntries(known.map((name) => [name, query.getAll(name).join(',')])) as Partial<
    Record<N, string>
  >;
}

/** Reads how much of a list is asked for. */
export function readListRange(
  { limit, cursor }: { limit?: string; cursor?: string },
  problems: Problem[],
): ListRange {
  return {
    limit: limit === undefined ? defaultLimit : readWholeNumber(limit, 'limit', limits, problems),
    ...(cursor === undefined ? {} : { cursor: readText(cursor, 'cursor', cursorLength, problems) }),
  };
}

/** Reads a half-open span of time, of which either end may be left out. */
export function readSpan(
  { from, to }: { from?: unknown; to?: unknown },
  problems: Problem[],
): { from?: Instant; to?: Instant } {
  const span = {
    ...(from === undefined ? {} : { from: readAt(from, 'from', problems) }),
    ...(to === undefined ? {} : { to: readAt(to, 'to', problems) }),
  };
  if (span.from !== undefined && span.to !== undefined && span.to <= span.from)
    problems.push(problem('to', 'range_backward', {}));
  return span;
}

function readAt(input: unknown, path: string, problems: Problem[]): Instant {
  // In a query an unencoded + of an offset arrives as a space.
  const written = typeof input === 'string' ? input.replace(' ', '+') : input;
  return Date.parse(readInstant(written, path, problems));
}

/** @throws InvalidInputError when there is any problem. */
export function refuseIfAny(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new InvalidInputError(problems);
}

/** @throws InvalidInputError when a call that takes no parameters is given some. */
export function refuseParameters(query: URLSearchParams): void {
  const problems: Problem[] = [];
  readQuery(query, [], problems);
  refuseIfAny(problems);
}
