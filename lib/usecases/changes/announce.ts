import { InvalidInputError } from '../../domain/codes/errors.ts';
import { problem } from '../../domain/codes/problems.ts';
import type { Message } from '../../domain/message/message.ts';
import { type Announcement, keptNotices, type Notice, noticeOf } from '../../domain/schedule/notice.ts';
import { hasRoomForNotice, mostNotices } from '../../domain/schedule/notice-room.ts';
import type { Schedule } from '../../domain/schedule/schedule.ts';
import { type Instant, second } from '../../domain/time/instant.ts';
import type { DeliveryStore, Ids, ScheduleStore } from '../../ports.ts';
import { change } from '../change.ts';
import { warnedOf } from './warned.ts';

export type AnnounceDeps = { schedules: ScheduleStore; deliveries: DeliveryStore; ids: Ids };

/**
 * Makes notices of what acts promised to those who were warned. Safe to repeat and to overlap.
 *
 * Who was warned is read after the act is written: a warning that slips out between is among them.
 */
export async function announce(deps: AnnounceDeps, schedule: Schedule, now: Instant): Promise<Schedule> {
  let latest = schedule;
  for (const announcement of schedule.announcements ?? []) {
    latest = await announceOne(deps, latest, announcement, now);
  }
  return latest;
}

async function announceOne(
  deps: AnnounceDeps,
  schedule: Schedule,
  announcement: Announcement,
  now: Instant,
): Promise<Schedule> {
  const { schedules, ids } = deps;
  const { audience } = await warnedOf(deps, schedule, announcement);
  const isMine = ({ noticeId }: Announcement) => noticeId === announcement.noticeId;
  const { item } = await change<Schedule>(
    {
      read: () => schedules.getSchedule(schedule.scheduleId),
      write: (next) => schedules.writeSchedule(next),
    },
    (seen) => {
      // As it stands now: an act that came between may have stopped it.
      const promised = seen?.announcements?.find(isMine);
      if (seen?.announcements === undefined || promised === undefined) return undefined;
      const notice = audience.pools.length === 0 ? undefined : noticeOf(promised, audience, now);
      const { announcements: _announcements, ...rest } = seen;
      const others = seen.announcements.filter((other) => !isMine(other));
      const next = others.length === 0 ? rest : { ...rest, announcements: others };
      const version = { version: seen.version + 1, writeId: ids.next() };
      return { ...next, ...(notice && withNotice(seen, notice, now)), ...version };
    },
  );
  return item ?? schedule;
}

/** What changes in a schedule with one more notice: it is looked at once more, even if it is deleted or disabled. */
export function withNotice(
  { notices, cursor, longestLeadSeconds }: Schedule,
  notice: Notice,
  now: Instant,
): Pick<Schedule, 'notices' | 'cursor' | 'wakeAt'> & Partial<Schedule> {
  const leadSeconds = Math.ceil((notice.eventAt - notice.dueAt) / second);
  return {
    notices: [...keptNotices(notices, now), notice],
    cursor: Math.min(cursor, now),
    wakeAt: now,
    ...(longestLeadSeconds === undefined
      ? {}
      : { longestLeadSeconds: Math.max(longestLeadSeconds, leadSeconds) }),
  };
}

/**
 * The schedule with a promise to tell all who were warned of the event; it goes by the write that made it.
 *
 * @throws InvalidInputError when it has no room for one more text.
 */
export function withAnnouncement(
  schedule: Schedule,
  notify: Message | undefined,
  about: {
    eventTimes?: readonly Instant[] | undefined;
    aboutAt?: Instant | undefined;
    until?: Instant | undefined;
  },
): Schedule {
  if (notify === undefined) return schedule;
  const { lastAct, writeId, announcements = [] } = schedule;
  checkRoom(schedule, 'all-clear', lastAct.at);
  const { eventTimes, aboutAt, until } = about;
  const announcement: Announcement = {
    noticeId: writeId,
    at: lastAct.at,
    message: notify,
    ...(eventTimes === undefined ? {} : { eventTimes }),
    ...(aboutAt === undefined ? {} : { aboutAt }),
    ...(until === undefined ? {} : { until }),
  };
  return {
    ...schedule,
    lastAct: { ...lastAct, notify },
    announcements: [...announcements, announcement],
  };
}

/** @throws InvalidInputError when the schedule cannot hold one more text. */
export function checkRoom(schedule: Schedule, kind: NonNullable<Notice['kind']>, now: Instant): void {
  if (!hasRoomForNotice(schedule, kind, now))
    throw new InvalidInputError([problem('', 'notices_full', { most: mostNotices })]);
}
