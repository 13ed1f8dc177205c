import type { Instant } from '../../lib/domain/time/instant.ts';
import { parseInstant } from '../../lib/domain/time/iso-time.ts';
import { resolveTimeZone, wallOf } from '../../lib/domain/time/zone.ts';
import { printable } from './table.ts';

/** An instant as answers write it, short and to the second: `2026-11-24 10:00:00Z`. */
export function shortTime(iso: string): string {
  return iso.replace('T', ' ').replace(/\.\d+Z$/, 'Z');
}

/** What the clocks of a zone show, with their offset from UTC: `2026-11-24 18:00:00+08:00`. */
export function localTime(at: Instant, timeZone: string): string {
  return `${shortTime(new Date(wallOf(at, timeZone)).toISOString()).slice(0, -1)}${offsetOf(at, timeZone)}`;
}

/**
 * An instant as options take it, by the clocks of a zone: `2026-11-24T18:00:00+08:00`.
 *
 * What is no instant stays as it is written, and so does everything in a zone that is not known here.
 */
export function offsetTime(written: string, timeZone: string): string {
  const at = parseInstant(written);
  if (at === undefined || !isKnown(timeZone)) return printable(written);
  const wall = new Date(wallOf(at, timeZone)).toISOString().replace(/(\.000)?Z$/, '');
  return `${wall}${offsetOf(at, timeZone)}`;
}

/** The same with the name of the zone: `2026-11-24T18:00:00+08:00 (Asia/Shanghai)`. */
export function zonedTime(written: string, timeZone: string): string {
  const time = offsetTime(written, timeZone);
  return isKnown(timeZone) ? `${time} (${timeZone})` : time;
}

/** Another machine may know zones that this one does not. */
function isKnown(timeZone: string): boolean {
  return resolveTimeZone(timeZone) !== undefined;
}

/** How far the clocks of a zone are ahead of UTC, as in `+08:00`; with seconds where there are some. */
export function offsetOf(at: Instant, timeZone: string): string {
  const aheadMs = wallOf(at, timeZone) - at;
  const size = new Date(Math.abs(aheadMs)).toISOString().slice(11, 19).replace(/:00$/, '');
  return `${aheadMs < 0 ? '-' : '+'}${size}`;
}
