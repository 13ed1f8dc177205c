/**
 * The value that a share of the values does not exceed, by the nearest rank; NaN when there are none.
 *
 * @param share from 0 to 1.
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** The middle value, or the mean of the two in the middle; NaN when there are none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle - 1)] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}

/** A whole number with its thousands parted. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}

/** How many times as much, to the second digit after the point. */
export function times(value: number, other: number): string {
  return `${(value / other).toFixed(2)} ×`;
}
