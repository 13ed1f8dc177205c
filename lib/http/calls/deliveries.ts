import { NotFoundError } from '../../domain/codes/errors.ts';
import { type Problem, problem } from '../../domain/codes/problems.ts';
import { sayReason } from '../../domain/codes/reasons.ts';
import {
  type Delivery,
  type DeliveryState,
  finalStates,
  type JobReport,
  openStates,
  troubleStates,
} from '../../domain/delivery/delivery.ts';
import { looksLikePoolId } from '../../domain/input/pool-names.ts';
import { shorten } from '../../domain/input/spelling.ts';
import { formatDuration } from '../../domain/time/duration.ts';
import { isoIfAny, isoOf } from '../../domain/time/instant.ts';
import type { ApiAnswer, ApiCall } from '../call.ts';
import { etagOf } from '../etag.ts';
import { answerPage } from '../page.ts';
import { listParameters, readListRange, readQuery, readSpan, refuseIfAny } from '../query.ts';

const parameters = ['schedule', 'pool', 'state', 'from', 'to', ...listParameters] as const;
const states: readonly DeliveryState[] = [...openStates, ...finalStates];

/** GET /v1/deliveries: the latest due first. */
export async function listDeliveries({ runtime, query }: ApiCall): Promise<ApiAnswer> {
  const problems: Problem[] = [];
  const { schedule, pool, state, ...rest } = readQuery(query, parameters, problems, 'state');
  const filter = {
    ...(schedule === undefined ? {} : { scheduleId: schedule }),
    ...(pool === undefined ? {} : { pool }),
    ...(state === undefined ? {} : { states: readStates(state, problems) }),
    ...readSpan(rest, problems),
  };
  const range = readListRange(rest, problems);
  refuseIfAny(problems);
  return answerPage(range, (part) => runtime.deliveries.listDeliveries({ ...filter, ...part }), shapeOf);
}

/** GET /v1/deliveries/{id}: with its attempts and its job. */
export async function showDelivery({ runtime, id }: ApiCall): Promise<ApiAnswer> {
  const delivery = await runtime.deliveries.getDelivery(id);
  if (delivery === undefined) throw new NotFoundError('there is no delivery of this id');
  return { status: 200, body: fullShapeOf(delivery), headers: etagOf(delivery.version) };
}

function readStates(written: string, problems: Problem[]): DeliveryState[] {
  const asked = [...new Set(written.split(','))];
  const known = [...states, 'trouble'];
  const unknown = asked.find((name) => !known.includes(name));
  if (unknown !== undefined)
    problems.push(problem('state', 'not_one_of', { known, found: shorten(unknown) }));
  const wanted = asked.includes('trouble') ? [...asked, ...troubleStates] : asked;
  return states.filter((state) => wanted.includes(state));
}

function shapeOf(delivery: Delivery) {
  const { deliveryId, scheduleId, rev, eventAt, dueAt, deadline, state, jobId, job } = delivery;
  // What an open delivery waits for is as good as a reason for a person who looks at it.
  const why = delivery.reason ?? (state === 'pending' ? delivery.waitingFor : undefined);
  return {
    deliveryId,
    scheduleId,
    rev,
    pool: poolOf(delivery),
    eventAt: isoOf(eventAt),
    // What an act sent counts from no event.
    leadTime: delivery.noticeId === undefined ? formatDuration(delivery.leadSeconds) : 'notice',
    dueAt: isoOf(dueAt),
    firstAttemptAt: isoIfAny(delivery.firstAttemptAt),
    deadline: isoOf(deadline),
    state,
    reasonCode: why?.code,
    reasonParams: why?.params,
    reason: why && sayReason(why),
    jobId,
    desktops: job && desktopsOf(job),
  };
}

/** Without counts when the desktops could not be read: none of them is known to have failed. */
function desktopsOf({ total, succeeded, failed, desktopsUnreadable }: JobReport) {
  return desktopsUnreadable === undefined ? { total, delivered: succeeded, failed } : undefined;
}

function fullShapeOf(delivery: Delivery) {
  const { attempts, job, acceptedAt, endedAt, retryAt } = delivery;
  return {
    ...shapeOf(delivery),
    acceptedAt: isoIfAny(acceptedAt),
    endedAt: isoIfAny(endedAt),
    retryAt: isoIfAny(retryAt),
    // Huawei's encoded message is long and says nothing until it is decoded.
    attempts: attempts.map(({ encodedAuthorizationMessage: _encoded, ...attempt }) => ({
      ...attempt,
      at: isoOf(attempt.at),
      endedAt: isoIfAny(attempt.endedAt),
    })),
    job: job && { ...job, polledAt: isoOf(job.polledAt) },
  };
}

/** A schedule names its pools by name or by id; the id of a name is known once something was sent. */
function poolOf({ pool, poolId }: Delivery): { id?: string; name: string } {
  const id = poolId ?? (looksLikePoolId(pool) ? pool : undefined);
  return id === undefined ? { name: pool } : { id, name: pool };
}
