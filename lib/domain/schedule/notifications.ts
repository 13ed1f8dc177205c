import { type Cron, fireTimes, fireTimesOn } from '../time/cron.ts';
import { day, type Instant, minute, second } from '../time/instant.ts';
import { dateOf, parseDate } from '../time/iso-time.ts';
import { mergeSorted } from '../time/merge.ts';
import { instantOf, wallOf } from '../time/zone.ts';
import { datesFrom, nextRangeAfter, rangeAt } from './calendar.ts';
import type { Definition } from './definition.ts';
import { type Rule, ruleOf } from './rule.ts';

/** What an operator has changed about one event of a schedule: skipped, or moved to another time. */
export type Exception = {
  /** The event as the definition has it. */
  readonly eventAt: Instant;
  /** When it happens instead; absent when it is skipped. */
  readonly movedTo?: Instant;
};

/** A schedule as far as its events go: what was written, and what operators changed. */
export type Rules = { readonly definition: Definition; readonly exceptions?: readonly Exception[] };

/** Why an event that the definition has does not count. */
export type Unwanted =
  | { readonly code: 'calendar'; readonly calendar: string }
  | { readonly code: 'skipped' }
  | { readonly code: 'postponed'; readonly to: Instant };

/** One event of a schedule; `unwanted` when it does not count, and why. */
export type Occurrence = { readonly eventAt: Instant; readonly unwanted?: Unwanted };

/** One event of a schedule and one of its lead times; due that long before the event. */
export type Notification = {
  readonly eventAt: Instant;
  readonly leadSeconds: number;
  readonly dueAt: Instant;
};

type NotificationKey = Pick<Notification, 'eventAt' | 'leadSeconds'>;

/** A warning ends this long before the next one, or before what it warns of. */
const clearance = 30 * second;

/**
 * The events of a schedule in `(after, until]`, ascending, each once, calculated as they are asked for.
 *
 * Without `until` it goes on as long as there are events.
 */
export function* eventsOf(
  { definition, exceptions = [] }: Rules,
  after: Instant,
  until: Instant = Number.POSITIVE_INFINITY,
): Generator<Occurrence, void> {
  const written = writtenEventsOf(definition, exceptions, after, until);
  const moved = movedEventsOf(definition, exceptions, after, until);
  let last = after;
  // Where a moved event meets a written one they are one, and it counts: so the moved one comes first.
  for (const occurrence of mergeSorted<Occurrence>([moved, written], (a, b) => a.eventAt - b.eventAt)) {
    if (occurrence.eventAt > last) yield occurrence;
    last = occurrence.eventAt;
  }
}

function* writtenEventsOf(
  definition: Definition,
  exceptions: readonly Exception[],
  after: Instant,
  until: Instant,
): Generator<Occurrence, void> {
  const rule = ruleOf(definition);
  const from = Math.max(after, rule.startAt - 1);
  const to = Math.min(until, rule.endAt - 1);
  let last = from;
  for (const eventAt of instantsOf(rule, from, to)) {
    // A date that is included may be one on which the cron fires anyway.
    if (eventAt <= last) continue;
    last = eventAt;
    const unwanted = whyUnwanted(rule, exceptions, eventAt);
    yield unwanted === undefined ? { eventAt } : { eventAt, unwanted };
  }
}

/** Only while the definition still has the event: an edit may have made another one of it. */
function movedEventsOf(
  definition: Definition,
  exceptions: readonly Exception[],
  after: Instant,
  until: Instant,
): Iterator<Occurrence, void> {
  return exceptions
    .flatMap(({ eventAt, movedTo }) => (movedTo === undefined ? [] : { eventAt, movedTo }))
    .filter(({ movedTo }) => movedTo > after && movedTo <= until)
    .filter(({ eventAt }) => isWritten(definition, eventAt))
    .map(({ movedTo }) => ({ eventAt: movedTo }))
    .sort((a, b) => a.eventAt - b.eventAt)
    .values();
}

