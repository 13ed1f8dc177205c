/** An instant: milliseconds since 1970-01-01T00:00:00Z. Every name that ends in `At` is one, unless it says wall. */
export type Instant = number;

export const second = 1_000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;

/** ISO 8601 in UTC with milliseconds, as in every answer. */
export function isoOf(at: Instant): string {
  return new Date(at).toISOString();
}

/** The same of what may be missing. */
export function isoIfAny(at: Instant | undefined): string | undefined {
  return at === undefined ? undefined : isoOf(at);
}
