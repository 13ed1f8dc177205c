import { InvalidConfigError } from '../domain/codes/errors.ts';

/** Variables by name, as `process.env` holds them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads variables and collects what is wrong with them. */
export type Reader = {
  /** Undefined when it is not set, or empty. */
  text(name: string): string | undefined;
  wholeNumber(name: string, fallback: number, range: [number, number]): number;
  /** A number per minute, or `off`. */
  limit(name: string, fallback: number): number;
  /** A problem is one line for the operator; it never repeats what may be a secret. */
  refuse(problem: string): void;
  /** @throws InvalidConfigError with every problem at once. */
  finish(): void;
};

/** Nothing is thrown before `finish`. */
export function createReader(environment: Environment): Reader {
  const problems: string[] = [];
  const text = (name: string) => environment[name]?.trim() || undefined;
  const wholeNumber = (name: string, fallback: number, [least, most]: [number, number], or = '') => {
    const value = text(name);
    if (value === undefined) return fallback;
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= least && number <= most) return number;
    problems.push(`${name} must be a whole number from ${least} to ${most}${or}, not "${value}"`);
    return fallback;
  };
  return {
    text,
    wholeNumber,
    limit: (name, fallback) =>
      text(name) === 'off' ? Number.POSITIVE_INFINITY : wholeNumber(name, fallback, [1, 10_000], ', or off'),
    refuse: (problem) => problems.push(problem),
    finish() {
      if (problems.length > 0) throw new InvalidConfigError(problems);
    },
  };
}
