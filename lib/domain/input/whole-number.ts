import { type Problem, problem } from '../codes/problems.ts';

/**
 * Reads a whole number within bounds, both included.
 *
 * @param input a number, or a text of digits, as in a query or on a command line.
 * @returns the least one when it is none.
 */
export function readWholeNumber(
  input: unknown,
  path: string,
  { min, max }: { min: number; max: number },
  problems: Problem[],
): number {
  const number = typeof input === 'string' && /^\d{1,9}$/.test(input) ? Number(input) : input;
  if (typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max) return number;
  problems.push(problem(path, 'whole_number', { min, max }));
  return min;
}
