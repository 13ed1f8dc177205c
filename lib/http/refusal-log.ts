import { shorten } from '../domain/input/spelling.ts';
import { type Instant, minute } from '../domain/time/instant.ts';
import type { Log } from '../ports.ts';

/** A call that was refused for its form or its caller. The query and the headers are left out: they may hold secrets. */
export type RefusedCall = {
  code: string;
  method: string;
  path: string;
  /** The address of the caller. */
  from: string;
  /** For people. */
  reason: string;
};

/** So many lines in a minute; the others are counted in one line when the next minute has one. */
const linesPerMinute = 20;

/** Tells in the log of calls that are refused, however many there are. */
export function createRefusalLog(log: Log): (refused: RefusedCall, now: Instant) => void {
  let current = 0;
  let lines = 0;
  let leftOut = 0;
  return ({ code, method, path, from, reason }, now) => {
    const minuteOf = Math.floor(now / minute);
    if (minuteOf !== current) {
      if (leftOut > 0) log.warn('calls-refused', { count: leftOut });
      current = minuteOf;
      lines = 0;
      leftOut = 0;
    }
    if (lines === linesPerMinute) {
      leftOut += 1;
      return;
    }
    lines += 1;
    log.warn('call-refused', { code, method: shorten(method), path: shorten(path), from, reason });
  };
}
