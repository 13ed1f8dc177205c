import { datesFrom, holdsDate } from './calendar.ts';
import { type Cron, fireTimes, fireTimesOn } from './cron.ts';
import type { Definition } from './definition.ts';
import { day, type Instant, second } from './instant.ts';
import { dateOf } from './iso-time.ts';
import { mergeSorted } from './merge.ts';
import { type Rule, ruleOf } from './rule.ts';
import { wallOf } from './zone.ts';

/** One event of a schedule; `excludedBy` names the calendar on whose dates it does not count. */
type Occurrence = { readonly eventAt: Instant; readonly excludedBy?: string };

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
 * The events of a definition in `(after, until]`, ascending, each once, reckoned as they are asked for.
 *
 * Without `until` it goes on as long as there are events.
 */
export function* eventsOf(
  definition: Definition,
  after: Instant,
  until: Instant = Number.POSITIVE_INFINITY,
): Generator<Occurrence, void> {
  const rule = ruleOf(definition);
  const from = Math.max(after, rule.startAt - 1);
  const to = Math.min(until, rule.endAt - 1);
  let last = from;
  for (const eventAt of instantsOf(rule, from, to)) {
    // A date that is included may be one on which the cron fires anyway.
    if (eventAt <= last) continue;
    last = eventAt;
    const excludedBy = excluderOf(rule, eventAt);
    yield excludedBy === undefined ? { eventAt } : { eventAt, excludedBy };
  }
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
  if (onceAt === undefined && holdsDate(included, date)) return undefined;
  return calendars.find(({ exclude }) => holdsDate(exclude, date))?.name;
}

/**
 * The notifications that are due in `(after, until]`, by due time; of those due together the one that looks
 * further ahead comes first. Those of excluded events are among them.
 */
export function notificationsOf(
  definition: Definition,
  after: Instant,
  until: Instant = Number.POSITIVE_INFINITY,
): Generator<Notification, void> {
  const byLeadTime = ruleOf(definition).leadSeconds.map((leadSeconds) =>
    notificationsAhead(definition, leadSeconds, after, until),
  );
  return mergeSorted(byLeadTime, (a, b) => a.dueAt - b.dueAt || b.leadSeconds - a.leadSeconds);
}

function* notificationsAhead(
  definition: Definition,
  leadSeconds: number,
  after: Instant,
  until: Instant,
): Generator<Notification, void> {
  const leadMs = leadSeconds * second;
  for (const { eventAt } of eventsOf(definition, after + leadMs, until + leadMs))
    yield { eventAt, leadSeconds, dueAt: eventAt - leadMs };
}

/** The instant after which no notification can be due any more; undefined when there is no such instant. */
export function endOf(definition: Definition): Instant | undefined {
  const { onceAt = Number.POSITIVE_INFINITY, endAt } = ruleOf(definition);
  const end = Math.min(onceAt, endAt);
  return Number.isFinite(end) ? end : undefined;
}

/** Whether a notification is past its deadline; most often without reckoning the deadline. */
export function isMissed(definition: Definition, notification: Notification, now: Instant): boolean {
  const latest = notification.dueAt + ruleOf(definition).maxLatenessMs;
  return latest <= now || deadlineOf(definition, notification) <= now;
}

/**
 * From when on a notification is no longer worth sending: it is too late, or too close to the next notification
 * of the same event, to the event itself, or, when it is the last of its event, to the next event.
 *
 * So after an outage people do not get a stack of texts, and no text says that something begins in 0 minutes.
 */
export function deadlineOf(definition: Definition, { eventAt, leadSeconds }: NotificationKey): Instant {
  const dueAt = eventAt - leadSeconds * second;
  const latest = dueAt + ruleOf(definition).maxLatenessMs;
  const overtakenAt = overtakingOf(definition, { eventAt, leadSeconds }, latest + clearance);
  if (overtakenAt === undefined) return latest;
  return Math.min(latest, overtakenAt - Math.min(clearance, (overtakenAt - dueAt) / 2));
}

/** When something newer takes the place of the notification, as far as that is up to `until`. */
function overtakingOf(
  definition: Definition,
  { eventAt, leadSeconds }: NotificationKey,
  until: Instant,
): Instant | undefined {
  if (leadSeconds === 0) return eventsOf(definition, eventAt, until).next().value?.eventAt;
  const nextLead = ruleOf(definition).leadSeconds.find((other) => other < leadSeconds) ?? 0;
  return eventAt - nextLead * second;
}

/** Why a schedule does not ask for a notification to a pool; undefined when it does. */
export function unwantedReason(
  definition: Definition,
  { eventAt, leadSeconds }: NotificationKey,
  pool: string,
): { code: 'disabled' } | { code: 'changed' } | { code: 'calendar'; calendar: string } | undefined {
  if (!definition.enabled) return { code: 'disabled' };
  const isAsked = definition.pools.includes(pool) && ruleOf(definition).leadSeconds.includes(leadSeconds);
  const occurrence = isAsked ? eventsOf(definition, eventAt - 1, eventAt).next().value : undefined;
  if (occurrence === undefined) return { code: 'changed' };
  const { excludedBy } = occurrence;
  return excludedBy === undefined ? undefined : { code: 'calendar', calendar: excludedBy };
}
