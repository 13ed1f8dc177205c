import { type Delivery, deliveryIdOf, finalStates } from '../../../lib/domain/delivery/delivery.ts';
import type { Gate } from '../../../lib/domain/delivery/gate.ts';
import { notificationsOf } from '../../../lib/domain/schedule/notifications.ts';
import { isPlanned, type Schedule } from '../../../lib/domain/schedule/schedule.ts';
import { hour, type Instant, minute, second } from '../../../lib/domain/time/instant.ts';
import { timeOf } from '../world/world.ts';
import { allClear } from './all-clear.ts';
import { trueAnswers } from './answers.ts';
import { noHoles } from './holes.ts';
import { keptChanges } from './kept.ts';
import { type Lineage, lineagesOf } from './lineage.ts';
import { hasRow, isDeadlocked, isToldOtherwise, oncePerPool } from './names.ts';
import {
  hasWrongClock,
  latestOf,
  type Recording,
  type Refusal,
  type Request,
  type Version,
} from './recording.ts';
import { inOrder, notAfterEvent, textsObey } from './texts.ts';
import { surelyWanted, wasWantedDuring } from './wanted.ts';

/** An invariant that did not hold, and where. */
export type Breach = { invariant: number; what: string };

type Invariant = (recording: Recording) => Iterable<string>;

/** Everything that a run broke. */
export function breachesOf(recording: Recording): Breach[] {
  const exempt = hasWrongClock(recording) ? keptByClocks : new Set<number>();
  return invariants.flatMap((check, number) =>
    exempt.has(number) ? [] : [...check(recording)].map((what) => ({ invariant: number, what })),
  );
}

/**
 * Those that compare with the time, which nobody can keep by a clock that is hours ahead: what is not due yet seems to
 * be too late, a pause over, and a full gate free.
 */
const keptByClocks: ReadonlySet<number> = new Set([3, 4, 5, 6, 8, 9, 10, 12, 16]);

const told = ['accepted', 'delivered', 'partial', 'undelivered', 'unconfirmed'];
/** What excuses a delivery that nobody knows the end of: somebody stopped with its request under way. */
const excusesOfUnknown = new Set([
  'crash-before',
  'crash-after',
  'stall-before',
  'stall-after',
  'slow-before',
  'slow-after',
  'error-before',
  'error-after',
  'outage',
  'store-moved',
]);

/** 0. No error that is not one of the known ones is thrown anywhere. */
function* noBugs({ bugs }: Recording) {
  for (const { at, item } of bugs) yield `${timeOf(at)} ${item}`;
}

/** 1. At most one request per delivery took effect, or may have. */
function* once({ requests }: Recording) {
  const effective = requests.filter(({ effect }) => effect !== 'refused');
  for (const [deliveryId, all] of Map.groupBy(effective, (request) => request.deliveryId)) {
    if (all.length > 1) yield `${deliveryId} went out at ${all.map(({ at }) => timeOf(at)).join(' and ')}`;
  }
}

/** 2. The record says what happened. */
function* truth(recording: Recording) {
  const { requests, deliveries } = recording;
  const byDelivery = Map.groupBy(requests, ({ deliveryId }) => deliveryId);
  for (const [deliveryId, versions] of deliveries) {
    const delivery = latestOf(versions);
    const own = byDelivery.get(deliveryId) ?? [];
    if (delivery !== undefined) yield* untruthsOf(recording, delivery, own);
  }
  for (const { deliveryId, text, poolId } of requests) {
    const attempts = latestOf(deliveries.get(deliveryId) ?? [])?.attempts ?? [];
    const isRecorded = attempts.some((attempt) => attempt.text === text && attempt.poolId === poolId);
    if (!isRecorded && attempts.length < 10) yield `${deliveryId} has no record of its request "${text}"`;
  }
}

function* untruthsOf(recording: Recording, delivery: Delivery, own: Request[]) {
  const { deliveryId, state, jobId, token, reason } = delivery;
  const hasArrived = own.some(({ effect }) => effect !== 'refused');
  if (hasArrived && ['expired', 'skipped', 'pending', 'rejected'].includes(state))
    yield `${deliveryId} went out, and is ${state}`;
  if (told.includes(state) && !own.some((request) => request.jobId !== undefined && request.jobId === jobId))
    yield `${deliveryId} is ${state} with the job ${jobId}, which Huawei never gave for it`;
  // A pool that was called otherwise in Huawei for a while was not found.
  const isUnknown =
    recording.story.faults.some(({ kind }) => kind.startsWith('pool')) && reason?.code === 'unknown_pool';
  if (state === 'rejected' && !isUnknown && !own.some(({ status }) => status === 400))
    yield `${deliveryId} is rejected, and Huawei refused nothing`;
  if (state !== 'unknown') return;
  if (token === undefined) yield `${deliveryId} is unknown, and nobody had taken it`;
  const isUncertain = own.some(({ effect }) => effect === 'maybe');
  if (!isUncertain && !recording.story.faults.some(({ kind }) => excusesOfUnknown.has(kind)))
    yield `${deliveryId} is unknown, and nothing had happened to its sender`;
}

