import type { Instant } from '../lib/domain/instant.ts';
import { wallOf } from '../lib/domain/zone.ts';

/** An instant as answers write it, short and to the second: `2026-11-24 10:00:00Z`. */
export function shortTime(iso: string): string {
  return iso.replace('T', ' ').replace(/\.\d+Z$/, 'Z');
}

/** What the clocks of a zone show, with their offset from UTC: `2026-11-24 18:00:00+08:00`. */
export function localTime(at: Instant, timeZone: string): string {
  return `${shortTime(new Date(wallOf(at, timeZone)).toISOString()).slice(0, -1)}${offsetOf(at, timeZone)}`;
}

/** How far the clocks of a zone are ahead of UTC, as in `+08:00`; with seconds where there are some. */
export function offsetOf(at: Instant, timeZone: string): string {
  const aheadMs = wallOf(at, timeZone) - at;
  const size = new Date(Math.abs(aheadMs)).toISOString().slice(11, 19).replace(/:00$/, '');
  return `${aheadMs < 0 ? '-' : '+'}${size}`;
}
