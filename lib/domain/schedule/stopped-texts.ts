import type { Instant } from '../time/instant.ts';
import { type Announcement, aboutOf, type Notice, type Stop, stopOf } from './notice.ts';
import { eventsOf, type Rules } from './notifications.ts';
import type { Schedule } from './schedule.ts';

/** An act, as far as it makes texts stale that were asked for before it. */
export type Stopping = Stop & {
  /** The event's times, as written and as moved; absent when the act is about all events to come. */
  eventTimes?: readonly Instant[] | undefined;
  /** The schedule as the act meets it. */
  before: Schedule;
};

/**
 * The schedule with every text stopped that the act supersedes. What has left already cannot be stopped; what is
 * stopped stays so, whatever is decided later.
 *
 * An act without an event supersedes what is about an event to come: that a skipped event is cancelled stays true.
 */
export function stopTexts(next: Schedule, stopping: Stopping, now: Instant): Schedule {
  const stopped = <T extends Notice | Announcement>(text: T): T =>
    isSuperseded(text, stopping, now) ? withStop(text, stopping) : text;
  const { announcements } = next;
  return {
    ...next,
    notices: next.notices.map(stopped),
    ...(announcements === undefined ? {} : { announcements: announcements.map(stopped) }),
  };
}

/** An edit, as far as it makes texts stale. */
export type Edit = Pick<Stop, 'why'> & { before: Schedule; after: Schedule };

/** The schedule with every text stopped whose event, or whose pool, an edit took away. */
export function stopChanged(holder: Schedule, { before, after, why }: Edit, now: Instant): Schedule {
  const dropped = before.definition.pools.filter((pool) => !after.definition.pools.includes(pool));
  const isDisabled = before.definition.enabled && !after.definition.enabled;
  const isGone = (at: Instant) => isToCome(before, at, now) && !isToCome(after, at, now);
  const notices = holder.notices.map((notice) => {
    const isMessage = notice.kind === 'message';
    if ((isMessage && isDisabled) || (notice.isAboutAll !== true && aboutOf(notice).some(isGone)))
      return withStop(notice, { why });
    return isMessage ? withStop(notice, { why, pools: dropped }) : notice;
  });
  return { ...holder, notices };
}

/** The text, stopped for the pools that were not stopped before; whatever its deadline, as the clock may be wrong. */
function withStop<T extends Notice | Announcement>(text: T, { why, pools }: Stop): T {
  const { stops = [] } = text;
  if (pools === undefined) return { ...text, stops: [...stops, { why }] };
  const own = 'pools' in text ? text.pools.filter((pool) => pools.includes(pool)) : pools;
  const added = own.filter((pool) => stopOf(text, pool) === undefined);
  return added.length === 0 ? text : { ...text, stops: [...stops, { why, pools: added }] };
}

function isSuperseded(text: Notice | Announcement, stopping: Stopping, now: Instant): boolean {
  const { eventTimes, before, pools } = stopping;
  if (text.stops?.some((stop) => stop.pools === undefined)) return false;
  const isCovered = (at: Instant) => isToCome(before, at, now);
  const { about, isAboutAll, isMessage } = scopeOf(text);
  if (eventTimes === undefined) return isMessage || isAboutAll || about.some(isCovered);
  if (!isAboutAll) return about.some((at) => eventTimes.includes(at));
  // Its readers may have been warned of other events, too, and a text alone decides nothing about those.
  const isOfOthers = about.length === 0 || about.some((at) => !eventTimes.includes(at) && isCovered(at));
  return pools === undefined && !isOfOthers;
}

/** Of an announcement about all events it is not known yet of which its readers were warned. */
function scopeOf(text: Notice | Announcement): {
  about: readonly Instant[];
  isAboutAll: boolean;
  isMessage: boolean;
} {
  if (!('deadline' in text))
    return { about: text.eventTimes ?? [], isAboutAll: text.eventTimes === undefined, isMessage: false };
  const { isAboutAll = false, kind } = text;
  return { about: aboutOf(text), isAboutAll, isMessage: kind === 'message' };
}

/** Whether two notices may speak of the same event, so that the older must not come last. */
export function isRelated(one: Notice, other: Notice): boolean {
  const isAboutAll = one.isAboutAll === true || other.isAboutAll === true;
  return isAboutAll || aboutOf(one).some((at) => aboutOf(other).includes(at));
}

/** Whether an event that was written for, or told for, a time takes place after `now`. */
function isToCome(rules: Rules, at: Instant, now: Instant): boolean {
  const occurrence = eventsOf(rules, at - 1, at).next().value;
  if (occurrence === undefined) return false;
  const { unwanted } = occurrence;
  if (unwanted === undefined) return at > now;
  return unwanted.code === 'postponed' && unwanted.to > now;
}
