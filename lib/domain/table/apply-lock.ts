import { type Instant, second } from '../time/instant.ts';
import type { Versioned } from '../versioned.ts';

/** Lets one schedule file be applied at a time; two at once would leave a mixture of both. */
export type ApplyLock = Versioned & {
  /** Who is applying a file now; a crash frees the lock when `until` has passed. */
  readonly holder?: {
    readonly token: string;
    readonly who: string;
    /** Key and hash: the same request takes over from its own first try. */
    readonly request?: string;
    readonly since: Instant;
    readonly until: Instant;
  };
  /** The latest files that came with an Idempotency-Key and how each was answered, the oldest first. */
  readonly answered: readonly AnsweredApply[];
};

type Holder = NonNullable<ApplyLock['holder']>;

export type AnsweredApply = {
  readonly key: string;
  readonly hash: string;
  readonly at: Instant;
  readonly answer: unknown;
};

const longestHeld = 60 * second;
/** How far the clocks of several processes may differ; beyond that a time was written by a wrong clock. */
const skew = 60 * second;

/** Whether somebody else holds the lock. A time further ahead than it can be held for was written by a wrong clock. */
export function isHeldByOther(
  lock: ApplyLock | undefined,
  { token, request }: Pick<Holder, 'token' | 'request'>,
  now: Instant,
): boolean {
  const { holder } = lock ?? {};
  const isOwn = holder?.token === token || (request !== undefined && holder?.request === request);
  return holder !== undefined && !isOwn && now < holder.until && holder.until <= now + longestHeld + skew;
}

/** The lock, taken or kept for a while longer. */
export function heldLock(
  lock: ApplyLock | undefined,
  { token, who, request }: Pick<Holder, 'token' | 'who' | 'request'>,
  now: Instant,
  writeId: string,
): ApplyLock {
  const { version = 0, answered = [], holder } = lock ?? {};
  const since = holder?.token === token ? holder.since : now;
  const asked = request === undefined ? {} : { request };
  const held = { token, who, ...asked, since, until: now + longestHeld };
  return { answered, holder: held, version: version + 1, writeId };
}

/** Whether the lock must be taken for longer before the next step; a time that is too far ahead cannot be trusted. */
export function isRunningOut({ holder }: ApplyLock, now: Instant): boolean {
  const left = (holder?.until ?? now) - now;
  return left < longestHeld / 2 || left > longestHeld + skew;
}
