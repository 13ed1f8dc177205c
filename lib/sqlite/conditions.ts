import { InvalidInputError } from '../domain/codes/errors.ts';
import { problem } from '../domain/codes/problems.ts';

/** What stands after WHERE, and its values in order. */
export type Conditions = { where: string; params: (string | number)[] };

/** A condition and its values; it does not count while a value is missing. */
type Condition = [text: string, ...values: (string | number | undefined)[]];

/** All conditions that count, for one WHERE. */
export function joinConditions(conditions: Condition[]): Conditions {
  const parts: string[] = ['TRUE'];
  const params: (string | number)[] = [];
  for (const [text, ...values] of conditions) {
    const given = values.filter((value) => value !== undefined);
    if (given.length === 0 || given.length < values.length) continue;
    parts.push(text);
    params.push(...given);
  }
  return { where: parts.join(' AND '), params };
}

/** Several groups of conditions as one. */
export function joinAll(...groups: Conditions[]): Conditions {
  return {
    where: groups.map(({ where }) => where).join(' AND '),
    params: groups.flatMap(({ params }) => params),
  };
}

/**
 * The parts of the position that a cursor names, as texts: an id of digits is no number. None without a cursor.
 *
 * @throws InvalidInputError when it is no cursor of this list.
 */
export function positionIn(cursor: string | undefined, pattern: RegExp): string[] {
  if (cursor === undefined) return [];
  const match = pattern.exec(cursor);
  if (match === null) throw new InvalidInputError([problem('cursor', 'bad_cursor', {})]);
  return match.slice(1);
}
