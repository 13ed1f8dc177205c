import { type Instant, minute } from './domain/time/instant.ts';
import type { Clock } from './ports.ts';

/** The machine's wall clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleepUntil(at: Instant) {
    // In steps, because a timer does not notice that the clock was set or the machine slept.
    for (let left = at - Date.now(); left > 0; left = at - Date.now()) {
      await new Promise((resolve) => setTimeout(resolve, Math.min(left, minute)));
    }
  },
};