/** 3. What was wanted all the time from its due time to its deadline has a record, and was not skipped. */
function* nothingSilent(recording: Recording) {
  const { deliveries, gaps } = recording;
  for (const due of surelyWanted(recording)) {
    const deliveryId = deliveryIdOf(due);
    const delivery = latestOf(deliveries.get(deliveryId) ?? []);
    const isCovered = gaps.some(
      ({ item }) => item.scheduleId === due.scheduleId && item.from < due.dueAt && due.dueAt <= item.to,
    );
    if (!hasRow(recording, due) && !isCovered) yield `${deliveryId}, due ${timeOf(due.dueAt)}, has no record`;
    if (delivery !== undefined && isDeadlocked(recording, delivery))
      yield `${deliveryId}, due ${timeOf(due.dueAt)} and wanted, waited in vain for another name of its pool`;
    if (delivery?.state === 'skipped' && !isToldOtherwise(recording, delivery))
      yield `${deliveryId}, due ${timeOf(due.dueAt)} and wanted, was skipped: ${delivery.reason?.code}`;
  }
  for (const versions of recording.schedules.values()) yield* lostNotices(recording, latestOf(versions));
}

function* lostNotices(recording: Recording, schedule: Schedule | undefined) {
  for (const { noticeId, eventAt, dueAt, pools, deadline } of schedule?.notices ?? []) {
    for (const pool of pools) {
      const key = { scheduleId: schedule?.scheduleId ?? '', eventAt, leadSeconds: 0, noticeId, dueAt, pool };
      const delivery = latestOf(recording.deliveries.get(deliveryIdOf(key)) ?? []);
      const { state, reason } = delivery ?? {};
      // Judged by the invariants of the texts of people.
      const isStopped =
        reason?.code === 'not_warned' ||
        reason?.code === 'superseded' ||
        (delivery !== undefined && isToldOtherwise(recording, delivery));
      const isLost = state === undefined || (state === 'skipped' && !isStopped);
      if (deadline < recording.endedAt && isLost)
        yield `the notice ${noticeId} for ${pool} ${state === undefined ? 'has no record' : 'was skipped'}`;
    }
  }
}

/** 4. Everything ends, and says why. */
function* everythingEnds({ story, deliveries, schedules, endedAt }: Recording) {
  // While nobody runs nothing ends.
  const mayStop = story.faults.some(({ kind }) => /^(outage|crash|stall|store-moved)/.test(kind));
  for (const [deliveryId, versions] of deliveries) {
    const delivery = latestOf(versions);
    if (delivery === undefined) continue;
    const { state, wakeAt, reason, deadline } = delivery;
    const isFinal = finalStates.some((final) => final === state);
    if (!isFinal || wakeAt !== undefined) yield `${deliveryId} is ${state} at the end`;
    if (isFinal && reason === undefined) yield `${deliveryId} is ${state} without a reason`;
    const endedLate = versions.find(({ item }) => item.state !== 'pending' && item.state !== 'sending');
    const latest = (mayStop ? Math.max(deadline, story.faultsUntil) : deadline) + 5 * minute;
    if (endedLate !== undefined && endedLate.at > latest)
      yield `${deliveryId} was open until ${timeOf(endedLate.at)}, its deadline was ${timeOf(deadline)}`;
  }
  for (const [scheduleId, versions] of schedules) {
    const wakeAt = latestOf(versions)?.wakeAt ?? Number.POSITIVE_INFINITY;
    if (wakeAt < endedAt - 3 * minute) yield `${scheduleId} waits for a look since ${timeOf(wakeAt)}`;
  }
}

