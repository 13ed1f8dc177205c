import { day, hour, type Instant, second } from './instant.ts';
import type { Message } from './message.ts';
import type { Schedule } from './schedule.ts';

/** A text that an act sends out at once: an all-clear, or the schedule's own message now. */
export type Notice = {
  readonly noticeId: string;
  readonly dueAt: Instant;
  readonly deadline: Instant;
  /** The event that it is about. */
  readonly eventAt: Instant;
  readonly message: Message;
  readonly pools: readonly string[];
  /**
   * By pool, the deliveries that were going out when the act was written: the notice follows them, and only if
   * one was sent.
   */
  readonly follows?: Readonly<Record<string, readonly string[]>>;
  /** Tells a repeated request from another one with the same key. */
  readonly requestHash?: string;
};

/** A text that an act promised to all who were warned; it becomes a notice once it is known who they are. */
export type Announcement = {
  readonly noticeId: string;
  /** When it was promised. */
  readonly at: Instant;
  readonly message: Message;
  /** The times of the event that the act was about; all events to come when absent. */
  readonly eventTimes?: readonly Instant[];
  /** The event whose time the text tells; the first that they were warned of when absent. */
  readonly aboutAt?: Instant;
};

/** Texts that a schedule holds at a time. */
export const mostNotices = 50;
/** Of a schedule with the text that is asked for: DynamoDB takes 400 kB. */
const mostBytes = 350_000;
/** Of the deliveries that a text follows in one pool: their ids, of ten lead times at the most. */
const followedBytes = 1_000;
/** Of the text itself, in the bytes of its longest characters. */
const textBytes = 16_000;
/** An announcement is of use for so long. */
const announcementLateness = 300 * second;

/** Who is told by an announcement, and what they wait for. */
export type Audience = Pick<Notice, 'pools' | 'follows'> & {
  /** The first event that they were warned of. */
  readonly warnedOf?: Instant;
};

/** The notice that an announcement becomes. */
export function noticeOf(
  { noticeId, at, message, aboutAt }: Announcement,
  { warnedOf, ...audience }: Audience,
  now: Instant,
): Notice {
  const dueAt = nextSecond(now);
  const deadline = nextSecond(at) + announcementLateness;
  return { noticeId, dueAt, deadline, eventAt: aboutAt ?? warnedOf ?? dueAt, message, ...audience };
}

/** The first whole second after now: what is due then is still ahead of a cursor at now. */
export function nextSecond(now: Instant): Instant {
  return (Math.floor(now / second) + 1) * second;
}

/** The notices that their deliveries, or a repeated request, may still ask for. */
export function keptNotices(notices: readonly Notice[], now: Instant): Notice[] {
  return notices.filter(
    ({ deadline, requestHash }) => now < deadline + (requestHash === undefined ? hour : day),
  );
}

/** Whether a schedule can hold one more text; what was promised already is never dropped for it. */
export function hasRoomForNotice(schedule: Schedule, now: Instant): boolean {
  const notices = keptNotices(schedule.notices, now);
  const { announcements = [], definition } = schedule;
  // Who is told, and what each pool waits for; and each announcement that is still to become a notice needs the same.
  const audience = 2 * bytesOf(definition.pools) + followedBytes * definition.pools.length + textBytes;
  const coming = (announcements.length + 1) * audience;
  return (
    notices.length + announcements.length < mostNotices &&
    bytesOf({ ...schedule, notices }) + coming < mostBytes
  );
}

function bytesOf(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}
