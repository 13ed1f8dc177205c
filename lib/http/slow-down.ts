import { type Instant, minute, second } from '../domain/time/instant.ts';
import type { Clock } from '../ports.ts';

/** Answers callers without a known token late, so that tokens cannot be guessed quickly. */
export type SlowDown = {
  /**
   * Waits until the caller may be told that it is refused.
   *
   * @returns whether it has waited; false, at once, while too many others wait.
   */
  hold(address: string, clock: Clock): Promise<boolean>;
};

/** Refusals within a minute that are answered at once: of one address, and of all together. */
const freeOfAddress = 5;
const freeOfAll = 100;
/** Each that waits holds a connection. */
const mostWaiting = 100;

/**
 * On Lambda each instance counts by itself, so that a caller who is spread over several waits less.
 *
 * @param longestDelay in milliseconds.
 */
export function createSlowDown(longestDelay: number): SlowDown {
  const ofAddress = countRefusals(freeOfAddress, longestDelay);
  const ofAll = countRefusals(freeOfAll, longestDelay);
  let waiting = 0;
  return {
    async hold(address, clock) {
      const now = clock.now();
      const until = Math.max(ofAddress(address, now), ofAll('', now));
      if (until <= now) return true;
      if (waiting >= mostWaiting) return false;
      waiting += 1;
      try {
        await clock.sleepUntil(until);
      } finally {
        waiting -= 1;
      }
      return true;
    },
  };
}

type Refusals = { lastAt: Instant; recent: readonly Instant[]; delays: number };

/** A minute without a refusal, and the next one is the first again. */
const memory = minute;
/** So many addresses are remembered; those that were refused longest ago make room. */
const addressesKept = 1_000;

/**
 * Counts refusals by address.
 *
 * @returns notes one more, and gives when it may be told: at once, until there were more than `free` within a minute;
 * then later each time.
 */
export function countRefusals(
  free: number,
  longestDelay: number,
): (address: string, now: Instant) => Instant {
  const callers = new Map<string, Refusals>();
  return (address, now) => {
    const refusals = nextRefusals(callers.get(address), free, now);
    // Deleted first, so that the map is in the order of the last refusals.
    callers.delete(address);
    callers.set(address, refusals);
    if (callers.size > addressesKept) callers.delete(callers.keys().next().value ?? '');
    return refusals.delays === 0 ? now : now + Math.min(2 ** (refusals.delays - 1) * second, longestDelay);
  };
}

function nextRefusals(seen: Refusals | undefined, free: number, now: Instant): Refusals {
  // The distance, not the difference: a clock set back must not slow anybody down for longer.
  const isNear = (at: Instant) => Math.abs(now - at) < memory;
  if (seen === undefined || !isNear(seen.lastAt)) return { lastAt: now, recent: [now], delays: 0 };
  const recent = [...seen.recent.filter(isNear), now].slice(-free - 1);
  const isSlowed = seen.delays > 0 || recent.length > free;
  return { lastAt: now, recent, delays: seen.delays + (isSlowed ? 1 : 0) };
}
