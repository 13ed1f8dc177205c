import { messageOf } from '../lib/domain/codes/errors.ts';
import { type Instant, minute, second } from '../lib/domain/time/instant.ts';
import type { Clock, Log } from '../lib/ports.ts';
import type { TickResult } from '../lib/usecases/planning/tick.ts';

export type Ticker = { stop(): Promise<void> };

/** Most notifications are due on the full minute, so the planner keeps out of their way. */
const secondOfTheMinute = 30 * second;
/** A timer stands still while the machine sleeps, so it asks the clock again and again. */
const longestSleep = 5 * second;

/** Ticks at once, and then once a minute. */
export function startTicker(
  { clock, log }: { clock: Clock; log: Log },
  tick: (now: Instant) => Promise<TickResult>,
): Ticker {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void>;
  let isStopped = false;

  async function run(): Promise<void> {
    let more = false;
    try {
      ({ more } = await tick(clock.now()));
    } catch (cause) {
      log.error('tick-failed', { message: messageOf(cause) });
    }
    const now = clock.now();
    sleepUntil(more ? now : nextTickAt(now));
  }

  function sleepUntil(at: Instant): void {
    if (isStopped) return;
    const left = at - clock.now();
    // A clock that was set back must not put the next tick off.
    if (left <= 0 || left > minute) running = run();
    else timer = setTimeout(() => sleepUntil(at), Math.min(left, longestSleep));
  }

  running = run();
  return {
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

function nextTickAt(now: Instant): Instant {
  return now + minute - ((now - secondOfTheMinute) % minute);
}
