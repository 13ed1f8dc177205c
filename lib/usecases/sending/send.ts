import { DeskbellError, HuaweiUnavailableError, messageOf } from '../../domain/codes/errors.ts';
import { type Reason, reason, sayReason } from '../../domain/codes/reasons.ts';
import {
  type AttemptFacts,
  claim,
  finishAttempt,
  maySendNow,
  type Outcome,
} from '../../domain/delivery/attempt.ts';
import { close, type Delivery, postponeWork } from '../../domain/delivery/delivery.ts';
import { type GateRefusal, recheckInterval } from '../../domain/delivery/gate.ts';
import { nextPollAt } from '../../domain/delivery/job.ts';
import { factsOf, outcomeOf, provesKey } from '../../domain/delivery/outcome.ts';
import { renderMessage } from '../../domain/schedule/render.ts';
import type { Schedule } from '../../domain/schedule/schedule.ts';
import { type Instant, second } from '../../domain/time/instant.ts';
import type {
  Chance,
  Clock,
  DeliveryStore,
  Ids,
  Log,
  LogFields,
  Queue,
  QueueMessage,
  ScheduleStore,
  Workspace,
} from '../../ports.ts';
import { change } from '../change.ts';
import { judgeNow, noticeBehind } from './decision.ts';
import type { Gatekeeper, Grant } from './gatekeeper.ts';
import type { PoolDirectory } from './pool-directory.ts';
import { standingOf } from './same-pool.ts';

export type SendDeps = {
  schedules: Pick<ScheduleStore, 'getSchedule'>;
  deliveries: DeliveryStore;
  queue: Queue;
  workspace: Pick<Workspace, 'sendToPool'>;
  gatekeeper: Gatekeeper;
  pools: PoolDirectory;
  clock: Clock;
  ids: Ids;
  chance: Chance;
  log: Log;
};

/** A message that comes this little too early is waited for; an earlier one goes back to the queue. */
const patience = 3 * second;
/** A slot of the gate is good for so long; after a longer stall others have it too. */
const longestGrant = 10 * second;

/**
 * Does what the table says must become of a delivery now: sends it, ends it, or leaves it for later.
 *
 * The message is a hint only, so it may come twice, late, or for a delivery that is long done.
 *
 * @throws StoreError when the store cannot be used; the sweep recovers whatever was begun.
 */
export async function send(deps: SendDeps, message: QueueMessage): Promise<void> {
  const delivery = await deps.deliveries.getDelivery(message.deliveryId);
  if (delivery?.state !== 'pending') return;
  const { decision, schedule, deadline } = await judgeNow(deps, delivery);
  if (decision.kind === 'expired' || decision.kind === 'skipped') return end(deps, delivery, decision);
  if (decision.kind === 'wait' && decision.why !== undefined)
    return wait(deps, { ...delivery, deadline }, message, { until: decision.until, why: decision.why });
  if (decision.kind === 'wait' && decision.until - deps.clock.now() > patience) {
    return deps.queue.enqueueSend(message, decision.until);
  }
  if (decision.kind === 'wait') {
    // What keeps the pool from being found now may be over by then, so it must not use up the chain.
    await deps.pools.resolve(delivery.pool).catch(() => {});
    await deps.clock.sleepUntil(decision.until);
    // People may have changed their minds meanwhile.
    return send(deps, message);
  }
  const poolId = await findPool(deps, { ...delivery, deadline }, message);
  if (poolId === undefined || schedule === undefined) return;
  const standing = await standingOf(deps, schedule, delivery, poolId);
  if (standing.kind === 'told') return end(deps, delivery, { kind: 'skipped', why: standing.why });
  if (standing.kind === 'wait') return wait(deps, { ...delivery, deadline }, message, standing);
  const answer = await deps.gatekeeper.ask('send', { sharer: sharerOf(schedule), deadline });
  if ('until' in answer) return wait(deps, { ...delivery, deadline }, message, answer);
  await claimAndSend(deps, delivery, { message, poolId, grant: answer });
}

/** When the gate is short, schedules share it evenly with each other and with each person who sends texts of their own. */
function sharerOf({ scheduleId, owner, lastAct }: Schedule): string {
  return owner === 'adhoc' ? `texts of ${lastAct.who}` : scheduleId;
}

/** The pool's id; undefined when the delivery was ended or left for later instead. */
async function findPool(
  deps: SendDeps,
  delivery: Delivery,
  message: QueueMessage,
): Promise<string | undefined> {
  // An all-clear goes to those who were warned, whatever their pool is called since.
  if (delivery.noticeId !== undefined && delivery.poolId !== undefined) return delivery.poolId;
  try {
    const poolId = await deps.pools.resolve(delivery.pool);
    if (poolId === undefined) {
      await end(deps, delivery, { kind: 'rejected', why: reason('unknown_pool', { pool: delivery.pool }) });
    }
    return poolId;
  } catch (error) {
    const now = deps.clock.now();
    const outcome = outcomeOf(error, message.hops + 1, deps.chance.next(), now);
    if (outcome.kind === 'accepted' || outcome.kind === 'uncertain') throw error;
    const until = outcome.kind === 'retry' ? outcome.retryAt : now + recheckInterval;
    await wait(deps, delivery, message, { until, why: outcome.why });
    return undefined;
  }
}

