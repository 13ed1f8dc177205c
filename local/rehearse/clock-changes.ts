import type { Definition } from '../../lib/domain/schedule/definition.ts';
import { eventsOf } from '../../lib/domain/schedule/notifications.ts';
import { ruleOf } from '../../lib/domain/schedule/rule.ts';
import { fireTimes } from '../../lib/domain/time/cron.ts';
import type { Instant } from '../../lib/domain/time/instant.ts';
import { parseLocalTime } from '../../lib/domain/time/iso-time.ts';
import { instantOf, stretchAt } from '../../lib/domain/time/zone.ts';

/** A time that a schedule names and that a change of the clocks skips or repeats. */
export type ClockChange = {
  scheduleId: string;
  timeZone: string;
  kind: 'skipped' | 'repeated';
  /** The first of the local times concerned, written as if it were UTC, and how many there are. */
  wallMs: number;
  count: number;
  /** When the event happens all the same, once; absent where the rule follows the wall clock minute by minute. */
  eventAt?: Instant;
};

type Change = { at: Instant; offsetBefore: number; offsetAfter: number };

/** What the clock changes in a half-open window do to the events of a schedule that is enabled. */
export function clockChangesOf(definition: Definition, from: Instant, to: Instant): ClockChange[] {
  if (!definition.enabled) return [];
  return changesOf(definition.timeZone, from, to).flatMap((change) => effectOf(definition, change) ?? []);
}

function changesOf(timeZone: string, from: Instant, to: Instant): Change[] {
  const changes: Change[] = [];
  let stretch = stretchAt(from, timeZone);
  while (stretch.to < to) {
    const next = stretchAt(stretch.to, timeZone);
    if (next.offsetMs !== stretch.offsetMs)
      changes.push({ at: next.from, offsetBefore: stretch.offsetMs, offsetAfter: next.offsetMs });
    stretch = next;
  }
  return changes;
}

function effectOf(definition: Definition, change: Change): ClockChange | undefined {
  const { id: scheduleId, timeZone } = definition;
  const { at, offsetBefore, offsetAfter } = change;
  const isSkip = offsetAfter > offsetBefore;
  const walls = wallTimesOf(
    definition,
    at + Math.min(offsetBefore, offsetAfter),
    at + Math.max(offsetBefore, offsetAfter),
  );
  const [wallMs] = walls;
  if (wallMs === undefined) return undefined;
  const found: ClockChange = {
    scheduleId,
    timeZone,
    kind: isSkip ? 'skipped' : 'repeated',
    wallMs,
    count: walls.length,
  };
  const isFixed = ruleOf(definition).cron?.isFixed ?? true;
  const eventAt = instantOf(wallMs, timeZone);
  if (!isFixed && isSkip) return found;
  // An event that a calendar excludes, or that lies outside startAt and endAt, is no matter.
  if (!happensAt(definition, eventAt)) return undefined;
  return isFixed ? { ...found, eventAt } : found;
}

function happensAt(definition: Definition, eventAt: Instant): boolean {
  const occurrence = eventsOf({ definition }, eventAt - 1, eventAt).next().value;
  return occurrence !== undefined && occurrence.unwanted === undefined;
}

/** The local times from `wallFrom` to before `wallTo` that a schedule names. */
function wallTimesOf(definition: Definition, wallFrom: number, wallTo: number): number[] {
  const { cron } = ruleOf(definition);
  // In UTC no time is skipped or repeated, so there the expression gives its local times as they are.
  if (cron !== undefined) return [...fireTimes(cron, 'UTC', wallFrom - 1, wallTo - 1)];
  const wallMs = parseLocalTime(definition.at ?? '') ?? Number.NaN;
  return wallMs >= wallFrom && wallMs < wallTo ? [wallMs] : [];
}
