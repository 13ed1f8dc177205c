import { type Warning, warning } from '../codes/problems.ts';
import { placeOf } from '../input/input.ts';
import type { PoolNames } from '../input/pool-names.ts';
import { shorten } from '../input/spelling.ts';
import type { Definition } from '../schedule/definition.ts';
import { leadSecondsOf } from '../schedule/lead-time.ts';
import { eventsOf } from '../schedule/notifications.ts';
import { ruleOf } from '../schedule/rule.ts';
import { arrivalGrace } from '../schedule/schedule.ts';
import { formatDuration } from '../time/duration.ts';
import { day, type Instant, isoOf, second } from '../time/instant.ts';
import { parseLocalTime, printLocalTime } from '../time/iso-time.ts';
import { stretchAt, wallOf } from '../time/zone.ts';
import type { DefinitionContext } from './definition-context.ts';
import { warningsOfTexts } from './definition-texts.ts';

/** Tells what to think about in a schedule that can be used. */
export function warningsOf(
  definition: Definition,
  { now, path = '', poolNames }: Pick<DefinitionContext, 'now' | 'path' | 'poolNames'>,
): Warning[] {
  return [
    ...(definition.enabled ? [] : [warning('disabled', {}, { path: placeOf(path, 'enabled') })]),
    ...(poolNames === undefined ? [] : warningsOfPools(definition, poolNames, path)),
    ...warningsOfTexts(definition, now, path),
    ...warningsOfTimes(definition, now - arrivalGrace, path),
  ];
}

/** A pool may be made later, so nothing is refused for it. */
function warningsOfPools({ pools }: Definition, known: PoolNames, path: string): Warning[] {
  return pools.flatMap((pool, index) => {
    if (known.has(pool)) return [];
    const place = { path: placeOf(placeOf(path, 'pools'), index) };
    return warning('unknown_pool', { pool: shorten(pool), similar: known.similarTo(pool) }, place);
  });
}

function warningsOfTimes(definition: Definition, after: Instant, path: string): Warning[] {
  const { onceAt } = ruleOf(definition);
  if (onceAt !== undefined && onceAt <= after)
    return [warning('event_past', {}, { path: placeOf(path, 'at'), at: isoOf(onceAt) })];
  if (eventsOf({ definition }, after).next().done === true) return [warning('never_fires', {}, { path })];
  if (onceAt === undefined) return [];
  return [
    ...warningsOfLocalTime(definition, onceAt, path),
    ...warningsOfLeadTimes(definition, onceAt, after, path),
  ];
}

/** Around a change of the clocks a local time may name no instant, or two. */
function warningsOfLocalTime({ at = '', timeZone }: Definition, onceAt: Instant, path: string): Warning[] {
  const place = { path: placeOf(path, 'at'), at: isoOf(onceAt) };
  const wallMs = wallOf(onceAt, timeZone);
  if (wallMs !== parseLocalTime(at))
    return [warning('local_time_skipped', { instead: printLocalTime(wallMs) }, place)];
  const again = nextInstantOf(wallMs, timeZone, onceAt);
  return again === undefined ? [] : [warning('local_time_repeated', { again: isoOf(again) }, place)];
}

/** When the clocks of a zone show a time that they show at `after` once more, within a day. */
function nextInstantOf(wallMs: number, timeZone: string, after: Instant): Instant | undefined {
  let stretch = stretchAt(after, timeZone);
  while (stretch.to <= after + day) {
    stretch = stretchAt(stretch.to, timeZone);
    const again = wallMs - stretch.offsetMs;
    if (again > after && again >= stretch.from && again < stretch.to) return again;
  }
  return undefined;
}

/** Only for one event: of a repeated one, some lead time of the next event is nearly always past. */
function warningsOfLeadTimes(
  { leadTimes }: Definition,
  eventAt: Instant,
  after: Instant,
  path: string,
): Warning[] {
  return leadTimes.flatMap((leadTime, index) => {
    const leadSeconds = leadSecondsOf(leadTime);
    const dueAt = eventAt - leadSeconds * second;
    if (dueAt > after) return [];
    const place = { path: placeOf(placeOf(path, 'leadTimes'), index), at: isoOf(dueAt) };
    return warning('lead_time_past', { leadTime: formatDuration(leadSeconds) }, place);
  });
}