/** Whether a definition has an event at that time, whatever operators changed. */
export function isWritten(definition: Definition, eventAt: Instant): boolean {
  return writtenEventsOf(definition, [], eventAt - 1, eventAt).next().done === false;
}

function whyUnwanted(rule: Rule, exceptions: readonly Exception[], eventAt: Instant): Unwanted | undefined {
  const exception = exceptions.find((other) => other.eventAt === eventAt);
  if (exception?.movedTo !== undefined) return { code: 'postponed', to: exception.movedTo };
  if (exception !== undefined) return { code: 'skipped' };
  const calendar = excluderOf(rule, eventAt);
  return calendar === undefined ? undefined : { code: 'calendar', calendar };
}

function instantsOf(rule: Rule, from: Instant, to: Instant): Iterable<Instant> {
  const { cron, onceAt, timeZone } = rule;
  if (onceAt !== undefined) return onceAt > from && onceAt <= to ? [onceAt] : [];
  if (cron === undefined || from >= to) return [];
  const regular = fireTimes(cron, timeZone, from, Number.isFinite(to) ? to : undefined);
  return mergeSorted([regular, includedInstants(rule, cron, from, to)], (a, b) => a - b);
}

/** The cron's times of day on the dates that calendars include. */
function* includedInstants(
  { included, timeZone }: Rule,
  cron: Cron,
  from: Instant,
  to: Instant,
): Generator<Instant, void> {
  if (included.length === 0) return;
  // A day more on both sides: where the clocks change around midnight, a date's times may fall on its neighbour.
  const firstDate = dateOf(wallOf(from, timeZone) - day);
  const lastDate = Number.isFinite(to) ? dateOf(wallOf(to, timeZone) + day) : undefined;
  for (const date of datesFrom(included, firstDate)) {
    if (lastDate !== undefined && date > lastDate) return;
    yield* fireTimesOn(cron, timeZone, date).filter((at) => at > from && at <= to);
  }
}

/** An `at` schedule is made for its one date, so that including it would mean nothing. */
function excluderOf({ calendars, included, timeZone, onceAt }: Rule, eventAt: Instant): string | undefined {
  if (calendars.length === 0) return undefined;
  const date = dateOf(wallOf(eventAt, timeZone));
  if (onceAt === undefined && rangeAt(included, date) !== undefined) return undefined;
  return calendars.find(({ exclude }) => rangeAt(exclude, date) !== undefined)?.name;
}

/**
 * When the events that count are in `(after, until]`, ascending. Days that calendars exclude are passed over as a
 * whole, so that the search is short however many events they hold.
 */
export function* countingEventsOf(
  rules: Rules,
  after: Instant,
  until: Instant = Number.POSITIVE_INFINITY,
): Generator<Instant, void> {
  for (let from: Instant | undefined = after; from !== undefined; ) {
    let next: Instant | undefined;
    for (const { eventAt, unwanted } of eventsOf(rules, from, until)) {
      if (unwanted === undefined) yield eventAt;
      next = unwanted?.code === 'calendar' ? endOfExclusion(rules, eventAt) : undefined;
      if (next !== undefined && next > eventAt) break;
    }
    from = next;
  }
}

/** Right before the first event that may count after one that a calendar excludes. */
function endOfExclusion({ definition, exceptions = [] }: Rules, eventAt: Instant): Instant | undefined {
  const { timeZone, excluded, included } = ruleOf(definition);
  const date = dateOf(wallOf(eventAt, timeZone));
  const excludedUntil = parseDate(rangeAt(excluded, date)?.last ?? date) ?? Number.NaN;
  const includedFrom = parseDate(nextRangeAfter(included, date) ?? '') ?? Number.POSITIVE_INFINITY;
  const endsAt = instantOf(Math.min(excludedUntil + day, includedFrom), timeZone);
  const moved = exceptions.flatMap(({ movedTo = 0 }) => (movedTo > eventAt ? movedTo : []));
  return Math.min(endsAt, ...moved) - 1;
}

/**
 * The notifications that are due in `(after, until]`, by due time; of those due together the one that looks
 * further ahead comes first. Those of excluded events are among them.
 */
