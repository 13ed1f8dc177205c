/** What a schedule of the measurements says; `text` is what its one notification says. */
export type Wanted = { id: string; text: string; at: number } | IdleSchedule;
export type IdleSchedule = { id: string; text: string; cron: string };

/** So many notifications due at one instant. */
export type Batch = { dueAt: number; count: number };

const minuteMs = 60_000;
const dayMs = 1_440 * minuteMs;

/** The texts of a batch, each one different: by them it is told what arrived, and what arrived twice. */
export function textsOf({ dueAt, count }: Batch): string[] {
  return Array.from({ length: count }, (_, i) => `${dueAt}/${i}`);
}

/** Schedules that are due at `dueAt`; each has one pool. */
export function dueSchedules(batch: Batch): Wanted[] {
  return textsOf(batch).map((text, i) => ({ id: `due-${batch.dueAt}-${i}`, text, at: batch.dueAt }));
}

/**
 * Schedules that are due once a year, none of them in the next 60 days.
 *
 * @param from the number of the first one.
 */
export function idleSchedules(count: number, now: number, from = 0): IdleSchedule[] {
  return Array.from({ length: count }, (_, k) => {
    const i = from + k;
    const at = new Date(now + (60 + (i % 300)) * dayMs + (i % 1_440) * minuteMs);
    const cron = `${at.getUTCMinutes()} ${at.getUTCHours()} ${at.getUTCDate()} ${at.getUTCMonth() + 1} *`;
    return { id: `idle-${i}`, text: 'Once a year.', cron };
  });
}

/** Batches of jobs that are all due in 60 days or later. */
export function idleBatches(count: number, now: number): Batch[] {
  const days = 300;
  return Array.from({ length: days }, (_, i) => ({
    dueAt: now + (60 + i) * dayMs,
    count: Math.floor((count + i) / days),
  }));
}

/** The same in parts of at most `size`. */
export function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  );
}
