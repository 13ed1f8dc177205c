import { type Problem, problem } from '../lib/domain/codes/problems.ts';
import { isIdempotencyKey } from '../lib/domain/input/input.ts';
import type { IdempotencyKey } from './failure.ts';
import { single } from './options.ts';
import type { Terminal } from './terminal.ts';

/** The option of every command that writes. */
export const keyOption = 'idempotency-key';

/** Reads `--idempotency-key`; a new key when it is left out. */
export function readKey(
  values: readonly string[] | undefined,
  { newKey }: Pick<Terminal, 'newKey'>,
  problems: Problem[],
): IdempotencyKey {
  const given = single(values, keyOption, problems);
  if (given !== undefined && !isIdempotencyKey(given)) problems.push(problem(keyOption, 'bad_key', {}));
  return { text: given ?? newKey(), isGiven: given !== undefined };
}