export function notificationsOf(
  rules: Rules,
  after: Instant,
  until: Instant = Number.POSITIVE_INFINITY,
): Generator<Notification, void> {
  const byLeadTime = ruleOf(rules.definition).leadSeconds.map((leadSeconds) =>
    notificationsAhead(rules, leadSeconds, after, until),
  );
  return mergeSorted(byLeadTime, (a, b) => a.dueAt - b.dueAt || b.leadSeconds - a.leadSeconds);
}

function* notificationsAhead(
  rules: Rules,
  leadSeconds: number,
  after: Instant,
  until: Instant,
): Generator<Notification, void> {
  const leadMs = leadSeconds * second;
  for (const { eventAt } of eventsOf(rules, after + leadMs, until + leadMs))
    yield { eventAt, leadSeconds, dueAt: eventAt - leadMs };
}

/** The instant after which no notification can be due any more; undefined when there is no such instant. */
export function endOf({ definition, exceptions = [] }: Rules): Instant | undefined {
  const { onceAt = Number.POSITIVE_INFINITY, endAt } = ruleOf(definition);
  const end = Math.max(Math.min(onceAt, endAt), ...exceptions.map(({ movedTo = 0 }) => movedTo));
  return Number.isFinite(end) ? end : undefined;
}

/** Whether a notification is past its deadline; mostly without calculating the deadline. */
export function isMissed(rules: Rules, notification: Notification, now: Instant): boolean {
  const latest = notification.dueAt + ruleOf(rules.definition).maxLatenessMs;
  return latest <= now || deadlineOf(rules, notification) <= now;
}

/**
 * From when on a notification is no longer worth sending: it is too late, or too close to the next notification
 * of the same event, to the event itself, or, when it is the last of its event, to the next event.
 *
 * So after an outage people do not get a stack of texts, and no text says that something begins in 0 minutes.
 */
export function deadlineOf(rules: Rules, { eventAt, leadSeconds }: NotificationKey): Instant {
  const dueAt = eventAt - leadSeconds * second;
  const latest = dueAt + ruleOf(rules.definition).maxLatenessMs;
  const overtakenAt = overtakingOf(rules, { eventAt, leadSeconds }, latest + clearance);
  if (overtakenAt === undefined) return latest;
  return Math.min(latest, clearOf(dueAt, overtakenAt));
}

function clearOf(dueAt: Instant, overtakenAt: Instant): Instant {
  return overtakenAt - Math.min(clearance, (overtakenAt - dueAt) / 2);
}

/**
 * From when on a text that somebody asked for is overtaken by the event that it is about.
 *
 * @param isTold whether it tells when the event is. One that does not stays true, and has a minute in any case.
 */
export function endBefore(dueAt: Instant, eventAt: Instant, isTold: boolean): Instant {
  const end = clearOf(dueAt, eventAt);
  return isTold ? end : Math.max(end, dueAt + minute);
}

/** When something newer takes the place of the notification, as far as that is up to `until`. */
function overtakingOf(
  rules: Rules,
  { eventAt, leadSeconds }: NotificationKey,
  until: Instant,
): Instant | undefined {
  if (leadSeconds === 0) return eventsOf(rules, eventAt, until).next().value?.eventAt;
  const nextLead = ruleOf(rules.definition).leadSeconds.find((other) => other < leadSeconds) ?? 0;
  return eventAt - nextLead * second;
}

/** Why a schedule does not ask for a notification to a pool; undefined when it does. */
export function unwantedReason(
  rules: Rules,
  { eventAt, leadSeconds }: NotificationKey,
  pool: string,
): { code: 'disabled' } | { code: 'changed' } | Unwanted | undefined {
  const { definition } = rules;
  if (!definition.enabled) return { code: 'disabled' };
  const isAsked = definition.pools.includes(pool) && ruleOf(definition).leadSeconds.includes(leadSeconds);
  const occurrence = isAsked ? eventsOf(rules, eventAt - 1, eventAt).next().value : undefined;
  return occurrence === undefined ? { code: 'changed' } : occurrence.unwanted;
}
