import { badRequest } from '../answer.ts';

/** The limits of one whole-number parameter; without a default it must be given. */
type NumberRule = { max: number; byDefault?: number };

function wholeNumber(query: URLSearchParams, name: string, { max, byDefault }: NumberRule): number {
  const text = query.get(name);
  if (text === null) {
    if (byDefault === undefined) throw badRequest(`The parameter ${name} is required.`);
    return byDefault;
  }
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= max)) throw badRequest(`The parameter ${name} must be a whole number from 0 to ${max}.`);
  return value;
}

/** The values of a parameter that may be repeated; undefined when it is not there. */
export function oneOf(query: URLSearchParams, name: string, known: readonly string[]): string[] | undefined {
  const values = query.getAll(name);
  const unknown = values.find((value) => !known.includes(value));
  if (unknown !== undefined) throw badRequest(`The parameter ${name} must be one of ${known.join(', ')}.`);
  return values.length === 0 ? undefined : values;
}

/** A parameter that is `true` or `false`; undefined when it is not there. */
export function flag(query: URLSearchParams, name: string): boolean | undefined {
  const value = oneOf(query, name, ['true', 'false'])?.[0];
  return value === undefined ? undefined : value === 'true';
}

/**
 * The page of `rows` that `offset` and `limit` ask for.
 *
 * @throws RefusedError for a parameter outside its range, or missing where it has no default.
 */
export function pageOf<T>(
  rows: readonly T[],
  query: URLSearchParams,
  rules: { limit: NumberRule; offset: NumberRule },
): T[] {
  const limit = wholeNumber(query, 'limit', rules.limit);
  const offset = wholeNumber(query, 'offset', rules.offset);
  return rows.slice(offset, offset + limit);
}
