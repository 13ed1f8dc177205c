import type { Instant } from '../lib/domain/time/instant.ts';

/** Everything outside the program that a command may touch. */
export type Terminal = {
  environment: Readonly<Record<string, string | undefined>>;
  now(): Instant;
  /** An Idempotency-Key that nobody has used before. */
  newKey(): string;
  readFile(path: string): Uint8Array;
  /** How wide standard output is, in columns; undefined when nobody watches it. */
  width: number | undefined;
  fetch(url: string, request: RequestInit): Promise<Response>;
  /** One or more lines to standard output. */
  print(text: string): void;
  /** One or more lines to standard error. */
  complain(text: string): void;
};

/** 0 success, 1 failure, 2 usage error. */
export type ExitCode = 0 | 1 | 2;

/** One command of the program, as its own file exports it. */
export type Command = (args: string[], terminal: Terminal) => Promise<ExitCode>;
