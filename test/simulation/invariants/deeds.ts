import type { Delivery } from '../../../lib/domain/delivery/delivery.ts';
import { eventsOf, isWritten } from '../../../lib/domain/schedule/notifications.ts';
import type { Act, Schedule } from '../../../lib/domain/schedule/schedule.ts';
import type { Instant } from '../../../lib/domain/time/instant.ts';
import { type Answer, latestOf, type Recording, type Request } from './recording.ts';

/** An act that took effect: the schedule before and after it, and the first answer to it. */
export type Deed = {
  scheduleId: string;
  rev: number;
  /** When it was written. */
  at: Instant;
  act: Act;
  before: Schedule | undefined;
  after: Schedule;
  answer: Answer | undefined;
};

/** Events, each by the time that it was written for; `all` that were to come, or `none`. */
export type Events = ReadonlySet<Instant> | 'all' | 'none';

/** A text that somebody asked for: an all-clear to those who were warned, or a schedule's own message at once. */
export type Saying = {
  noticeId: string;
  kind: 'all-clear' | 'send';
  deed: Deed;
  events: Events;
  /** What is sent of it; empty when nothing was even planned. */
  deliveries: Delivery[];
  requests: Request[];
};

/** What people did to each schedule, in the order of the revisions. */
export function deedsOf({ schedules, answers }: Recording): Map<string, Deed[]> {
  const deeds = new Map<string, Deed[]>();
  for (const [scheduleId, versions] of schedules) {
    const own = answers.filter((answer) => answer.scheduleId === scheduleId);
    const list: Deed[] = [];
    for (const [i, { at, item }] of versions.entries()) {
      const before = versions[i - 1]?.item;
      const { rev, lastAct } = item;
      if (before !== undefined && rev <= before.rev) continue;
      const answer = own.find((other) => other.rev === rev);
      list.push({ scheduleId, rev, at, act: lastAct, before, after: item, answer });
    }
    deeds.set(scheduleId, list);
  }
  return deeds;
}

/** The texts that people asked for, by schedule, the oldest first. */
export function sayingsOf(recording: Recording, deeds: readonly Deed[]): Saying[] {
  return deeds.flatMap((deed) => {
    const { act, before, after } = deed;
    const known = new Set(before?.notices.map(({ noticeId }) => noticeId));
    const sent = after.notices.find(({ noticeId, kind }) => kind === 'message' && !known.has(noticeId));
    const isSend = act.what === 'send' && sent !== undefined;
    const noticeId = isSend ? sent.noticeId : act.notify === undefined ? undefined : act.writeId;
    if (noticeId === undefined) return [];
    const deliveries = [...recording.deliveries.values()].flatMap((versions) => {
      const delivery = latestOf(versions);
      return delivery?.noticeId === noticeId && delivery.scheduleId === deed.scheduleId ? delivery : [];
    });
    const ids = new Set(deliveries.map(({ deliveryId }) => deliveryId));
    const requests = recording.requests.filter(({ deliveryId }) => ids.has(deliveryId));
    const kind = isSend ? 'send' : 'all-clear';
    return { noticeId, kind, deed, events: eventsOfDeed(deed), deliveries, requests };
  });
}

/** Which events an act is about. */
export function eventsOfDeed({ act, before, after }: Deed): Events {
  const { what, eventAt } = act;
  if (what === 'save') return 'none';
  if (eventAt === undefined) return 'all';
  const rules = before ?? after;
  if (what !== 'send') return new Set([eventAt, ...writtenFor(rules, happeningOf(rules, eventAt))]);
  const written = writtenFor(rules, eventAt);
  return written.length === 0 ? 'none' : new Set(written);
}

/** When an event happens, or would if it were not skipped. */
export function happeningOf({ exceptions }: Schedule, writtenAt: Instant): Instant {
  return exceptions.find(({ eventAt }) => eventAt === writtenAt)?.movedTo ?? writtenAt;
}

/** All that happens at a time is one event: what was written for it and what was moved there, or what was skipped. */
function writtenFor({ definition, exceptions }: Schedule, at: Instant): Instant[] {
  const moved = exceptions
    .filter(({ eventAt, movedTo }) => movedTo === at && isWritten(definition, eventAt))
    .map(({ eventAt }) => eventAt);
  const isChanged = exceptions.some(({ eventAt }) => eventAt === at);
  return isWritten(definition, at) && (!isChanged || moved.length === 0) ? [...moved, at] : moved;
}

/** Whether an event takes place after an instant, by the schedule as it stands. */
export function isToCome(schedule: Schedule, writtenAt: Instant, after: Instant): boolean {
  if (!isWritten(schedule.definition, writtenAt)) return false;
  const happensAt = happeningOf(schedule, writtenAt);
  const occurrence = eventsOf(schedule, happensAt - 1, happensAt).next().value;
  return happensAt > after && occurrence !== undefined && occurrence.unwanted === undefined;
}

/** The events that take place within an hour, each by a time that it was written for. */
export function comingEvents(schedule: Schedule, after: Instant): Set<Instant> {
  const coming = [...eventsOf(schedule, after, after + 3_600_000)];
  return new Set(
    coming
      .filter(({ unwanted }) => unwanted === undefined)
      .flatMap(({ eventAt }) => writtenFor(schedule, eventAt)),
  );
}

export function isMeeting(one: ReadonlySet<Instant>, other: ReadonlySet<Instant>): boolean {
  return !one.isDisjointFrom(other);
}

/** All times that events have had up to an act, that one included. */
export function timesEver(events: ReadonlySet<Instant>, deeds: readonly Deed[], rev: number): Set<Instant> {
  const times = new Set(events);
  for (const { act, rev: other } of deeds) {
    const { what, eventAt, movedTo } = act;
    const isMove = what === 'postpone' && eventAt !== undefined && movedTo !== undefined;
    if (other <= rev && isMove && events.has(eventAt)) times.add(movedTo);
  }
  return times;
}
