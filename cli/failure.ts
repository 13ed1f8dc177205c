import type { Problem } from '../lib/domain/codes/problems.ts';
import type { ExitCode } from './terminal.ts';

/** A problem as people see it; one that came over HTTP may have a code that this version does not know. */
export type ShownProblem = Omit<Problem, 'code'> & { code: string };

/** Under which a command takes effect once, however often it is sent; given by the user, or made for the command. */
export type IdempotencyKey = { text: string; isGiven: boolean };

/** The command cannot go on: what to print, and with which code the program ends. */
export class CommandError extends Error {
  readonly exitCode: ExitCode;
  /** For `--json`, and printed one a line; empty when the message says it all. */
  readonly problems: readonly ShownProblem[];
  /** The key to repeat the command with, when it may have taken effect. */
  readonly key: IdempotencyKey | undefined;
  constructor(
    message: string,
    exitCode: ExitCode,
    problems: readonly ShownProblem[] = [],
    key?: IdempotencyKey,
  ) {
    super(message);
    this.exitCode = exitCode;
    this.problems = problems;
    this.key = key;
  }
}

/** The command line itself cannot be understood. */
export class UsageError extends CommandError {
  constructor(message: string) {
    super(message, 2);
  }
}

/**
 * What was given cannot be used.
 *
 * @param file its name, when the problems lie in a file.
 */
export function inputError(problems: readonly ShownProblem[], file?: string): CommandError {
  return new CommandError(problems.map((found) => lineOf(found, file)).join('\n'), 2, problems);
}

/** How to repeat a command that may have taken effect. Deskbell remembers a key for a day. */
export function describeRepeat({ text, isGiven }: IdempotencyKey): string {
  const how = isGiven
    ? 'run the same command again, with the same --idempotency-key'
    : `add --idempotency-key ${text} to the same command`;
  return `It may have taken effect. To repeat it safely within 24 hours: ${how}.`;
}

function lineOf({ path, message, line }: ShownProblem, file: string | undefined): string {
  const place = [file, line].filter((part) => part !== undefined).join(':');
  return [place, path, message].filter((part) => part !== '').join(': ');
}
