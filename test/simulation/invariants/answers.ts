import type { Definition } from '../../../lib/domain/schedule/definition.ts';
import { type Instant, minute } from '../../../lib/domain/time/instant.ts';
import { timeOf } from '../world/world.ts';
import { deedsOf } from './deeds.ts';
import { type Application, type Recording, versionAt } from './recording.ts';

/** An apply that stands still for longer may be overtaken by another one. */
const lockHeld = minute;

/** Part of 11: a repetition is answered as the first time, and after an apply the schedules are what the file says. */
export function* trueAnswers(recording: Recording): Iterable<string> {
  for (const { act, at, first, again } of recording.repetitions) {
    const [before, after] = [first, again].map((told) => JSON.stringify(told));
    if (before !== after)
      yield `"${act.what}", repeated with its key, was answered at ${timeOf(at)} with ${after}, not with ${before}`;
  }
  const byWho = Map.groupBy(
    [...recording.schedules].flatMap(([scheduleId, versions]) =>
      versions.map(({ item }) => ({ scheduleId, rev: item.rev, act: item.lastAct })),
    ),
    ({ scheduleId, act }) => `${scheduleId} ${act.who}`,
  );
  for (const { act, who, scheduleId } of recording.answers) {
    const revs = new Set(byWho.get(`${scheduleId} ${who}`)?.map(({ rev }) => rev));
    if (act.what !== 'save' && act.withKey === true && revs.size > 1)
      yield `"${act.what}" was done in the revisions ${[...revs].join(' and ')} of ${scheduleId}`;
  }
  yield* mixtures(recording);
}

function* mixtures(recording: Recording) {
  const { schedules, applications } = recording;
  const deeds = deedsOf(recording);
  for (const application of applications) {
    const { who, begunAt, answeredAt, hasFailures, definitions } = application;
    if (answeredAt === undefined || hasFailures === true || answeredAt - begunAt > lockHeld) continue;
    const isAlone = applications.every(
      (other) => other === application || other.begunAt > answeredAt || isOver(other, answeredAt),
    );
    // Whoever stood still for longer than the lock holds was overtaken by another file, which holds since.
    const files = applications
      .filter(({ begunAt: at }) => at >= begunAt)
      .map((other) => sorted(other.definitions));
    if (!isAlone) continue;
    const isDisturbed = [...deeds.values()]
      .flat()
      .some(({ at, act }) => at > begunAt && at <= answeredAt && !isByFile(recording, act.who));
    if (isDisturbed) continue;
    const stored = [...schedules.values()].flatMap((versions) => {
      const { item } = versionAt(versions, answeredAt) ?? {};
      return item?.owner === 'file' && item.deletedAt === undefined ? item.definition : [];
    });
    if (sorted(stored) !== sorted(definitions) && !files.includes(sorted(stored)))
      yield `after the apply by ${who} was answered at ${timeOf(answeredAt)}, the schedules are ${stored.map(({ id }) => id).join(', ') || 'none'}, and not as its file says`;
  }
}

/** Whether an apply had ended; one that died may have left anything behind. */
function isOver({ endedAt }: Application, at: Instant): boolean {
  return endedAt !== undefined && endedAt < at;
}

function sorted(definitions: readonly Definition[]): string {
  return definitions
    .map((definition) => JSON.stringify(definition))
    .sort()
    .join();
}

function isByFile({ applications }: Recording, who: string): boolean {
  return applications.some((application) => application.who === who);
}
