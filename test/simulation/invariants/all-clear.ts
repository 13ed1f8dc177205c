import { type Delivery, toldStates } from '../../../lib/domain/delivery/delivery.ts';
import { isWritten } from '../../../lib/domain/schedule/notifications.ts';
import { poolIdOf } from '../world/huawei.ts';
import { timeOf } from '../world/world.ts';
import { comingEvents, type Deed, deedsOf, happeningOf, type Saying, sayingsOf, timesEver } from './deeds.ts';
import { latestOf, type Recording, type Request, versionAt } from './recording.ts';
import { familyOf } from './saved.ts';

/** States after a request that took effect, or may have. */
const toldEver: readonly Delivery['state'][] = [...toldStates, 'undelivered'];

/** A request that told people of an event, or may have. */
type Warning = { request: Request; delivery: Delivery };

/** 13. Whoever was warned of an event, and nobody else, gets the text of an act, after the warning. */
export function* allClear(recording: Recording): Iterable<string> {
  const all = deedsOf(recording);
  for (const [scheduleId, deeds] of all) {
    const { announcements = [] } = latestOf(recording.schedules.get(scheduleId) ?? []) ?? {};
    for (const { noticeId } of announcements)
      yield `the text ${noticeId} of ${scheduleId} was promised and never sent`;
    const sayings = sayingsOf(recording, deeds).filter(({ kind }) => kind === 'all-clear');
    if (sayings.length === 0) continue;
    const tried = triedOf(recording, scheduleId);
    const told = warningsOf(recording, tried);
    const moves = [...all]
      .filter(([id]) => familyOf(id) === familyOf(scheduleId))
      .flatMap(([, list]) => list);
    for (const saying of sayings) {
      const warnings = told.filter(({ delivery }) => delivery.noticeId !== saying.noticeId);
      yield* leftOut(recording, saying, warnings, deeds);
      yield* uninvited(recording, saying, tried, moves);
      yield* tooEarly(recording, saying, warnings, deeds);
    }
  }
}

/** What somebody has tried to send of a schedule, under whichever id. */
function triedOf({ deliveries }: Recording, scheduleId: string): Delivery[] {
  return [...deliveries.values()].flatMap((versions) => {
    const delivery = latestOf(versions);
    const isOwn = delivery !== undefined && familyOf(delivery.scheduleId) === familyOf(scheduleId);
    return isOwn && delivery.attempt > 0 ? delivery : [];
  });
}

/** The requests of deliveries that may have had an effect. */
function warningsOf({ requests }: Recording, deliveries: readonly Delivery[]): Warning[] {
  const byId = new Map(deliveries.map((delivery) => [delivery.deliveryId, delivery]));
  return requests.flatMap((request) => {
    const delivery = byId.get(request.deliveryId);
    return delivery === undefined || request.effect === 'refused' ? [] : { request, delivery };
  });
}

/** Whether a warning was surely one of the events that an act is about: it told the time that the event had then. */
function isOfEvents(
  { delivery, request }: Warning,
  { deed, events }: Saying,
  deeds: readonly Deed[],
): boolean {
  const { before, act, rev } = deed;
  if (events === 'none' || before === undefined) return false;
  const about = events === 'all' ? comingEvents(before, act.at) : events;
  const then = deeds.findLast((other) => other.rev < rev && other.at <= request.at)?.after;
  if (then === undefined) return false;
  return [...about].some(
    (at) => isWritten(then.definition, at) && happeningOf(then, at) === delivery.eventAt,
  );
}

/** Whether a warning may have been one of them. */
function mayBeOfEvents({ eventAt }: Delivery, { deed, events }: Saying, moves: readonly Deed[]): boolean {
  if (events === 'none') return false;
  const { before, act } = deed;
  const about = events === 'all' ? new Set(before?.exceptions.map(({ eventAt }) => eventAt)) : events;
  const isComing = events === 'all' && eventAt > act.at;
  return isComing || timesEver(about, moves, Number.POSITIVE_INFINITY).has(eventAt);
}

/** When the sender of a request took the delivery, by the time of the store. */
function claimedAt({ deliveries }: Recording, { deliveryId, at }: Request): number {
  const claims = deliveries.get(deliveryId)?.filter(({ item }) => item.state === 'sending') ?? [];
  return claims.findLast((claim) => claim.at <= at)?.at ?? 0;
}

function* leftOut(recording: Recording, saying: Saying, warnings: Warning[], deeds: readonly Deed[]) {
  const { deed, deliveries } = saying;
  for (const warning of warnings) {
    const { request, delivery } = warning;
    // What was sent under a former id counts if the rename was one, and that is judged by the invariant of names.
    const isOwn = delivery.scheduleId === deed.scheduleId && toldStates.includes(delivery.state);
    if (!isOwn || claimedAt(recording, request) >= deed.at || !isOfEvents(warning, saying, deeds)) continue;
    const own = deliveries.filter(({ pool, poolId = poolIdOf(pool) }) => poolId === request.poolId);
    const isUnsent = own.every(({ state, reason }) => state === 'skipped' && reason?.code === 'not_warned');
    if (isUnsent)
      yield `the text of revision ${deed.rev} of ${deed.scheduleId} left out ${request.poolId}, warned at ${timeOf(request.at)}`;
  }
}

/** What somebody took to send and did not finish counts: nobody knows whether people were told. */
function* uninvited(
  { deliveries }: Recording,
  saying: Saying,
  others: readonly Delivery[],
  moves: readonly Deed[],
) {
  const words = String(saying.deed.act.notify).split(' {{')[0] ?? '';
  for (const { poolId, effect, at, text } of saying.requests) {
    if (!text.startsWith(words)) yield `"${text}" is not what revision ${saying.deed.rev} says`;
    const isInvited = others.some((other) => {
      const then = versionAt(deliveries.get(other.deliveryId) ?? [], at)?.item;
      const isTold = then?.poolId === poolId && toldEver.includes(then.state);
      return isTold && other.noticeId !== saying.noticeId && mayBeOfEvents(other, saying, moves);
    });
    if (effect !== 'refused' && !isInvited)
      yield `"${text}" reached ${poolId} at ${timeOf(at)}, where nobody was warned`;
  }
}

function* tooEarly(recording: Recording, saying: Saying, warnings: Warning[], deeds: readonly Deed[]) {
  for (const warning of warnings) {
    const { request, delivery } = warning;
    if (delivery.noticeId !== undefined || !isOfEvents(warning, saying, deeds)) continue;
    const said = saying.requests.find(
      ({ poolId, effect }) => poolId === request.poolId && effect !== 'refused',
    );
    if (said !== undefined && said.at < request.at && claimedAt(recording, request) < saying.deed.at)
      yield `${delivery.deliveryId} went out at ${timeOf(request.at)}, after "${said.text}", which takes it back, at ${timeOf(said.at)}`;
  }
}
