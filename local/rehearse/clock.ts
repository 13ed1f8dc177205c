import type { Instant } from '../../lib/domain/time/instant.ts';
import type { Clock } from '../../lib/ports.ts';

/** A clock that stands still until it is moved. */
export type VirtualClock = Clock & {
  /** Wakes those who sleep until then. */
  moveTo(at: Instant): void;
};

export function createVirtualClock(startAt: Instant): VirtualClock {
  let now = startAt;
  let sleepers: { at: Instant; wake: () => void }[] = [];
  return {
    now: () => now,
    sleepUntil: (at) => (at <= now ? Promise.resolve() : new Promise((wake) => sleepers.push({ at, wake }))),
    moveTo(at) {
      now = at;
      const isUp = (sleeper: { at: Instant }) => sleeper.at <= at;
      for (const { wake } of sleepers.filter(isUp)) wake();
      sleepers = sleepers.filter((sleeper) => !isUp(sleeper));
    },
  };
}
