const unitSeconds = { d: 86_400, h: 3_600, m: 60, s: 1 } as const;

/**
 * Reads a duration such as `90s`, `15m`, `2h` or `1d` (24 hours); whole numbers only.
 *
 * @returns seconds, or undefined when it is not a duration.
 */
export function parseDuration(written: string): number | undefined {
  // Nine digits of days are far beyond every bound and still exact.
  const match = /^(\d{1,9})([dhms])$/.exec(written);
  return match === null ? undefined : Number(match[1]) * unitSeconds[match[2] as keyof typeof unitSeconds];
}

/**
 * The seconds of a duration that has been checked before.
 *
 * @throws RangeError when it is not a duration after all.
 */
export function secondsOf(duration: string): number {
  const seconds = parseDuration(duration);
  if (seconds === undefined) throw new RangeError(`"${duration}" is not a duration`);
  return seconds;
}

/** Writes a duration in the largest whole unit: 3600 is `1h`, 90 is `90s`, 0 is `0m`. */
export function formatDuration(seconds: number): string {
  if (seconds === 0) return '0m';
  const unit = (['d', 'h', 'm'] as const).find((name) => seconds % unitSeconds[name] === 0) ?? 's';
  return `${seconds / unitSeconds[unit]}${unit}`;
}
