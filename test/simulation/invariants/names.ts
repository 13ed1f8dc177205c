import {
  type Delivery,
  deliveryIdOf,
  type NotificationKey,
  toldStates,
} from '../../../lib/domain/delivery/delivery.ts';
import type { Instant } from '../../../lib/domain/time/instant.ts';
import { timeOf } from '../world/world.ts';
import { birthsOf, isWithin, lineageOf } from './lineage.ts';
import { latestOf, type Recording, versionAt } from './recording.ts';
import { familyOf } from './saved.ts';

/** 17. One event, one lead time and one pool have one text, whichever name, id or schedule id it went by. */
export function* oncePerPool(recording: Recording): Iterable<string> {
  const told = recording.requests.flatMap(({ at, effect, deliveryId, poolId }) => {
    const versions = recording.deliveries.get(deliveryId) ?? [];
    const delivery = latestOf(versions);
    if (effect === 'refused' || delivery === undefined) return [];
    // What a file renames and another one creates again are two schedules.
    const holder = versionAt(recording.schedules.get(delivery.scheduleId) ?? [], at)?.item;
    const isHeld = holder !== undefined && holder.deletedAt === undefined;
    return { at, poolId, delivery, wantedAt: isHeld ? at : (versions[0]?.at ?? at) };
  });
  for (const all of Map.groupBy(told, ({ poolId, delivery }) => `${wordOf(delivery)} ${poolId}`).values()) {
    for (const [i, one] of all.entries()) {
      const before = all
        .slice(0, i)
        .find((other) => isOther(other, one) && isSameSchedule(recording, other, one));
      // Huawei has said that nobody saw it.
      if (before === undefined || before.delivery.state === 'undelivered') continue;
      yield `${one.poolId} had ${sayTold(before)} and ${sayTold(one)}`;
    }
  }
}

type Told = {
  at: Instant;
  poolId: string;
  delivery: Delivery;
  /** When the schedule lived that wanted it. */
  wantedAt: Instant;
};

function isOther({ delivery: one }: Told, { delivery: other }: Told): boolean {
  return one.deliveryId !== other.deliveryId;
}

function sayTold({ at, delivery: { deliveryId, pool } }: Told): string {
  return `${deliveryId} for ${pool} at ${timeOf(at)}`;
}

/** What a text says, but for its pool. A text that somebody asked for is one of its own. */
function wordOf({ scheduleId, eventAt, leadSeconds, noticeId }: Delivery): string {
  return noticeId ?? `${familyOf(scheduleId)} ${eventAt} ${leadSeconds}`;
}

/** A schedule is another one under another id, unless a file renamed it. */
function isSameSchedule(recording: Recording, one: Told, other: Told): boolean {
  if (one.delivery.scheduleId === other.delivery.scheduleId) return true;
  return isOnward(recording, one, other) || isOnward(recording, other, one);
}

/** Whether what planned one of them had by then become what planned the other. */
function isOnward(recording: Recording, one: Told, other: Told): boolean {
  const { scheduleId } = other.delivery;
  const born = birthsOf(recording, scheduleId).findLast((at) => at <= other.wantedAt);
  const lineage = lineageOf(recording, one.delivery.scheduleId, one.wantedAt);
  return born !== undefined && isWithin(lineage, scheduleId, born);
}

/** Whether what was skipped for it reached its pool, or may have, under another name or schedule id. */
export function isToldOtherwise({ deliveries }: Recording, skipped: Delivery): boolean {
  if (!['same_pool', 'decided_before'].includes(skipped.reason?.code ?? '')) return false;
  return [...deliveries.values()].some((versions) => {
    // One whose sender was interrupted counts as told, until its own late answer says otherwise.
    const told = versions.find(
      ({ item }) => toldStates.includes(item.state) && item.state !== 'sending',
    )?.item;
    return told !== undefined && told.deliveryId !== skipped.deliveryId && wordOf(told) === wordOf(skipped);
  });
}

/** Whether all that was planned of a notification has waited for one another until it was too late. */
export function isDeadlocked({ deliveries }: Recording, delivery: Delivery): boolean {
  const isWaiting = ({ state, reason }: Delivery) => state === 'expired' && reason?.code === 'same_pool';
  if (!isWaiting(delivery)) return false;
  return [...deliveries.values()].every((versions) => {
    const other = latestOf(versions);
    return other === undefined || wordOf(other) !== wordOf(delivery) || isWaiting(other);
  });
}

/** Whether what a schedule asks for has a row, under whichever id a file gave it. */
export function hasRow({ deliveries, schedules }: Recording, due: NotificationKey): boolean {
  const ids = [...schedules.keys()].filter((id) => familyOf(id) === familyOf(due.scheduleId));
  return ids.some((scheduleId) => deliveries.has(deliveryIdOf({ ...due, scheduleId })));
}
