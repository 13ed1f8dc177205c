import { type Delivery, deliveryIdOf, toldStates } from '../../lib/domain/delivery.ts';
import type { Instant } from '../../lib/domain/instant.ts';
import type { Announcement, Notice } from '../../lib/domain/notice.ts';
import type { Schedule } from '../../lib/domain/schedule.ts';
import { latestOf, type Recording, type Version } from './recording.ts';
import { timeOf } from './world.ts';

/** A text that an act promised to those who were warned of one event, and what became of it. */
type Promised = { scheduleId: string; at: Instant; announcement: Announcement; notice: Notice | undefined };

/** 13. Those who were warned of an event get the text that an act promised them, and get it last. */
export function* allClear(recording: Recording): Iterable<string> {
  for (const [scheduleId, versions] of recording.schedules) {
    for (const { noticeId } of latestOf(versions)?.announcements ?? [])
      yield `the text ${noticeId} of ${scheduleId} was promised and never sent`;
    for (const promised of promisesOf(scheduleId, versions)) {
      yield* leftOut(recording, promised);
      yield* tooEarly(recording, promised);
    }
  }
}

function promisesOf(scheduleId: string, versions: readonly Version<Schedule>[]): Promised[] {
  const notices = versions.flatMap(({ item }) => item.notices);
  const first = new Map<string, Promised>();
  for (const { at, item } of versions) {
    for (const announcement of item.announcements ?? []) {
      const { noticeId } = announcement;
      const notice = notices.find((other) => other.noticeId === noticeId);
      if (!first.has(noticeId)) first.set(noticeId, { scheduleId, at, announcement, notice });
    }
  }
  return [...first.values()].filter(({ announcement }) => announcement.eventTimes !== undefined);
}

/** The warnings of the event that were claimed before the act was written, each with when its request was made. */
function warningsOf(recording: Recording, { scheduleId, at, announcement }: Promised) {
  const effective = recording.requests.filter(({ effect }) => effect !== 'refused');
  return effective.flatMap((request) => {
    const delivery = latestOf(recording.deliveries.get(request.deliveryId) ?? []);
    if (delivery === undefined || delivery.scheduleId !== scheduleId) return [];
    return isOfEvent(delivery, announcement) && isClaimedBefore(delivery, at) ? [{ request, delivery }] : [];
  });
}

function isOfEvent({ noticeId, eventAt }: Delivery, { eventTimes }: Announcement): boolean {
  return noticeId === undefined && eventTimes?.includes(eventAt) === true;
}

function isClaimedBefore({ attempts }: Delivery, at: Instant): boolean {
  return attempts.some((attempt) => attempt.at < at);
}

function* leftOut(recording: Recording, promised: Promised) {
  const { scheduleId, at, announcement, notice } = promised;
  for (const { request, delivery } of warningsOf(recording, promised)) {
    const isTold = request.at < at && toldStates.includes(delivery.state);
    if (isTold && !notice?.pools.includes(delivery.pool))
      yield `the text ${announcement.noticeId} of ${scheduleId} left out ${delivery.pool}, warned at ${timeOf(request.at)}`;
  }
}

function* tooEarly(recording: Recording, promised: Promised) {
  const { scheduleId, notice } = promised;
  for (const { request, delivery } of warningsOf(recording, promised)) {
    const { pool } = delivery;
    const noticeDeliveryId = notice && deliveryIdOf({ ...notice, scheduleId, leadSeconds: 0, pool });
    const said = recording.requests.find(({ deliveryId }) => deliveryId === noticeDeliveryId);
    if (said !== undefined && said.at < request.at)
      yield `${delivery.deliveryId} went out at ${timeOf(request.at)}, after the text that takes it back at ${timeOf(said.at)}`;
  }
}
