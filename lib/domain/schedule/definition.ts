import type { Message } from '../message/message.ts';
import type { NamedCalendar } from './calendar.ts';
import type { LeadTime } from './lead-time.ts';

/** How long a text may be when nothing else is set, in characters. Neighbouring calls of Huawei take 255 to 400. */
export const defaultMessageLimit = 400;
/** What DESKBELL_MESSAGE_LIMIT may set, in characters. */
export const messageLimits = { min: 1, max: 4_000 };

/**
 * A schedule as it was written, checked and complete: defaults are resolved, calendars are copied in.
 *
 * It is plain JSON, and reading it again gives the same.
 */
export type Definition = {
  readonly id: string;
  readonly description?: string;
  readonly connection: 'default';
  /** Names or ids. */
  readonly pools: readonly string[];
  /** Either this or `at`. */
  readonly cron?: string;
  /** A local time in `timeZone`. */
  readonly at?: string;
  readonly timeZone: string;
  readonly leadTimes: readonly LeadTime[];
  readonly message: Message;
  readonly locale: string;
  /** ISO 8601 in UTC; the first instant at which an event counts. */
  readonly startAt?: string;
  /** ISO 8601 in UTC; the first instant at which no event counts any more. */
  readonly endAt?: string;
  readonly calendars: readonly NamedCalendar[];
  readonly maxLateness: string;
  readonly enabled: boolean;
};

/** Whether there can be a schedule of that id. */
export function isScheduleId(text: string): boolean {
  return /^[a-z0-9-]{1,64}$/.test(text);
}
