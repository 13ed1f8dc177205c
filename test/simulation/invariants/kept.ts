import { isWritten } from '../../../lib/domain/schedule/notifications.ts';
import { isPaused, type Schedule } from '../../../lib/domain/schedule/schedule.ts';
import { timeOf } from '../world/world.ts';
import { deedsOf } from './deeds.ts';
import { renamesOf } from './lineage.ts';
import { type Recording, versionAt } from './recording.ts';

/** Part of 5: what was stopped stays so when a file renames a schedule, or leaves it out and brings it back. */
export function* keptChanges(recording: Recording): Iterable<string> {
  const { applications, schedules } = recording;
  for (const { from, to, who, endedAt } of renamesOf(recording)) {
    const answer = applications.find((application) => application.who === who);
    if (endedAt === undefined || answer?.answeredAt === undefined || answer.hasFailures === true) continue;
    const before = versionAt(schedules.get(from) ?? [], answer.answeredAt)?.item;
    const after = versionAt(schedules.get(to) ?? [], answer.answeredAt)?.item;
    const isUndisturbed = before?.lastAct.who === who && after?.lastAct.who === who;
    if (isUndisturbed) yield* lostChanges(before, after);
  }
  for (const deeds of deedsOf(recording).values()) {
    for (const { before, after, act } of deeds) {
      const isLeftOut = applications.some(({ who }) => who === before?.lastAct.who);
      const isBack = act.what === 'save' && before?.deletedAt !== undefined && isLeftOut;
      const isRenamed = renamesOf(recording).some(
        ({ who, to }) => who === act.who && to === after.scheduleId,
      );
      if (isBack && !isRenamed) yield* lostChanges(before, after);
    }
  }
}

function* lostChanges(before: Schedule, after: Schedule) {
  const { scheduleId, pause, exceptions, lastAct, definition } = after;
  if (before.pause !== undefined && isPaused(before, lastAct.at) && pause === undefined)
    yield `${scheduleId} is not paused any more since ${timeOf(lastAct.at)}, and nobody has resumed it`;
  for (const { eventAt, movedTo } of before.exceptions) {
    const kept = exceptions.find((other) => other.eventAt === eventAt);
    if (isWritten(definition, eventAt) && (kept === undefined || kept.movedTo !== movedTo))
      yield `${scheduleId} has forgotten since ${timeOf(lastAct.at)} what was done to the event of ${timeOf(eventAt)}`;
  }
}
