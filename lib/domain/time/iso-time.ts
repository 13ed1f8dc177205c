import { type Instant, minute } from './instant.ts';

const date = String.raw`(\d{4}-\d\d-\d\d)`;
// A day that somebody plans for; bounded so that counting days from it stays within four-digit years.
const plannedDate = String.raw`((?:19|20|21)\d\d-\d\d-\d\d)`;
const time = String.raw`((?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?)`;
const datePattern = new RegExp(`^${plannedDate}$`);
const localPattern = new RegExp(`^${plannedDate}T${time}$`);
const instantPattern = new RegExp(String.raw`^${date}T${time}(\.\d{1,3})?(Z|[+-](?:0\d|1[0-4]):[0-5]\d)$`);

/**
 * Reads a calendar date such as `2026-10-01`.
 *
 * @returns its midnight as if in UTC, or undefined when there is no such day from 1900 to 2199.
 */
export function parseDate(written: string): number | undefined {
  const match = datePattern.exec(written);
  return match === null ? undefined : midnightOf(match[1]);
}

/** The date of a local time that is written as if it were UTC. */
export function dateOf(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(0, 10);
}

/**
 * Reads a local time such as `2026-12-05T22:00`, with or without seconds.
 *
 * @returns the wall time as if it were UTC, or undefined when there is none from 1900 to 2199.
 */
export function parseLocalTime(written: string): number | undefined {
  const match = localPattern.exec(written);
  return match === null || midnightOf(match[1]) === undefined ? undefined : Date.parse(`${written}Z`);
}

/** Writes a local time as short as it can be: seconds only when they are not 0. */
export function printLocalTime(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(0, wallMs % minute === 0 ? 16 : 19);
}

/** Reads an instant such as `2026-10-01T08:00:00+08:00`; undefined when it is none or names no zone. */
export function parseInstant(written: string): Instant | undefined {
  const match = instantPattern.exec(written);
  return match === null || midnightOf(match[1]) === undefined ? undefined : Date.parse(written);
}

/** Date.parse turns 30 February into 2 March: only a day that comes back as it was exists. */
function midnightOf(day = ''): number | undefined {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(midnight) && dateOf(midnight) === day ? midnight : undefined;
}