/** 5. After an act's answer nothing unwanted is sent, but what it named. */
function* stopMeansStop(recording: Recording) {
  const { answers, requests, schedules, deliveries } = recording;
  yield* keptChanges(recording);
  for (const { at, deliveryId } of requests) {
    const planned = deliveries.get(deliveryId)?.[0];
    if (planned === undefined || planned.item.noticeId !== undefined) continue;
    const delivery = planned.item;
    const lineages = lineagesOf(recording, delivery.scheduleId);
    for (const { scheduleId, rev, act, goingOut, at: answeredAt } of answers) {
      if (rev === undefined || answeredAt >= at || goingOut.includes(deliveryId)) continue;
      // While an apply is at work a schedule has both ids, and an act on the new one says nothing of the former.
      const isAbout = ({ startOf }: Lineage) =>
        answeredAt >= (startOf.get(scheduleId) ?? Number.POSITIVE_INFINITY);
      if (!lineages.some(isAbout)) continue;
      const actedAt = schedules.get(scheduleId)?.find(({ item }) => item.rev === rev)?.at ?? answeredAt;
      if (!lineages.some(({ versions }) => wasWantedDuring(versions, delivery, actedAt, at)))
        yield `${deliveryId} went out at ${timeOf(at)}, after "${act.what}" was answered at ${timeOf(answeredAt)}`;
    }
  }
}

/** 6. Requests are made in their time, tell the time truly, and do not come in stacks. */
function* time({ requests, deliveries }: Recording) {
  for (const { at, deliveryId, text } of requests) {
    const delivery = latestOf(deliveries.get(deliveryId) ?? []);
    if (delivery === undefined) continue;
    const { dueAt, deadline, eventAt } = delivery;
    if (at < dueAt || at >= deadline)
      yield `${deliveryId} went out at ${timeOf(at)}, its time is ${timeOf(dueAt)} to ${timeOf(deadline)}`;
    const minutes = Number(text.split('|')[2] ?? Number.NaN);
    // Rounded to a minute, at the moment of the lease, of which the request uses at most the first 15 s.
    const left = Math.max(0, eventAt - at) / minute;
    if (Math.abs(minutes - left) > 0.5 + 15.5 / 60)
      yield `${deliveryId} said "${text}" at ${timeOf(at)}, ${left.toFixed(2)} minutes before the event`;
  }
  for (const [deliveryId, versions] of deliveries) {
    let retryAt: Instant = 0;
    for (const [i, { at, item }] of versions.entries()) {
      const before = versions[i - 1]?.item.state;
      if (before === 'sending' && item.state === 'pending') retryAt = item.retryAt ?? 0;
      // The gate has told another worker when it opens.
      if (before === 'pending' && item.state === 'pending') retryAt = Math.min(retryAt, item.retryAt ?? 0);
      if (before === 'pending' && item.state === 'sending' && at < retryAt)
        yield `${deliveryId} was tried again at ${timeOf(at)}, before ${timeOf(retryAt)}`;
    }
  }
  yield* stacks(requests, deliveries);
}

function* stacks(requests: readonly Request[], deliveries: Recording['deliveries']) {
  const own = requests.flatMap(({ at, effect, deliveryId }) => {
    const delivery = latestOf(deliveries.get(deliveryId) ?? []);
    const counts = delivery !== undefined && delivery.noticeId === undefined && effect !== 'refused';
    return counts ? [{ at, delivery }] : [];
  });
  const byEvent = Map.groupBy(
    own,
    ({ delivery: { scheduleId, eventAt, pool } }) => `${scheduleId} ${eventAt} ${pool}`,
  );
  for (const all of byEvent.values()) {
    for (const [i, { at, delivery }] of all.entries()) {
      const before = all[i - 1];
      if (before !== undefined && before.delivery !== delivery && at - before.at < 20 * second)
        yield `${delivery.deliveryId} went out ${at - before.at} ms after ${before.delivery.deliveryId}`;
    }
  }
}

const successors: Record<Delivery['state'], readonly Delivery['state'][]> = {
  pending: ['pending', 'sending', 'expired', 'skipped', 'rejected'],
  sending: ['pending', 'accepted', 'rejected', 'unknown', 'expired', 'skipped', 'sending'],
  accepted: ['accepted', 'delivered', 'partial', 'undelivered', 'unconfirmed'],
  unknown: ['unknown', 'accepted', 'rejected', 'pending', 'expired'],
  delivered: ['delivered'],
  partial: ['partial'],
  undelivered: ['undelivered'],
  unconfirmed: ['unconfirmed'],
  rejected: ['rejected'],
  expired: ['expired'],
  skipped: ['skipped'],
};

/** 7. States follow the graph; the only way out of a final one is an own late answer. */
function* finalIsFinal({ deliveries }: Recording) {
  for (const [deliveryId, versions] of deliveries) {
    for (const [i, { at, item }] of versions.entries()) {
      const before = versions[i - 1]?.item;
      if (before === undefined) continue;
      const isOwn = before.state !== 'unknown' || item.token === before.token;
      if (!successors[before.state].includes(item.state) || !isOwn)
        yield `${deliveryId} went from ${before.state} to ${item.state} at ${timeOf(at)}`;
    }
  }
}

