import { createHash } from 'node:crypto';
import { KeyReusedError } from '../../domain/codes/errors.ts';
import type { AnsweredRequest, Schedule } from '../../domain/schedule/schedule.ts';
import { day, type Instant } from '../../domain/time/instant.ts';

/** A request with an Idempotency-Key: the same key and the same request have their effect once. */
export type Request = Pick<AnsweredRequest, 'key' | 'hash'>;

/** How long a schedule remembers a request, and how many at most. */
const remembered = day;
const mostRemembered = 100;

/** @param asked everything that makes one request differ from another. */
export function requestOf(
  who: string,
  idempotencyKey: string | undefined,
  asked: unknown,
): Request | undefined {
  if (idempotencyKey === undefined) return undefined;
  return { key: shortHash(who, idempotencyKey), hash: shortHash(JSON.stringify(asked)) };
}

/**
 * The revision that the request made before; undefined when it is new.
 *
 * @throws KeyReusedError when the key stood for another request.
 */
export function repeatedRevision(
  seen: Schedule | undefined,
  request: Request | undefined,
  now: Instant,
): number | undefined {
  const known = seen?.requests?.find((other) => other.key === request?.key && isRemembered(other, now));
  if (known !== undefined && known.hash !== request?.hash) throw new KeyReusedError();
  return known?.rev;
}

/** The schedule, remembering that the request made its revision. */
export function withRequest(next: Schedule, request: Request | undefined, now: Instant): Schedule {
  // Not by age: a clock that is wrong for seconds must not make anybody forget.
  const kept = next.requests ?? [];
  const requests = request === undefined ? kept : [...kept, { ...request, rev: next.rev, at: now }];
  if (requests.length === 0) {
    const { requests: _requests, ...rest } = next;
    return rest;
  }
  return { ...next, requests: requests.slice(-mostRemembered) };
}

function isRemembered({ at }: AnsweredRequest, now: Instant): boolean {
  return Math.abs(now - at) < remembered;
}

/** Twenty hexadecimal digits that stand for the parts. */
export function shortHash(...parts: string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 20);
}
