import type { Instant } from '../time/instant.ts';
import { type Exception, eventsOf, type Rules } from './notifications.ts';

/** What happens at a time that somebody names: one event, or several that were moved to be one. */
export type NamedEvent = {
  /** When they happen by the definition, never empty; the last one is what "an hour later" counts from. */
  readonly writtenTimes: readonly [Instant, ...Instant[]];
  /** When they happen as things are, or would if they were not skipped. */
  readonly happensAt: Instant;
};

/** The event at its time as moved or, where nothing was moved to that time, as written; undefined when there is none. */
export function namedEvent(rules: Rules, eventAt: Instant): NamedEvent | undefined {
  const happensAt = exceptionsAt(rules, eventAt)[0]?.movedTo ?? eventAt;
  if (!hasEvent(rules, happensAt)) return undefined;
  // All that happens then is one event for those who are warned of it, whichever of its times somebody names.
  const times = exceptionsAt(rules, happensAt).map((exception) => exception.eventAt);
  const [first = happensAt, ...others] = isUnchanged(rules, happensAt) ? [...times, happensAt] : times;
  return { writtenTimes: [first, ...others], happensAt };
}

/** The exceptions that moved an event to that time or, where there are none, those of the event written for it. */
export function exceptionsAt({ exceptions = [] }: Rules, eventAt: Instant): readonly Exception[] {
  const moved = exceptions.filter(({ movedTo }) => movedTo === eventAt);
  return moved.length > 0 ? moved : exceptions.filter((exception) => exception.eventAt === eventAt);
}

/** Whether the definition has an event at that time which nobody skipped or moved. */
function isUnchanged({ definition, exceptions = [] }: Rules, eventAt: Instant): boolean {
  return hasEvent({ definition }, eventAt) && !exceptions.some((exception) => exception.eventAt === eventAt);
}

function hasEvent(rules: Rules, eventAt: Instant): boolean {
  return eventsOf(rules, eventAt - 1, eventAt).next().done === false;
}
