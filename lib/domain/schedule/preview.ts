import { InvalidInputError } from '../codes/errors.ts';
import { problem, type Warning, warning } from '../codes/problems.ts';
import { grantsWithin } from '../delivery/gate.ts';
import { type Message, namesIn } from '../message/message.ts';
import { formatDuration } from '../time/duration.ts';
import { day, type Instant, isoOf, second } from '../time/instant.ts';
import type { Definition } from './definition.ts';
import { type LeadTime, leadSecondsOf } from './lead-time.ts';
import { countingEventsOf, deadlineOf, type Notification } from './notifications.ts';
import { renderMessage } from './render.ts';
import { ruleOf } from './rule.ts';

/** What goes out at one instant in one wording; `pools` are those that get this very text. */
export type PreviewedNotification = Pick<Notification, 'eventAt' | 'dueAt'> & {
  leadTime: string;
  pools: string[];
  /** As it will read when it is sent on the second. */
  text: string;
};

/** The next events of a schedule and what goes out for them. */
export type Preview = { fireTimes: Instant[]; notifications: PreviewedNotification[]; warnings: Warning[] };

/** A span of time and a number of events: `(from, to]`, and of these the first `count`. */
export type PreviewRange = { from: Instant; to?: Instant | undefined; count: number };

/** Nobody waits for what comes later; to look for it would take seconds. */
const furthest = 400 * 366 * day;
/** Texts, values that are put into them, and characters of an answer, at most: more would hold up notifications. */
const mostTexts = 5_000;
const mostValues = 20_000;
const mostCharacters = 2_000_000;

/**
 * What a schedule would send for its next events, in the order in which it is due. Saves nothing.
 *
 * @param sendsPerMinute the limit of the connection, for a warning when one instant holds too much; Infinity for none.
 * @throws InvalidInputError when so many events, lead times and pools would take too long.
 */
export function preview(definition: Definition, range: PreviewRange, sendsPerMinute: number): Preview {
  const { from, to = Number.POSITIVE_INFINITY, count } = range;
  checkWork(definition, count);
  const until = Math.min(to, from + furthest);
  const fireTimes = [...take(countingEventsOf({ definition }, from, until), count)];
  const due = dueFor(definition, fireTimes, from);
  const isCut = fireTimes.length < count && until < to;
  return {
    fireTimes,
    notifications: due.flatMap((notification) => textsOf(definition, notification)),
    warnings: [
      ...warningsOfLoad(definition, due, sendsPerMinute),
      ...(isCut ? [warning('search_ended', {}, { at: isoOf(until) })] : []),
    ],
  };
}

function* take<T>(items: Iterable<T>, count: number): Generator<T> {
  if (count === 0) return;
  let taken = 0;
  for (const item of items) {
    yield item;
    taken += 1;
    if (taken === count) return;
  }
}

/** Each text of each event costs, and each pool that an answer names. */
function checkWork(definition: Definition, count: number): void {
  const { pools, leadTimes } = definition;
  const needs = leadTimes.map((leadTime) => {
    const names = namesIn(messageOf(definition, leadTime));
    return { texts: names.includes('pool') ? pools.length : 1, names: names.length };
  });
  const texts = needs.reduce((sum, each) => sum + each.texts, 0);
  const values = needs.reduce((sum, each) => sum + each.texts * each.names, 0);
  const characters = leadTimes.length * pools.reduce((sum, pool) => sum + pool.length + 4, 0);
  const most = Math.floor(
    Math.min(mostTexts / texts, mostValues / Math.max(values, 1), mostCharacters / characters),
  );
  if (count > most) throw new InvalidInputError([problem('count', 'too_much_work', { most })]);
}

function dueFor(definition: Definition, fireTimes: readonly Instant[], from: Instant): Notification[] {
  const { leadSeconds: leads } = ruleOf(definition);
  return fireTimes
    .flatMap((eventAt) =>
      leads.map((leadSeconds) => ({ eventAt, leadSeconds, dueAt: eventAt - leadSeconds * second })),
    )
    .filter(({ dueAt }) => dueAt > from)
    .sort((a, b) => a.dueAt - b.dueAt || b.leadSeconds - a.leadSeconds);
}

/** One entry per distinct text: pools differ when the message names them. */
function textsOf(definition: Definition, notification: Notification): PreviewedNotification[] {
  const { eventAt, leadSeconds, dueAt } = notification;
  const { pools } = definition;
  const leadTime = formatDuration(leadSeconds);
  const render = (pool: string) => renderMessage(definition, notification, pool, dueAt);
  const own = definition.leadTimes.find((other) => leadSecondsOf(other) === leadSeconds);
  const isSame = own !== undefined && !namesIn(messageOf(definition, own)).includes('pool');
  const texts = isSame ? new Map([[render(pools[0] ?? ''), [...pools]]]) : Map.groupBy(pools, render);
  return [...texts].map(([text, members]) => ({ eventAt, leadTime, dueAt, pools: members, text }));
}

function messageOf({ message }: Definition, leadTime: LeadTime): Message {
  return typeof leadTime === 'string' ? message : leadTime.message;
}

/** Tells of the first instant at which the gate cannot let everything through in time. */
function warningsOfLoad(
  definition: Definition,
  due: readonly Notification[],
  sendsPerMinute: number,
): Warning[] {
  for (const [dueAt, together] of Map.groupBy(due, (notification) => notification.dueAt)) {
    const count = together.length * definition.pools.length;
    if (count <= sendsPerMinute) continue;
    const deadline = Math.min(...together.map((notification) => deadlineOf({ definition }, notification)));
    if (count > grantsWithin(deadline - dueAt, sendsPerMinute))
      return [warning('over_limit', { count, perMinute: sendsPerMinute }, { at: isoOf(dueAt) })];
  }
  return [];
}