async function claimAndSend(
  deps: SendDeps,
  delivery: Delivery,
  { message, poolId, grant }: { message: QueueMessage; poolId: string; grant: Grant },
): Promise<void> {
  const { decision, schedule, deadline } = await judgeNow(deps, { ...delivery, poolId });
  if (decision.kind === 'expired' || decision.kind === 'skipped') return end(deps, delivery, decision);
  if (decision.kind === 'wait' && decision.why !== undefined)
    return wait(deps, { ...delivery, deadline }, message, { until: decision.until, why: decision.why });
  if (decision.kind === 'wait') return deps.queue.enqueueSend(message, decision.until);
  if (schedule === undefined) return;
  // By the schedule as it was just read: a file may have renamed it, or an edit its pools, since the first look.
  const standing = await standingOf(deps, schedule, delivery, poolId);
  if (standing.kind === 'told') return end(deps, delivery, { kind: 'skipped', why: standing.why });
  if (standing.kind === 'wait') return wait(deps, { ...delivery, deadline }, message, standing);
  const draft = draftOf(schedule, delivery, deps.clock.now());
  if (draft instanceof Error) {
    return end(deps, delivery, { kind: 'rejected', why: reason('unusable_text', { detail: draft.message }) });
  }
  const token = deps.ids.next();
  const claimed = await changeDelivery(deps, delivery, (seen) => {
    if (seen.state !== 'pending' || seen.attempt !== delivery.attempt) return undefined;
    // The text and the lease by the same clock: what the text says of the time left is true while the lease holds.
    const now = deps.clock.now();
    const text = textOf(schedule, delivery, now);
    return claim(seen, { text, poolId, token, deadline }, now);
  });
  if (claimed === undefined) return;
  const text = claimed.attempts.at(-1)?.text ?? draft;
  await sendClaimed(deps, claimed, { message, poolId, text, token, grant });
}

type Sending = { message: QueueMessage; poolId: string; text: string; token: string; grant: Grant };

async function sendClaimed(deps: SendDeps, claimed: Delivery, sending: Sending): Promise<void> {
  // An act that was answered after the first look and before the claim must stop this request.
  const { decision, schedule } = await judgeNow(deps, claimed);
  if (decision.kind === 'expired' || decision.kind === 'skipped') return end(deps, claimed, decision);
  // As must the same text for this pool under another name: of two that have claimed, at least one sees the other.
  const standing = schedule && (await standingOf(deps, schedule, claimed, sending.poolId));
  if (standing?.kind === 'told') return end(deps, claimed, { kind: 'skipped', why: standing.why });
  if (standing?.kind === 'wait') {
    const outcome: Outcome = { kind: 'retry', retryAt: standing.until, why: standing.why };
    return finish(deps, claimed, sending, { outcome, facts: { error: sayReason(standing.why) } });
  }
  const result = await attempt(deps, claimed, sending);
  try {
    await tellGate(deps, sending.grant, result);
  } finally {
    await finish(deps, claimed, sending, result);
  }
}

type AttemptResult = { outcome: Outcome; facts: AttemptFacts; error?: unknown };

async function attempt(
  { workspace, clock, chance }: SendDeps,
  claimed: Delivery,
  { poolId, text, grant }: Sending,
): Promise<AttemptResult> {
  let mayHaveLeft = false;
  const mayStart = () => {
    const now = clock.now();
    mayHaveLeft = maySendNow(claimed, now) && now < grant.at + longestGrant;
    return mayHaveLeft;
  };
  try {
    const accepted = await workspace.sendToPool(poolId, text, mayStart);
    return { outcome: { kind: 'accepted', jobId: accepted.jobId }, facts: accepted };
  } catch (error) {
    const meaning = mayHaveLeft ? error : notStarted(error);
    const outcome = outcomeOf(meaning, claimed.attempt, chance.next(), clock.now());
    return { outcome, facts: factsOf(error), error };
  }
}

/** Whatever went wrong before the first byte could leave had no effect. */
function notStarted(error: unknown): unknown {
  return error instanceof DeskbellError
    ? error
    : new HuaweiUnavailableError(`nothing was sent: ${messageOf(error)}`, {}, { cause: error });
}

async function tellGate({ gatekeeper }: SendDeps, grant: Grant, { error }: AttemptResult): Promise<void> {
  if (error !== undefined) await gatekeeper.failed('send', error);
  if (grant.isProbe && (error === undefined || provesKey(error))) await gatekeeper.proved();
}

