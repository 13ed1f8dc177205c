import type { Definition } from './definition.ts';
import { formatDuration } from './duration.ts';
import { grantsWithin } from './gate.ts';
import { type Instant, isoOf } from './instant.ts';
import { renderMessage } from './message.ts';
import { deadlineOf, eventsOf, type Notification, notificationsOf } from './notifications.ts';
import { type Warning, warning } from './problems.ts';

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

/** A calendar may exclude centuries of minutes; nobody waits for what comes after so many. */
const eventsLookedAt = 100_000;

/**
 * What a schedule would send for its next events, in the order in which it is due. Saves nothing.
 *
 * @param sendsPerMinute the limit of the connection, for a warning when one instant holds too much; Infinity for none.
 */
export function preview(definition: Definition, range: PreviewRange, sendsPerMinute: number): Preview {
  const fireTimes = fireTimesOf(definition, range);
  const last = fireTimes.at(-1) ?? range.from;
  const wanted = new Set(fireTimes);
  const due = [...notificationsOf({ definition }, range.from, last)].filter(({ eventAt }) =>
    wanted.has(eventAt),
  );
  return {
    fireTimes,
    notifications: due.flatMap((notification) => textsOf(definition, notification)),
    warnings: warningsOfLoad(definition, due, sendsPerMinute),
  };
}

function fireTimesOf(definition: Definition, { from, to, count }: PreviewRange): Instant[] {
  const fireTimes: Instant[] = [];
  let looked = 0;
  for (const { eventAt, unwanted } of eventsOf({ definition }, from, to)) {
    if (unwanted === undefined) fireTimes.push(eventAt);
    looked += 1;
    if (fireTimes.length === count || looked === eventsLookedAt) break;
  }
  return fireTimes;
}

/** One entry per distinct text: pools differ when the message names them. */
function textsOf(definition: Definition, notification: Notification): PreviewedNotification[] {
  const { eventAt, leadSeconds, dueAt } = notification;
  const leadTime = formatDuration(leadSeconds);
  const texts = definition.pools.map((pool) => ({
    pool,
    text: renderMessage(definition, notification, pool, dueAt),
  }));
  return [...Map.groupBy(texts, ({ text }) => text)].map(([text, members]) => ({
    eventAt,
    leadTime,
    dueAt,
    pools: members.map(({ pool }) => pool),
    text,
  }));
}

/** Tells of the first instant at which the gate cannot let everything through in time. */
function warningsOfLoad(
  definition: Definition,
  due: readonly Notification[],
  sendsPerMinute: number,
): Warning[] {
  for (const [dueAt, together] of Map.groupBy(due, (notification) => notification.dueAt)) {
    const count = together.length * definition.pools.length;
    const deadline = Math.min(...together.map((notification) => deadlineOf({ definition }, notification)));
    if (count > grantsWithin(deadline - dueAt, sendsPerMinute))
      return [warning('over_limit', { count, perMinute: sendsPerMinute }, { at: isoOf(dueAt) })];
  }
  return [];
}
