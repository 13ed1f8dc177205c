import type { Definition } from '../../../lib/domain/schedule/definition.ts';
import type { Schedule } from '../../../lib/domain/schedule/schedule.ts';
import type { Instant } from '../../../lib/domain/time/instant.ts';
import { type Recording, type Version, versionAt } from './recording.ts';
import { familyOf } from './saved.ts';

/** A file has a schedule under another id since, with an equal definition. */
type Rename = {
  who: string;
  from: string;
  to: string;
  /** When it was written under its new id. */
  at: Instant;
  /** When it was deleted under the former one; absent when the apply stopped before. */
  endedAt: Instant | undefined;
};

/** A schedule from one instant on, under all ids that files give it. */
export type Lineage = {
  versions: readonly Version<Schedule>[];
  /** From when on it has each id alone. */
  startOf: ReadonlyMap<string, Instant>;
};

const known = new WeakMap<Recording, Rename[]>();

/** Every rename, by what was written. */
export function renamesOf(recording: Recording): Rename[] {
  const renames = known.get(recording) ?? [...findRenames(recording)];
  known.set(recording, renames);
  return renames;
}

function* findRenames({ schedules, applications }: Recording): Generator<Rename, void> {
  for (const [to, versions] of schedules) {
    for (const [i, { at, item }] of versions.entries()) {
      const { who } = item.lastAct;
      const isBorn = isLive(item) && !isLive(versions[i - 1]?.item);
      if (!isBorn || !applications.some((application) => application.who === who)) continue;
      for (const [from, others] of schedules) {
        if (from === to || familyOf(from) !== familyOf(to)) continue;
        const before = versionAt(others, at)?.item;
        if (!isLive(before) || before.owner !== 'file' || !isEqual(before.definition, item.definition))
          continue;
        const end = others.find((other) => other.at >= at && !isLive(other.item));
        yield { who, from, to, at, endedAt: end?.item.lastAct.who === who ? end.at : undefined };
      }
    }
  }
}

function isLive(schedule: Schedule | undefined): schedule is Schedule {
  return schedule !== undefined && schedule.deletedAt === undefined;
}

function isEqual({ id: _id, ...one }: Definition, { id: _other, ...other }: Definition): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** What became of a schedule after an instant. */
export function lineageOf(recording: Recording, scheduleId: string, after: Instant): Lineage {
  const born = birthsOf(recording, scheduleId).findLast((at) => at <= after);
  return onward(recording, scheduleId, born ?? 0, 0);
}

/** What became of a schedule in each of its lives: who is brought back has the same deliveries. */
export function lineagesOf(recording: Recording, scheduleId: string): Lineage[] {
  return birthsOf(recording, scheduleId).map((at) => onward(recording, scheduleId, at, 0));
}

/** When a schedule was created, or came back. */
export function birthsOf({ schedules }: Recording, scheduleId: string): Instant[] {
  const versions = schedules.get(scheduleId) ?? [];
  return versions.filter(({ item }, i) => isLive(item) && !isLive(versions[i - 1]?.item)).map(({ at }) => at);
}

/** @param alone when the former id was deleted. */
function onward(recording: Recording, scheduleId: string, from: Instant, alone: Instant): Lineage {
  const own = (recording.schedules.get(scheduleId) ?? []).filter(({ at }) => at >= from);
  const end = own.find(({ item }) => !isLive(item));
  const rename = renamesOf(recording).find(
    (other) => other.from === scheduleId && other.endedAt !== undefined && other.endedAt === end?.at,
  );
  if (end === undefined || rename === undefined)
    return { startOf: new Map([[scheduleId, alone]]), versions: own };
  const next = onward(recording, rename.to, rename.at, end.at);
  const before = own.filter(({ at }) => at < end.at);
  const versions = [...before, ...next.versions].sort((a, b) => a.at - b.at);
  return { startOf: new Map([[scheduleId, alone], ...next.startOf]), versions };
}

/** Whether something that was written at an instant belongs to a lineage. */
export function isWithin({ versions }: Lineage, scheduleId: string, at: Instant): boolean {
  return versions.some((version) => version.at === at && version.item.scheduleId === scheduleId);
}
