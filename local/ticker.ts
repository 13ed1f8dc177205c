import { messageOf } from '../lib/domain/errors.ts';
import { type Instant, minute, second } from '../lib/domain/instant.ts';
import type { Clock, Log } from '../lib/ports.ts';
import type { TickResult } from '../lib/usecases/tick.ts';

export type Ticker = { stop(): Promise<void> };

/** Most notifications are due on the full minute, so the planner keeps out of their way. */
const secondOfTheMinute = 30 * second;

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
    if (!isStopped) timer = setTimeout(start, more ? 0 : untilNext(clock.now()));
  }

  function start(): void {
    running = run();
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

function untilNext(now: Instant): number {
  return minute - ((now - secondOfTheMinute) % minute);
}
