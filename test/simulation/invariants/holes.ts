import { deliveryIdOf } from '../../../lib/domain/delivery/delivery.ts';
import { notificationsOf, unwantedReason } from '../../../lib/domain/schedule/notifications.ts';
import { isPlanned, type Schedule } from '../../../lib/domain/schedule/schedule.ts';
import { type Instant, minute, second } from '../../../lib/domain/time/instant.ts';
import type { Story } from '../stories/story.ts';
import { timeOf } from '../world/world.ts';
import { hasRow } from './names.ts';
import { hasWrongClock, type Recording, type Version } from './recording.ts';
import { versionsOfRules } from './wanted.ts';

/** An act takes its time before it is written; by a wrong clock that cannot be told from its record. */
const longestAct = 15 * second;

/** 18. Whatever a rule asks for while it stands has a row or a gap, whatever the clocks said. */
export function* noHoles(recording: Recording): Iterable<string> {
  const { story, schedules, gaps } = recording;
  const broken = new Set(story.schedules.filter(({ isBroken }) => isBroken).map(({ id }) => id));
  for (const [scheduleId, versions] of schedules) {
    if (broken.has(scheduleId)) continue;
    const rules = versionsOfRules(versions);
    for (const [i, { at, item }] of rules.entries()) {
      const next = rules[i + 1];
      const end = next === undefined ? story.until : begunAt(recording, next);
      if (!isPlanned(item)) continue;
      for (const { eventAt, leadSeconds, dueAt } of notificationsOf(item, at, Math.min(end, story.until))) {
        const isCovered = gaps.some(
          ({ item: gap }) => gap.scheduleId === scheduleId && gap.from < dueAt && dueAt <= gap.to,
        );
        for (const pool of item.definition.pools) {
          const due = { scheduleId, eventAt, leadSeconds, dueAt, pool };
          const isAsked = unwantedReason(item, { eventAt, leadSeconds }, pool)?.code !== 'changed';
          if (isAsked && !isUntold(story, dueAt) && !isCovered && !hasRow(recording, due))
            yield `${deliveryIdOf(due)} for ${pool}, due ${timeOf(dueAt)}, has neither a row nor a gap`;
        }
      }
    }
  }
}

/** By how much a clock may be ahead and be right again before anybody looks. */
const smallStep = 10 * minute;

/** A small step that is over before the next tick looks the same as a machine that was away. */
function isUntold({ faults }: Story, dueAt: Instant): boolean {
  const isAway = faults.some(({ kind }) => /^(outage|crash|stall|slow|tick-lost|error|stale)/.test(kind));
  return faults.some(({ kind, at, forMs, aheadMs = 0 }) => {
    const isIn = at <= dueAt && dueAt <= at + forMs + aheadMs;
    return kind === 'clock-ahead' && aheadMs < smallStep && isAway && isIn;
  });
}

/** When an act may have begun to have its effect: what comes due from then on is planned by its rule. */
function begunAt(recording: Recording, { at, item }: Version<Schedule>): Instant {
  return hasWrongClock(recording) ? at - longestAct : Math.min(at, item.lastAct.at) - 1;
}
