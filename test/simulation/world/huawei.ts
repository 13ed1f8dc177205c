import {
  HuaweiCredentialsError,
  HuaweiRejectedError,
  HuaweiUnavailableError,
  NotStartedError,
  OutcomeUnknownError,
} from '../../../lib/domain/codes/errors.ts';
import { type Instant, second } from '../../../lib/domain/time/instant.ts';
import type { Accepted, Job, Pool, PoolListing } from '../../../lib/ports.ts';
import type { Recording, Request } from '../invariants/recording.ts';
import type { Random } from '../stories/random.ts';
import type { Fault, SpanFault } from '../stories/story.ts';

/** How a call ends: after a while, with a value or with an error. */
export type Ending<T> = { afterMs: number; answer: () => T };

/** The pools as they are called when a story begins. */
export const pools = [
  { id: '11111111-1111-4111-8111-111111111111', name: 'finance' },
  { id: '22222222-2222-4222-8222-222222222222', name: 'engineering' },
] as const satisfies readonly Pool[];

/** The id of a pool, however it is written. */
export function poolIdOf(pool: string): string {
  return pools.find(({ name }) => name === pool)?.id ?? pool;
}

const renamed: readonly Pool[] = [{ ...pools[0], name: 'treasury' }, pools[1]];
/** A new pool has the name of another one, which is called otherwise since. */
const replaced: readonly Pool[] = [
  ...renamed,
  { id: '33333333-3333-4333-8333-333333333333', name: pools[0].name },
];

/** Huawei's answers; what reached it is recorded. */
export type Huawei = {
  sendToPool(
    sender: { deliveryId: string; mayStart: () => boolean },
    poolId: string,
    text: string,
    fault: Fault | undefined,
  ): Ending<Accepted>;
  showJob(jobId: string, fault: Fault | undefined): Ending<Job>;
  listPools(fault: Fault | undefined): Ending<PoolListing>;
};

type HuaweiDeps = {
  recording: Recording;
  random: Random;
  now: () => Instant;
  /** Whether something that lasts for a while holds now. */
  isDuring: (kind: SpanFault) => boolean;
};

type JobPlan = { endsAt: Instant; total: number; failed: number };

const timeout = 10 * second;

export function createHuawei({ recording, random, now, isDuring }: HuaweiDeps): Huawei {
  const jobs = new Map<string, JobPlan>();
  const isCalm = recording.story.faults.length === 0;
  const latency = () => random.between(20, !isCalm && random.isOneIn(20) ? 5_000 : 200);

  function refusalNow(fault: Fault | undefined): Error | undefined {
    if (isDuring('key-revoked')) return refusalOf('http-401');
    if (isDuring('huawei-down')) return refusalOf('http-503');
    return fault && refusalOf(fault.kind);
  }

  function beginJob(): string {
    const jobId = `job-${jobs.size + 1}`;
    const total = random.isOneIn(10) ? 0 : 3;
    const failed = random.isOneIn(6) ? random.between(0, total) : 0;
    const takes = random.isOneIn(8) ? Number.POSITIVE_INFINITY : random.between(1, 40) * second;
    jobs.set(jobId, { endsAt: now() + takes, total, failed });
    return jobId;
  }

  return {
    sendToPool({ deliveryId, mayStart }, poolId, text, fault) {
      if (fault?.kind === 'refused-connection') {
        return failing(10, new HuaweiUnavailableError('the connection was refused'));
      }
      if (!mayStart()) return failing(0, new NotStartedError('too late to begin'));
      const request: Request = { at: now(), deliveryId, poolId, text, effect: 'refused' };
      recording.requests.push(request);
      const refusal = refusalNow(fault);
      if (refusal !== undefined) {
        request.status = statusOf(refusal);
        return failing(latency(), refusal);
      }
      const lost = lossOf(fault);
      if (lost !== undefined) {
        request.effect = 'maybe';
        return lost;
      }
      request.effect = 'taken';
      request.jobId = beginJob();
      const accepted: Accepted = { jobId: request.jobId, status: 200 };
      return { afterMs: latency(), answer: () => accepted };
    },
    showJob(jobId, fault) {
      const refusal = refusalNow(fault);
      if (refusal !== undefined) return failing(latency(), refusal);
      const plan = jobs.get(jobId) ?? { endsAt: Number.POSITIVE_INFINITY, total: 0, failed: 0 };
      return { afterMs: latency(), answer: () => jobOf(plan, now()) };
    },
    listPools(fault) {
      const refusal =
        refusalNow(fault) ?? (isLossy(fault) ? new OutcomeUnknownError('no answer') : undefined);
      if (refusal !== undefined) return failing(latency(), refusal);
      const listed = isDuring('pool-replaced') ? replaced : isDuring('pool-renamed') ? renamed : pools;
      return { afterMs: latency(), answer: () => ({ pools: [...listed], isWhole: true }) };
    },
  };
}

function failing(afterMs: number, error: Error): Ending<never> {
  return {
    afterMs,
    answer() {
      throw error;
    },
  };
}

function refusalOf(kind: Fault['kind']): Error | undefined {
  switch (kind) {
    case 'http-429':
      return new HuaweiUnavailableError('too many requests', { status: 429 }, { throttledForSeconds: 20 });
    case 'http-500':
      return new HuaweiUnavailableError('internal error', { status: 500 });
    case 'http-503':
      return new HuaweiUnavailableError('unavailable', { status: 503 });
    case 'http-401':
      return new HuaweiCredentialsError('the signature is wrong', { status: 401 });
    case 'http-400':
      return new HuaweiRejectedError('bad parameter', { status: 400, errorCode: 'WKS.0001' });
    default:
      return undefined;
  }
}

function statusOf(error: Error): number {
  return 'failure' in error ? Number((error.failure as { status?: number }).status) : 0;
}

/** A request that Huawei took, or may have, without telling. */
function lossOf(fault: Fault | undefined): Ending<never> | undefined {
  switch (fault?.kind) {
    case 'hang':
      return failing(timeout, new OutcomeUnknownError('no answer in 10 s'));
    case 'reset-after-read':
      return failing(5, new OutcomeUnknownError('the connection was reset'));
    case 'no-job-id':
      return failing(100, new OutcomeUnknownError('the answer names no job'));
    case 'odd-error':
      return failing(5, new TypeError('something else'));
    default:
      return undefined;
  }
}

function isLossy(fault: Fault | undefined): boolean {
  return fault?.kind === 'hang' || fault?.kind === 'reset-after-read';
}

function jobOf({ endsAt, total, failed }: JobPlan, now: Instant): Job {
  const hasEnded = now >= endsAt;
  return {
    status: hasEnded ? 'SUCCESS' : 'RUNNING',
    hasEnded,
    desktops: hasEnded ? { total, succeeded: total - failed, failed } : { total: 0, succeeded: 0, failed: 0 },
    failures: [],
  };
}
