import type { Definition, DefinitionContext } from './definition.ts';
import { warningsOfTexts } from './definition-texts.ts';
import { formatDuration } from './duration.ts';
import { placeOf } from './input.ts';
import { type Instant, isoOf, second } from './instant.ts';
import { leadSecondsOf } from './lead-time.ts';
import { eventsOf } from './notifications.ts';
import { type Warning, warning } from './problems.ts';
import { ruleOf } from './rule.ts';
import { arrivalGrace } from './schedule.ts';

/** Tells what to think about in a schedule that can be used. */
export function warningsOf(
  definition: Definition,
  { now, path = '' }: Pick<DefinitionContext, 'now' | 'path'>,
): Warning[] {
  return [
    ...warningsOfTexts(definition, now, path),
    ...warningsOfTimes(definition, now - arrivalGrace, path),
  ];
}

function warningsOfTimes(definition: Definition, after: Instant, path: string): Warning[] {
  const { onceAt } = ruleOf(definition);
  if (onceAt !== undefined && onceAt <= after)
    return [warning('event_past', {}, { path: placeOf(path, 'at'), at: isoOf(onceAt) })];
  if (eventsOf({ definition }, after).next().done === true) return [warning('never_fires', {}, { path })];
  return onceAt === undefined ? [] : warningsOfLeadTimes(definition, onceAt, after, path);
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
