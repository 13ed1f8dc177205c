import { isWritten } from '../../../lib/domain/schedule/notifications.ts';
import type { Instant } from '../../../lib/domain/time/instant.ts';
import { poolIdOf } from '../world/huawei.ts';
import { timeOf } from '../world/world.ts';
import {
  type Deed,
  deedsOf,
  eventsOfDeed,
  isMeeting,
  isToCome,
  type Saying,
  sayingsOf,
  timesEver,
} from './deeds.ts';
import { isWithin, lineageOf, renamesOf } from './lineage.ts';
import { hasWrongClock, type Recording, type Request } from './recording.ts';
import { familyOf } from './saved.ts';

type Told = { saying: Saying; deeds: readonly Deed[] };

/** What people did to each schedule, whatever ids files have given it. */
function lineagesOf(recording: Recording): Deed[][] {
  const deeds = deedsOf(recording);
  const families = Map.groupBy(deeds.keys(), (id) => (isRenamed(recording, id) ? familyOf(id) : id));
  return [...families.values()].map((ids) =>
    ids.flatMap((id) => deeds.get(id) ?? []).sort((a, b) => a.at - b.at),
  );
}

function isRenamed(recording: Recording, id: string): boolean {
  return renamesOf(recording).some(({ from, to }) => from === id || to === id);
}

/** Whether a schedule was deleted because a file has it under another id. */
function isByRename(recording: Recording, { scheduleId, act: { who } }: Deed): boolean {
  return renamesOf(recording).some((rename) => rename.from === scheduleId && rename.who === who);
}

/** Every text that people asked for, with all that was done to its schedule. */
function* eachSaying(recording: Recording): Generator<Told, void> {
  for (const deeds of lineagesOf(recording)) {
    for (const saying of sayingsOf(recording, deeds)) yield { saying, deeds };
  }
}

/** What a later act means for a text: it must stop it, it may, or it must not. */
type Covering = 'must' | 'may' | 'no';

function coveringOf(recording: Recording, deed: Deed, saying: Saying, pool: string): Covering {
  const { what } = deed.act;
  const isOwn = deed.scheduleId === saying.deed.scheduleId;
  const isLater = isOwn ? deed.rev > saying.deed.rev : isOnward(recording, saying.deed, deed);
  if (!isLater || deed.before === undefined) return 'no';
  switch (what) {
    case 'save':
      // Under a new id an edit knows nothing of what waits under the former one.
      return isOwn ? coveringOfSave(deed, saying, pool) : mayBeCovered(coveringOfSave(deed, saying, pool));
    case 'delete':
      if (isByRename(recording, deed)) return saying.kind === 'send' ? 'may' : 'no';
      return coveringOfAll(deed, saying);
    case 'pause':
      return coveringOfAll(deed, saying);
    default:
      return coveringOfEvent(recording, deed, saying, pool);
  }
}

/** Whether a later act was done to the same schedule under another id. */
function isOnward(recording: Recording, { scheduleId, at }: Deed, later: Deed): boolean {
  return later.at > at && isWithin(lineageOf(recording, scheduleId, at), later.scheduleId, later.at);
}

/** An act without an event covers what is about an event to come; that a skipped one is cancelled stays true. */
function coveringOfAll({ before, act }: Deed, { kind, events }: Saying): Covering {
  if (kind === 'send' || events === 'all') return 'must';
  const isCovered = events !== 'none' && [...events].some((at) => before && isToCome(before, at, act.at));
  return isCovered ? 'must' : 'no';
}

function coveringOfEvent(recording: Recording, deed: Deed, saying: Saying, pool: string): Covering {
  const events = eventsOfDeed(deed);
  if (events === 'all') return coveringOfAll(deed, saying);
  if (events === 'none' || saying.events === 'none') return 'no';
  if (saying.events === 'all') return 'may';
  // After an edit a change may stand for an event that the rule no longer has.
  if (
    deed.before?.exceptions.some(
      ({ eventAt }) => !isWritten(deed.before?.definition ?? deed.after.definition, eventAt),
    )
  )
    return 'may';
  if (!isMeeting(saying.events, events)) return hasBeenAt(recording, saying, events) ? 'may' : 'no';
  const isElsewhere = deed.act.what === 'send' && deed.before?.definition.pools.includes(pool) === false;
  return isElsewhere ? 'may' : 'must';
}

/** Whether one event was once moved to where the other is: of a text people cannot tell which is meant. */
function hasBeenAt(recording: Recording, { deed, events }: Saying, others: ReadonlySet<Instant>): boolean {
  if (events === 'all' || events === 'none') return false;
  const deeds = deedsOf(recording).get(deed.scheduleId) ?? [];
  const [one, other] = [events, others].map((all) => timesEver(all, deeds, Number.POSITIVE_INFINITY));
  return one !== undefined && other !== undefined && isMeeting(one, other);
}