/** 8. A cursor passes nothing that is not written, and moves back by acts only. */
function* cursor(recording: Recording) {
  for (const [scheduleId, versions] of recording.schedules) {
    for (const [i, { at, item }] of versions.entries()) {
      const before = versions[i - 1]?.item;
      if (before === undefined) continue;
      const isAct = item.rev !== before.rev || item.notices !== before.notices;
      if (item.cursor < before.cursor && !isAct)
        yield `the cursor of ${scheduleId} moved back at ${timeOf(at)}`;
      if (item.cursor > before.cursor) yield* passedUnwritten(recording, before, item.cursor, at);
    }
  }
}

function* passedUnwritten({ deliveries, gaps }: Recording, before: Schedule, to: Instant, at: Instant) {
  const { scheduleId, definition, notices } = before;
  const isCovered = (dueAt: Instant) =>
    gaps.some(
      (gap) =>
        gap.at <= at && gap.item.scheduleId === scheduleId && gap.item.from < dueAt && dueAt <= gap.item.to,
    );
  const isWritten = (deliveryId: string) =>
    (deliveries.get(deliveryId)?.[0]?.at ?? Number.POSITIVE_INFINITY) <= at;
  const due = isPlanned(before) ? notificationsOf(before, before.cursor, to) : [];
  for (const { eventAt, leadSeconds, dueAt } of due) {
    for (const pool of definition.pools) {
      const deliveryId = deliveryIdOf({ scheduleId, eventAt, leadSeconds, dueAt, pool });
      if (!isWritten(deliveryId) && !isCovered(dueAt))
        yield `the cursor of ${scheduleId} passed ${timeOf(dueAt)} at ${timeOf(at)}, and nothing was written for ${pool}`;
    }
  }
  for (const { noticeId, eventAt, dueAt, pools } of notices) {
    if (dueAt <= before.cursor || dueAt > to) continue;
    for (const pool of pools) {
      const deliveryId = deliveryIdOf({ scheduleId, eventAt, leadSeconds: 0, noticeId, dueAt, pool });
      if (!isWritten(deliveryId))
        yield `the cursor of ${scheduleId} passed the notice ${noticeId} at ${timeOf(at)}`;
    }
  }
}

/** 9. One schedule that cannot be planned, or has much to make up for, holds up no other; a tick keeps its budget. */
function* isolation(recording: Recording) {
  const { ticks, story, deliveries } = recording;
  const mayStall = story.faults.some(({ kind }) => kind.startsWith('stall') || kind.startsWith('slow'));
  for (const { from, to } of ticks) {
    if (!mayStall && to - from > minute) yield `the tick of ${timeOf(from)} took ${(to - from) / second} s`;
  }
  for (const outage of story.faults.filter(({ kind, forMs }) => kind === 'outage' && forMs >= hour)) {
    yield* lateAfter(recording, outage.at + outage.forMs + minute);
    const missed = [...deliveries.values()].flatMap((versions) => {
      const { item } = versions[0] ?? {};
      return item?.state === 'expired' && item.dueAt > outage.at ? [item] : [];
    });
    for (const [key, rows] of Map.groupBy(missed, ({ scheduleId, pool }) => `${scheduleId} for ${pool}`)) {
      if (rows.length > 100) yield `${key} got ${rows.length} rows for one gap`;
    }
  }
}

function* lateAfter(recording: Recording, from: Instant) {
  const { story, requests } = recording;
  const sentAt = new Map(requests.map(({ deliveryId, at }) => [deliveryId, at]));
  for (const due of surelyWanted(recording)) {
    const at = sentAt.get(deliveryIdOf(due)) ?? Number.POSITIVE_INFINITY;
    const isLate = due.dueAt >= from && due.dueAt <= story.until && at - due.dueAt >= 2 * second;
    if (isLate) yield `${deliveryIdOf(due)}, due ${timeOf(due.dueAt)}, was held up`;
  }
}

/** A grant is used within 10 s, so requests are at most this much closer together than their grants. */
const spanOfGrants = 62 * second - 10 * second;
const keyClosing = 310 * second;

