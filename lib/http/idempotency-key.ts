import { type Problem, problem } from '../domain/codes/problems.ts';
import { isIdempotencyKey } from '../domain/input/input.ts';
import type { ApiCall } from './call.ts';

/** Reads the header `Idempotency-Key`, which a caller may send so that a repeated request has its effect once. */
export function readIdempotencyKey(
  { idempotencyKey }: Pick<ApiCall, 'idempotencyKey'>,
  problems: Problem[],
): string | undefined {
  if (idempotencyKey !== undefined && !isIdempotencyKey(idempotencyKey))
    problems.push(problem('Idempotency-Key', 'bad_key', {}));
  return idempotencyKey;
}