/** An edit takes away an event, or a pool, or everything. */
function coveringOfSave({ before, after, act }: Deed, { kind, events }: Saying, pool: string): Covering {
  if (before === undefined || before.deletedAt !== undefined) return 'no';
  const isDisabled = before.definition.enabled && !after.definition.enabled;
  const isGone = (at: Instant) => isToCome(before, at, act.at) && !isToCome(after, at, act.at);
  const hasGone = events !== 'all' && events !== 'none' && [...events].some(isGone);
  if (kind === 'all-clear') return hasGone ? 'may' : 'no';
  if (isDisabled || hasGone) return 'must';
  const { pools } = after.definition;
  const isDropped = before.definition.pools.includes(pool) && !pools.includes(pool);
  // A pool that is written otherwise since looks like one that was dropped.
  const isRespelled = pools.some((other) => poolIdOf(other) === poolIdOf(pool));
  return isDropped ? (isRespelled ? 'may' : 'must') : 'no';
}

function mayBeCovered(covering: Covering): Covering {
  return covering === 'must' ? 'may' : covering;
}

/** 14. What an act covers does not leave after its answer, but what it named; and nothing else is stopped. */
export function* textsObey(recording: Recording): Iterable<string> {
  for (const { saying, deeds } of eachSaying(recording)) {
    for (const request of saying.requests) yield* stale(recording, saying, deeds, request);
    yield* lost(recording, saying, deeds);
  }
}

function* stale(
  recording: Recording,
  saying: Saying,
  deeds: readonly Deed[],
  { at, deliveryId, text }: Request,
) {
  const { pool = '' } = saying.deliveries.find((delivery) => delivery.deliveryId === deliveryId) ?? {};
  for (const deed of deeds) {
    const { answer } = deed;
    const isInTime = answer === undefined || at <= answer.at || answer.goingOut.includes(deliveryId);
    if (!isInTime && coveringOf(recording, deed, saying, pool) === 'must')
      yield `"${text}" for ${pool} went out at ${timeOf(at)}, after "${deed.act.what}" was answered at ${timeOf(answer.at)}`;
  }
}

function* lost(recording: Recording, saying: Saying, deeds: readonly Deed[]) {
  for (const { deliveryId, pool, state, reason } of saying.deliveries) {
    // Who was not warned is the affair of the invariant of the all-clear.
    if (state !== 'skipped' || reason?.code === 'not_warned' || reason?.code === 'same_pool') continue;
    // After a wrong clock was set back a text gets another due time.
    const isPutOff = saying.deliveries.some(
      (other) => other.pool === pool && other.deliveryId !== deliveryId && other.state !== 'skipped',
    );
    if (isPutOff && hasWrongClock(recording)) continue;
    const skippedAt = recording.deliveries.get(deliveryId)?.find(({ item }) => item.state === state)?.at ?? 0;
    const isCovered = deeds.some(
      (deed) => deed.at <= skippedAt && coveringOf(recording, deed, saying, pool) !== 'no',
    );
    if (!isCovered)
      yield `the ${saying.kind} of revision ${saying.deed.rev} for ${pool} was skipped (${reason?.code}), and nothing supersedes it`;
  }
}

/** 15. Of two texts about one event to one pool the older does not arrive after the newer. */
export function* inOrder(recording: Recording): Iterable<string> {
  for (const deeds of lineagesOf(recording)) {
    const sayings = sayingsOf(recording, deeds);
    for (const [i, older] of sayings.entries()) {
      for (const newer of sayings.slice(i + 1)) {
        const isSame = older.deed.scheduleId === newer.deed.scheduleId;
        if (isRelated(older, newer) && (isSame || isOnward(recording, older.deed, newer.deed)))
          yield* overtaken(older, newer);
      }
    }
  }
}

function isRelated({ events: one }: Saying, { events: other }: Saying): boolean {
  if (one === 'none' || other === 'none') return false;
  return one === 'all' || other === 'all' || isMeeting(one, other);
}

function* overtaken(older: Saying, newer: Saying) {
  for (const last of older.requests.filter(({ effect }) => effect !== 'refused')) {
    const before = newer.requests.find(
      ({ effect, poolId, at }) => effect === 'taken' && poolId === last.poolId && at < last.at,
    );
    if (before !== undefined)
      yield `"${last.text}" reached ${last.poolId} at ${timeOf(last.at)}, after the newer "${before.text}" at ${timeOf(before.at)}`;
  }
}

/** 16. A schedule's own message that somebody sends does not leave once its event has begun. */
export function* notAfterEvent(recording: Recording): Iterable<string> {
  for (const { saying } of eachSaying(recording)) {
    const { kind, events, deed, requests } = saying;
    const { eventAt = Number.POSITIVE_INFINITY } = deed.act;
    if (kind !== 'send' || events === 'none') continue;
    for (const { at, text } of requests) {
      if (at >= eventAt)
        yield `"${text}" went out at ${timeOf(at)}, and its event began at ${timeOf(eventAt)}`;
    }
  }
}
