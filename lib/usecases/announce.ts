import type { Instant } from '../domain/instant.ts';
import { second } from '../domain/instant.ts';
import type { Notice } from '../domain/notice.ts';
import { type Announcement, keptNotices, noticeOf } from '../domain/notice.ts';
import type { Schedule } from '../domain/schedule.ts';
import type { DeliveryStore, Ids, ScheduleStore } from '../ports.ts';
import { change } from './change.ts';
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
