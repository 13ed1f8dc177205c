import { day, type Instant, minute } from '../../../lib/domain/time/instant.ts';

/** When a scheduled task runs, in Huawei's own fields; lists are comma-separated. */
export type Recurrence = {
  scheduled_type: string;
  day_interval?: number | null;
  /** 1 to 7 for Sunday to Saturday. */
  week_list?: string | null;
  month_list?: string | null;
  /** 1 to 31, and L for the last day of the month. */
  date_list?: string | null;
  scheduled_date?: string | null;
  scheduled_time?: string | null;
  expire_time?: string | null;
  time_zone?: string | null;
};

/** A zone that the simulator offers; none of them changes its clocks. */
export type TimeZone = { name: string; offsetMinutes: number; place: string };

export const timeZones: readonly TimeZone[] = [
  { name: 'Asia/Shanghai', offsetMinutes: 480, place: 'Beijing' },
  { name: 'America/Sao_Paulo', offsetMinutes: -180, place: 'Brasilia' },
  { name: 'Europe/Istanbul', offsetMinutes: 180, place: 'Istanbul' },
  { name: 'Coordinated Universal Time', offsetMinutes: 0, place: 'UTC' },
];

/** `GMT+08:00`; plain `GMT` at offset 0. */
export function offsetName(offsetMinutes: number): string {
  if (offsetMinutes === 0) return 'GMT';
  const [hours, minutes] = [Math.floor(Math.abs(offsetMinutes) / 60), Math.abs(offsetMinutes) % 60];
  const clock = [hours, minutes].map((part) => String(part).padStart(2, '0')).join(':');
  return `GMT${offsetMinutes < 0 ? '-' : '+'}${clock}`;
}

/** The offset of a named zone or of `GMT+8`; undefined when the name is neither. */
export function offsetMinutesOf(name: string): number | undefined {
  const known = timeZones.find((zone) => zone.name === name);
  if (known !== undefined) return known.offsetMinutes;
  const parts = /^GMT([+-])(\d{1,2})(?::(\d\d))?$/.exec(name);
  if (parts === null) return undefined;
  const [, sign, hours, minutes = '0'] = parts;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

function isLastOfMonth(wallDay: Date): boolean {
  return new Date(wallDay.getTime() + day).getUTCDate() === 1;
}

function matches(recurrence: Recurrence, wallDay: Date, daysAhead: number): boolean {
  const isListed = (list: string | null | undefined, value: number | string) =>
    (list ?? '').split(',').includes(String(value));
  switch (recurrence.scheduled_type) {
    case 'FIXED_TIME':
      return wallDay.toISOString().startsWith(recurrence.scheduled_date ?? 'never');
    case 'DAY':
      return daysAhead % (recurrence.day_interval ?? 1) === 0;
    case 'WEEK':
      return isListed(recurrence.week_list, wallDay.getUTCDay() + 1);
    case 'MONTH':
      return (
        ((recurrence.month_list ?? '') === '' ||
          isListed(recurrence.month_list, wallDay.getUTCMonth() + 1)) &&
        (isListed(recurrence.date_list, wallDay.getUTCDate()) ||
          (isListed(recurrence.date_list, 'L') && isLastOfMonth(wallDay)))
      );
    default:
      return false;
  }
}

/**
 * The next runs after `now`, as `2031-01-05 22:00:00 GMT+08:00`; at most `count`, within ten years.
 *
 * An interval of days counts from today, because the request names no first day.
 */
export function runsAfter(recurrence: Recurrence, now: Instant, count: number): string[] {
  const offsetMinutes = offsetMinutesOf(recurrence.time_zone ?? '') ?? 0;
  const wallNow = now + offsetMinutes * minute;
  const wallToday = Math.floor(wallNow / day) * day;
  const runs: string[] = [];
  for (let daysAhead = 0; daysAhead < 3660 && runs.length < count; daysAhead += 1) {
    const wallDay = new Date(wallToday + daysAhead * day);
    if (!matches(recurrence, wallDay, daysAhead)) continue;
    const wall = `${wallDay.toISOString().slice(0, 10)} ${recurrence.scheduled_time ?? '00:00:00'}`;
    const isAhead = Date.parse(`${wall.replace(' ', 'T')}Z`) > wallNow;
    if (isAhead && wall <= (recurrence.expire_time ?? '9999'))
      runs.push(`${wall} ${offsetName(offsetMinutes)}`);
  }
  return runs;
}
