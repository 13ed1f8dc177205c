import type { Reason } from '../codes/reasons.ts';
import type { Message } from '../message/message.ts';
import { hour, type Instant, second } from '../time/instant.ts';

/** A text that an act sends out at once: an all-clear, or the schedule's own message now. */
export type Notice = {
  readonly noticeId: string;
  readonly dueAt: Instant;
  readonly deadline: Instant;
  /** The event that it is about. */
  readonly eventAt: Instant;
  readonly message: Message;
  /** An all-clear, as when absent, goes to those who were warned, the schedule's own message to all its pools. */
  readonly kind?: 'all-clear' | 'message';
  /** The times of the events that it is about, as written and as moved; `eventAt` alone when absent. */
  readonly about?: readonly Instant[];
  /** It is about whatever is to come: its act named no event. */
  readonly isAboutAll?: boolean;
  readonly pools: readonly string[];
  /** By pool, the id under which its people were warned: the pool may have another name since. */
  readonly poolIds?: Readonly<Record<string, string>>;
  /**
   * By pool, deliveries that were going out when the act was written, and one that was sent before: the notice follows
   * them, and only if one was sent.
   */
  readonly follows?: Readonly<Record<string, readonly string[]>>;
  readonly stops?: readonly Stop[];
};

/** Why a text must not leave any more. */
export type Stop = {
  readonly why: Reason;
  /** All pools when absent. */
  readonly pools?: readonly string[];
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
  /** From here on the text is no longer true: the event that it announces has begun. */
  readonly until?: Instant;
  readonly stops?: readonly Stop[];
};

/** An announcement is of use for so long. */
const announcementLateness = 300 * second;

/** The pools that an announcement goes to, the warnings they had, and the texts that must leave first. */
export type Audience = Pick<Notice, 'pools' | 'poolIds' | 'follows'> & {
  readonly about: readonly Instant[];
  /** The first event that they were warned of. */
  readonly warnedOf?: Instant;
};

/** The notice that an announcement becomes. */
export function noticeOf(
  { noticeId, at, message, eventTimes, aboutAt, until = Number.POSITIVE_INFINITY, stops }: Announcement,
  { warnedOf, ...audience }: Audience,
  now: Instant,
): Notice {
  const dueAt = nextSecond(now);
  return {
    noticeId,
    dueAt,
    deadline: Math.min(nextSecond(at) + announcementLateness, until),
    eventAt: aboutAt ?? warnedOf ?? dueAt,
    message,
    kind: 'all-clear',
    ...(eventTimes === undefined ? { isAboutAll: true } : {}),
    ...audience,
    ...(stops === undefined ? {} : { stops }),
  };
}

/** The first whole second after now: what is due then is still ahead of a cursor at now. */
export function nextSecond(now: Instant): Instant {
  return (Math.floor(now / second) + 1) * second;
}

/** The notices that their deliveries may still ask for. */
export function keptNotices(notices: readonly Notice[], now: Instant): Notice[] {
  return notices.filter(({ deadline }) => now < deadline + hour);
}

/** The times of the events that a notice is about. */
export function aboutOf({ about, eventAt }: Notice): readonly Instant[] {
  return about ?? [eventAt];
}

/** What a notice holds of a pool, whatever the pool is called. */
export function ofPool<T>(byPool: Readonly<Record<string, T>> | undefined, pool: string): T | undefined {
  return byPool !== undefined && Object.hasOwn(byPool, pool) ? byPool[pool] : undefined;
}

/** Why a notice must not reach a pool any more; undefined when nothing stopped it. */
export function stopOf(
  { stops = [] }: { stops?: readonly Stop[] | undefined },
  pool: string,
): Reason | undefined {
  return stops.find(({ pools }) => pools === undefined || pools.includes(pool))?.why;
}
