import { type Instant, minute, second } from '../domain/instant.ts';

/** Counts the refused callers of this process, so that tokens cannot be guessed quickly. */
export type SlowDown = {
  /**
   * Notes that a caller without a known token is refused now.
   *
   * @returns when it may be told: at once, until it was refused five times within a minute; then later each time.
   */
  refuse(address: string, now: Instant): Instant;
};

type Refusals = { lastAt: Instant; recent: readonly Instant[]; delays: number };

const freeRefusals = 5;
/** Who is quiet for so long begins anew. */
const memory = minute;
/** So many addresses are remembered; those that were refused longest ago make room. */
const addressesKept = 1_000;

/**
 * On Lambda each instance counts by itself, so that a caller who is spread over several waits less.
 *
 * @param longestDelay in milliseconds.
 */
export function createSlowDown(longestDelay: number): SlowDown {
  const callers = new Map<string, Refusals>();
  return {
    refuse(address, now) {
      const refusals = nextRefusals(callers.get(address), now);
      // Anew, so that the map is in the order of the last refusals.
      callers.delete(address);
      callers.set(address, refusals);
      if (callers.size > addressesKept) callers.delete(callers.keys().next().value ?? '');
      return refusals.delays === 0 ? now : now + Math.min(2 ** (refusals.delays - 1) * second, longestDelay);
    },
  };
}

function nextRefusals(seen: Refusals | undefined, now: Instant): Refusals {
  // The distance, not the difference: a clock set back must not slow anybody down for longer.
  const isNear = (at: Instant) => Math.abs(now - at) < memory;
  if (seen === undefined || !isNear(seen.lastAt)) return { lastAt: now, recent: [now], delays: 0 };
  const recent = [...seen.recent.filter(isNear), now].slice(-freeRefusals - 1);
  const isSlowed = seen.delays > 0 || recent.length > freeRefusals;
  return { lastAt: now, recent, delays: seen.delays + (isSlowed ? 1 : 0) };
}