/** 10. The gate's limits hold at Huawei's door. */
function* limits({ requests, story, longestChain, gates, fired }: Recording) {
  const { sendsPerMinute } = story;
  for (const [i, { at }] of requests.entries()) {
    const before = requests[i - sendsPerMinute];
    if (before !== undefined && at - before.at < spanOfGrants)
      yield `${sendsPerMinute + 1} requests from ${timeOf(before.at)} to ${timeOf(at)}`;
  }
  if (story.house === 'lambda' && longestChain > 3) yield `a chain of ${longestChain} messages`;
  const untilOf = (gate: Version<Gate> | undefined) => gate?.item.refusedKeys?.at(-1)?.until;
  const closings = gates.filter(
    (gate, i) => untilOf(gate) !== undefined && untilOf(gate) !== untilOf(gates[i - 1]),
  );
  // Another store knows of no refusal.
  const isMoved = story.faults.some(({ kind }) => kind === 'store-moved');
  if (!isMoved) yield* signatures(requests, closings, fired.length > 0);
}

function* signatures(requests: readonly Request[], closings: Version<unknown>[], isFaulty: boolean) {
  const first = closings[0];
  if (first === undefined) return;
  // Those who had their grants before the first refusal cannot be stopped any more.
  const bad = requests.filter(({ status, at }) => status === 401 && at > first.at + 10 * second);
  for (const [i, { at }] of bad.entries()) {
    const before = bad[i - 1]?.at ?? first.at;
    const closedBy = closings.find((closing) => closing.at > before && closing.at <= at);
    // Its grant may be older than the closing, as with the first refusal.
    const isOnItsWay = closedBy !== undefined && at - closedBy.at < 10 * second;
    const isExcused = isFaulty && (closedBy === undefined || isOnItsWay);
    if (at - before < keyClosing - 10 * second && !isExcused)
      yield `a bad signature at ${timeOf(at)}, and one at ${timeOf(before)} before it`;
  }
}

/** 11. There is exactly one record of each revision, and whoever made it is told so. */
function* acts(recording: Recording) {
  yield* trueAnswers(recording);
  const { schedules, acts: records, answers, refusals } = recording;
  const isDone = ({ act: { scheduleId }, who, begunAt }: Omit<Refusal, 'message'>) =>
    schedules.get(scheduleId)?.some(({ item }) => item.lastAct.at === begunAt && item.lastAct.who === who);
  for (const refusal of refusals) {
    if (isDone(refusal)) yield `"${refusal.act.what}" was done and refused: ${refusal.message}`;
  }
  for (const answer of answers) {
    if (answer.rev === undefined && isDone(answer))
      yield `"${answer.act.what}" was done and answered at ${timeOf(answer.at)} as if it were not`;
  }
  for (const [scheduleId, versions] of schedules) {
    const known = new Map(
      records.filter(({ item }) => item.scheduleId === scheduleId).map(({ item }) => [item.rev, item]),
    );
    for (const { item } of versions) {
      const { rev, lastAct } = item;
      const record = known.get(rev);
      // What was written by a clock that was ahead is looked at when it is that late.
      if (record === undefined && lastAct.at > recording.endedAt) continue;
      if (record === undefined) yield `revision ${rev} of ${scheduleId} has no record`;
      else if (record.what !== lastAct.what || record.at !== lastAct.at || lastAct.rev !== rev)
        yield `revision ${rev} of ${scheduleId} has the record of another act`;
    }
    if (known.size > (latestOf(versions)?.rev ?? 0)) yield `${scheduleId} has more records than revisions`;
  }
}

/** 12. When nothing goes wrong, everything wanted is accepted in time. */
function* calm(recording: Recording) {
  const { story, requests, deliveries } = recording;
  if (story.faults.length > 0 || story.acts.length > 0 || !story.isProven || story.sendsPerMinute < 90)
    return;
  const sentAt = new Map(requests.map(({ deliveryId, at }) => [deliveryId, at]));
  for (const due of surelyWanted(recording)) {
    const deliveryId = deliveryIdOf(due);
    const delivery = latestOf(deliveries.get(deliveryId) ?? []);
    const at = sentAt.get(deliveryId);
    const isTold =
      delivery !== undefined && (told.includes(delivery.state) || isToldOtherwise(recording, delivery));
    if (!isTold) yield `${deliveryId} is ${delivery?.state}`;
    if (at !== undefined && at - due.dueAt >= 2 * second)
      yield `${deliveryId} went out ${at - due.dueAt} ms late`;
  }
}

const invariants: readonly Invariant[] = [
  noBugs,
  once,
  truth,
  nothingSilent,
  everythingEnds,
  stopMeansStop,
  time,
  finalIsFinal,
  cursor,
  isolation,
  limits,
  acts,
  calm,
  allClear,
  textsObey,
  inOrder,
  notAfterEvent,
  oncePerPool,
  noHoles,
];
