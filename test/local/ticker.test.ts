import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { hour, isoOf, second } from '../../lib/domain/time/instant.ts';
import type { Log } from '../../lib/ports.ts';
import type { TickResult } from '../../lib/usecases/planning/tick.ts';
import { startTicker, type Ticker } from '../../local/ticker.ts';
import { start } from '../rig.ts';

beforeEach(() => void vi.useFakeTimers({ now: start }));
let ticker: Ticker | undefined;
afterEach(async () => {
  await ticker?.stop();
  vi.useRealTimers();
});

const result: TickResult = { at: 0, due: 0, planned: 0, queued: 0, swept: 0, failed: [], more: false };

/** Starts a ticker and notes when it ticks; `tick` says what comes of the n-th. */
function watch(tick: (n: number) => Promise<TickResult> = async () => result) {
  const times: string[] = [];
  const errors: string[] = [];
  const log: Log = { info() {}, warn() {}, error: (event: string) => void errors.push(event) };
  ticker = startTicker({ clock: { now: Date.now, async sleepUntil() {} }, log }, (now) => {
    times.push(isoOf(now).slice(11, 19));
    return tick(times.length);
  });
  return { times, errors, ticker };
}

it.each([
  ['2026-11-24T09:00:00Z', ['09:00:00', '09:00:30', '09:01:30', '09:02:30']],
  ['2026-11-24T09:00:31Z', ['09:00:31', '09:01:30', '09:02:30', '09:03:30']],
])('started at %s it ticks at once, and then at second 30', async (startedAt, expected) => {
  vi.setSystemTime(startedAt);
  const { times } = watch();
  await vi.advanceTimersByTimeAsync(179 * second);
  expect(times).toEqual(expected);
});

it('ticks again at once while there is more to do', async () => {
  const { times } = watch(async (n) => ({ ...result, more: n < 3 }));
  await vi.advanceTimersByTimeAsync(0);
  expect(times).toEqual(['09:00:00', '09:00:00', '09:00:00']);
});

it('is not put off when the clock is set back', async () => {
  const { times } = watch();
  await vi.advanceTimersByTimeAsync(10 * second);
  vi.setSystemTime(start - hour);
  await vi.advanceTimersByTimeAsync(5 * second);
  expect(times).toEqual(['09:00:00', '08:00:05']);
});

it('makes up for a sleep of the machine as soon as it wakes', async () => {
  const { times } = watch();
  await vi.advanceTimersByTimeAsync(10 * second);
  vi.setSystemTime(start + hour);
  await vi.advanceTimersByTimeAsync(5 * second);
  expect(times).toEqual(['09:00:00', '10:00:05']);
});

it('goes on after a tick that fails, and says so', async () => {
  const { times, errors } = watch(() => Promise.reject(new Error('the store is locked')));
  await vi.advanceTimersByTimeAsync(31 * second);
  expect(times).toEqual(['09:00:00', '09:00:30']);
  expect(errors).toEqual(['tick-failed', 'tick-failed']);
});

it('waits, when it stops, for the tick under way, and ticks no more', async () => {
  const underWay = Promise.withResolvers<TickResult>();
  const { times, ticker: stopped } = watch(() => underWay.promise);
  let hasStopped = false;
  const stop = stopped.stop().then(() => {
    hasStopped = true;
  });
  await vi.advanceTimersByTimeAsync(second);
  expect(hasStopped).toBe(false);
  underWay.resolve({ ...result, more: true });
  await stop;
  await vi.advanceTimersByTimeAsync(hour);
  expect(times).toEqual(['09:00:00']);
});
