/** What a schedule of the measurements says; `text` is what its one notification says. */
export type Wanted = { id: string; text: string; at: number } | IdleSchedule;
export type IdleSchedule = { id: string; text: string; cron: string };

const minuteMs = 60_000;
const dayMs = 1_440 * minuteMs;

/** Schedules that are due at `dueAt`; each has one pool, and its text is the due time. */
export function dueSchedules(dueAt: number, count: number): Wanted[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `due-${dueAt}-${i}`,
    text: String(dueAt),
    at: dueAt,
  }));
}

/** Schedules that are due once a year, none of them in the next 60 days. */
export function idleSchedules(count: number, now: number): IdleSchedule[] {
  return Array.from({ length: count }, (_, i) => {
    const at = new Date(now + (60 + (i % 300)) * dayMs + (i % 1_440) * minuteMs);
    const cron = `${at.getUTCMinutes()} ${at.getUTCHours()} ${at.getUTCDate()} ${at.getUTCMonth() + 1} *`;
    return { id: `idle-${i}`, text: 'Once a year.', cron };
  });
}
