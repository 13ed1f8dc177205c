import { StoreError } from '../domain/codes/errors.ts';
import type { Schedule } from '../domain/schedule/schedule.ts';
import type { Versioned } from '../domain/versioned.ts';
import type { Ids, ScheduleStore, WriteResult } from '../ports.ts';

/** More conflicts than this in a row mean that something is wrong with the store. */
const longestContest = 50;

/** How an item stands after a change; `isMine` when this very change is in it. */
export type Changed<T> = { item: T | undefined; isMine: boolean };

/** Where one item is, and how it was a moment ago, if that is known. */
export type Place<T> = {
  known?: T;
  read: () => Promise<T | undefined>;
  write: (item: T) => Promise<WriteResult>;
};

/**
 * Changes one item by one conditional write, as often as others come first.
 *
 * @param step gives the item to write, or undefined to leave it. Called again with what others wrote.
 * @param isSame whether a stored item holds what was written; by default when it is the very write.
 * @throws StoreError when others come first every time.
 */
export async function change<T extends Versioned>(
  { known, read, write }: Place<T>,
  step: (seen: T | undefined) => T | undefined,
  isSame: (seen: T, written: T) => boolean = (seen, written) => seen.writeId === written.writeId,
): Promise<Changed<T>> {
  // Most often nobody else has touched it since; who has is told by the condition of the write.
  let seen = known ?? (await read());
  for (let contest = 0; contest < longestContest; contest += 1) {
    const next = step(seen);
    if (next === undefined) return { item: seen, isMine: false };
    if ((await write(next)) === 'written') return { item: next, isMine: true };
    // The store may have applied the write and lost the answer, so that its repetition met its own value.
    seen = await read();
    if (seen !== undefined && isSame(seen, next)) return { item: seen, isMine: true };
  }
  throw new StoreError('an item was changed by others every time; try again');
}

/** Changes a schedule that is there; the version and the write are numbered for the step. */
export function changeSchedule(
  { schedules, ids }: { schedules: ScheduleStore; ids: Ids },
  scheduleId: string,
  step: (seen: Schedule) => Omit<Schedule, 'version' | 'writeId'> | undefined,
): Promise<Changed<Schedule>> {
  return change<Schedule>(
    {
      read: () => schedules.getSchedule(scheduleId),
      write: (schedule) => schedules.writeSchedule(schedule),
    },
    (seen) => {
      const next = seen && step(seen);
      return next && { ...next, version: seen.version + 1, writeId: ids.next() };
    },
  );
}