async function finish(
  deps: SendDeps,
  claimed: Delivery,
  { message, token }: Sending,
  result: AttemptResult,
): Promise<void> {
  const { clock, queue, ids } = deps;
  const mine = { token, n: claimed.attempt };
  const { deliveryId } = claimed;
  const { jobId, requestId } = result.facts;
  const finished = await insist(deps, { deliveryId, jobId, requestId }, () =>
    changeDelivery(deps, claimed, (seen) => finishAttempt(seen, mine, result, clock.now(), ids.next())),
  );
  if (finished === undefined) return;
  report(deps, finished, result.facts);
  if (finished.state === 'accepted') {
    const firstPoll = { deliveryId: finished.deliveryId, hops: 0 };
    await queue.enqueueTrack(firstPoll, nextPollAt(finished, clock.now()));
  }
  if (finished.state === 'pending') await enqueueAgain(deps, message, finished.retryAt ?? clock.now());
}

/** The answer of a request exists nowhere else until it is written, so a store that fails is asked again. */
async function insist<T>({ clock, log }: SendDeps, facts: LogFields, write: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await write();
    } catch (cause) {
      log.error('answer-not-written', { ...facts, tries, message: messageOf(cause) });
      if (tries === 5) throw cause;
      await clock.sleepUntil(clock.now() + 2 * second);
    }
  }
}

async function wait(
  deps: SendDeps,
  delivery: Delivery,
  message: QueueMessage,
  refusal: GateRefusal,
): Promise<void> {
  const { deliveryId, scheduleId, pool, deadline, waitingFor } = delivery;
  const waiting = await changeDelivery(deps, delivery, (seen) =>
    seen.state === 'pending' ? postponeWork(seen, { ...refusal, deadline }, deps.ids.next()) : undefined,
  );
  if (waiting === undefined) return;
  if (waitingFor?.code !== refusal.why.code) {
    deps.log.info('waiting', { deliveryId, scheduleId, pool, reason: sayReason(refusal.why) });
  }
  await enqueueAgain(deps, message, waiting.retryAt ?? refusal.until);
}

/** After the longest chain the tick goes on, by the delivery's wake time. */
async function enqueueAgain({ queue }: SendDeps, message: QueueMessage, at: Instant): Promise<void> {
  if (message.hops < queue.longestChain) await queue.enqueueSend({ ...message, hops: message.hops + 1 }, at);
}

/** Ends a delivery without a request: one that is pending, or that this worker holds and has not sent. */
async function end(
  deps: SendDeps,
  delivery: Delivery,
  { kind, why }: { kind: 'expired' | 'skipped' | 'rejected'; why: Reason },
): Promise<void> {
  const ended = await changeDelivery(deps, delivery, (seen) =>
    seen.state === delivery.state && seen.token === delivery.token
      ? close(seen, kind, why, deps.clock.now(), deps.ids.next())
      : undefined,
  );
  if (ended !== undefined) report(deps, ended, {});
}

/** The delivery after the change, or undefined when somebody else decided it. */
async function changeDelivery(
  { deliveries }: SendDeps,
  known: Delivery,
  step: (seen: Delivery) => Delivery | undefined,
): Promise<Delivery | undefined> {
  const { item, isMine } = await change<Delivery>(
    {
      known,
      read: () => deliveries.getDelivery(known.deliveryId),
      write: (delivery) => deliveries.writeDelivery(delivery),
    },
    (seen) => seen && step(seen),
  );
  return isMine ? item : undefined;
}

/** @throws RangeError when a stored locale or zone can no longer be used. */
function textOf(schedule: Schedule, delivery: Delivery, now: Instant): string {
  const { definition } = schedule;
  const notice = noticeBehind(schedule, delivery);
  const said = notice === undefined ? definition : { ...definition, leadTimes: [], message: notice.message };
  return renderMessage(said, delivery, delivery.pool, now);
}

function draftOf(schedule: Schedule, delivery: Delivery, now: Instant): string | Error {
  try {
    return textOf(schedule, delivery, now);
  } catch (cause) {
    return cause instanceof Error ? cause : new Error(String(cause));
  }
}

function report({ log }: SendDeps, delivery: Delivery, { requestId, jobId }: AttemptFacts): void {
  const { deliveryId, scheduleId, pool, state, attempt, dueAt, firstAttemptAt } = delivery;
  const why = delivery.reason ?? (state === 'pending' ? delivery.waitingFor : undefined);
  const latenessMs = firstAttemptAt === undefined ? undefined : firstAttemptAt - dueAt;
  const reason = why && sayReason(why);
  const fields = { deliveryId, scheduleId, pool, attempt, jobId, requestId, latenessMs, reason };
  if (state === 'accepted' || state === 'skipped') log.info(state, fields);
  else log.warn(state, fields);
}
