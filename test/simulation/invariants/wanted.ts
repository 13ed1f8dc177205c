import {
  deadlineOf,
  type Notification,
  notificationsOf,
  unwantedReason,
} from '../../../lib/domain/schedule/notifications.ts';
import { isPaused, isPlanned, type Schedule } from '../../../lib/domain/schedule/schedule.ts';
import type { Instant } from '../../../lib/domain/time/instant.ts';
import { poolIdOf } from '../world/huawei.ts';
import { type Recording, type Version, versionAt, versionsDuring } from './recording.ts';

/** A notification of a schedule for one pool. */
export type Due = Pick<Notification, 'eventAt' | 'leadSeconds' | 'dueAt'> & {
  scheduleId: string;
  pool: string;
};

/** Whether a schedule, as it stood, asks for a notification at an instant. */
function isWanted(schedule: Schedule, due: Omit<Due, 'scheduleId' | 'dueAt'>, at: Instant): boolean {
  return (
    isPlanned(schedule) && !isPaused(schedule, at) && unwantedReason(schedule, due, due.pool) === undefined
  );
}

/** Whether a schedule asked for a notification at some time of a span, as far as its versions tell. */
export function wasWantedDuring(
  versions: readonly Version<Schedule>[],
  due: Omit<Due, 'scheduleId' | 'dueAt'>,
  from: Instant,
  to: Instant,
): boolean {
  return versionsDuring(versions, from, to).some(({ at, item }, i, all) => {
    const end = all[i + 1]?.at ?? to;
    return isWantedAs(item, due, Math.max(at, from)) || isWantedAs(item, due, end);
  });
}

/** The same for a pool that may be written otherwise since. */
function isWantedAs(schedule: Schedule, due: Omit<Due, 'scheduleId' | 'dueAt'>, at: Instant): boolean {
  const written = schedule.definition.pools.filter((pool) => poolIdOf(pool) === poolIdOf(due.pool));
  return written.some((pool) => isWanted(schedule, { ...due, pool }, at));
}

/** Every notification that was wanted during the whole of its time, from its due time to its deadline. */
export function* surelyWanted(recording: Recording): Generator<Due & { deadline: Instant }, void> {
  const broken = recording.story.schedules.filter(({ isBroken }) => isBroken).map(({ id }) => id);
  for (const [scheduleId, versions] of recording.schedules) {
    if (broken.includes(scheduleId)) continue;
    const seen = new Set<string>();
    const begin = versions[0]?.at ?? 0;
    for (const { item } of versionsOfRules(versions)) {
      for (const { eventAt, leadSeconds, dueAt } of notificationsOf(item, begin, recording.story.until)) {
        for (const pool of item.definition.pools) {
          const key = `${eventAt} ${leadSeconds} ${pool}`;
          if (seen.has(key)) continue;
          seen.add(key);
          const due = { scheduleId, eventAt, leadSeconds, dueAt, pool };
          const deadline = deadlineIfWanted(versions, due);
          if (deadline !== undefined) yield { ...due, deadline };
        }
      }
    }
  }
}

/** One version for each revision, and for what a rename brought along: a move of the cursor changes no rule. */
export function versionsOfRules(versions: readonly Version<Schedule>[]): Version<Schedule>[] {
  return versions.filter(({ item }, i) => {
    const before = versions[i - 1]?.item;
    return item.rev !== before?.rev || item.exceptions !== before.exceptions || item.pause !== before.pause;
  });
}

function deadlineIfWanted(versions: readonly Version<Schedule>[], due: Due): Instant | undefined {
  const rules = versionsOfRules(versions);
  const first = versionAt(rules, due.dueAt);
  if (first === undefined || !isWanted(first.item, due, due.dueAt)) return undefined;
  let deadline = deadlineOf(first.item, due);
  for (const { at, item } of rules.filter((version) => version.at > due.dueAt)) {
    // From its beginning on an act may have its effect, however long it takes.
    if (Math.min(at, item.lastAct.at) > deadline) continue;
    if (!isWanted(item, due, at)) return undefined;
    deadline = Math.max(deadline, deadlineOf(item, due));
  }
  return deadline;
}
