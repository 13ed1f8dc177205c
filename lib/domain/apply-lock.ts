import { type Instant, second } from './instant.ts';
import type { Versioned } from './versioned.ts';

/** Lets one schedule file be applied at a time; two at once would leave a mixture of both. */
export type ApplyLock = Versioned & {
  /** Who is applying a file now; a crash frees the lock when `until` has passed. */
  readonly holder?: {
    readonly token: string;
    readonly who: string;
    readonly since: Instant;
    readonly until: Instant;
  };
  /** The latest files that came with an Idempotency-Key and how each was answered, the oldest first. */
  readonly answered: readonly AnsweredApply[];
};

export type AnsweredApply = {
  readonly key: string;
  readonly hash: string;
  readonly at: Instant;
  readonly answer: unknown;
};

const longestHeld = 60 * second;

/** Whether somebody else holds the lock. A time further ahead than it can be held for was written by a wrong clock. */
export function isHeldByOther(lock: ApplyLock | undefined, token: string, now: Instant): boolean {
  const { holder } = lock ?? {};
  return (
    holder !== undefined && holder.token !== token && now < holder.until && holder.until <= now + longestHeld
  );
}

/** The lock, taken or kept for a while longer. */
export function heldLock(
  lock: ApplyLock | undefined,
  { token, who }: { token: string; who: string },
  now: Instant,
  writeId: string,
): ApplyLock {
  const { version = 0, answered = [], holder } = lock ?? {};
  const since = holder?.token === token ? holder.since : now;
  return { answered, holder: { token, who, since, until: now + longestHeld }, version: version + 1, writeId };
}

/** Whether the lock must be taken for longer before the next step; a time that is too far ahead cannot be trusted. */
export function isRunningOut({ holder }: ApplyLock, now: Instant): boolean {
  const left = (holder?.until ?? now) - now;
  return left < longestHeld / 2 || left > longestHeld;
}
