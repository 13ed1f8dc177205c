import type { DeliveryState } from '../../lib/domain/delivery/delivery.ts';
import { listOf, number, object, optional, text } from '../shape.ts';
import { printable } from './table.ts';
import { shortTime } from './times.ts';

/** One delivery as `GET /v1/deliveries/{id}` answers it. */
export type ShownDelivery = {
  deliveryId: string;
  scheduleId: string;
  rev: number;
  pool: { id?: string; name: string };
  eventAt: string;
  leadTime: string;
  dueAt: string;
  deadline: string;
  state: string;
  reason?: string;
  jobId?: string;
  acceptedAt?: string;
  endedAt?: string;
  retryAt?: string;
  attempts: ShownAttempt[];
  job?: ShownJob;
};

type ShownAttempt = {
  n: number;
  at: string;
  endedAt?: string;
  text: string;
  status?: number;
  errorCode?: string;
  error?: string;
  requestId?: string;
  jobId?: string;
};

type ShownJob = {
  status: string;
  polledAt: string;
  total: number;
  succeeded: number;
  failed: number;
  failReason?: string;
  desktopsUnreadable?: string;
  failures: { desktopName: string; status: string; errorCode?: string; reason?: string }[];
};

const attemptShape = object<ShownAttempt>({
  n: number,
  at: text,
  endedAt: optional(text),
  text,
  status: optional(number),
  errorCode: optional(text),
  error: optional(text),
  requestId: optional(text),
  jobId: optional(text),
});
const failureShape = object<ShownJob['failures'][number]>({
  desktopName: text,
  status: text,
  errorCode: optional(text),
  reason: optional(text),
});
const jobShape = object<ShownJob>({
  status: text,
  polledAt: text,
  total: number,
  succeeded: number,
  failed: number,
  failReason: optional(text),
  desktopsUnreadable: optional(text),
  failures: listOf(failureShape),
});

/** The form of a delivery as it is shown. */
export const deliveryShape = object<ShownDelivery>({
  deliveryId: text,
  scheduleId: text,
  rev: number,
  pool: object<ShownDelivery['pool']>({ id: optional(text), name: text }),
  eventAt: text,
  leadTime: text,
  dueAt: text,
  deadline: text,
  state: text,
  reason: optional(text),
  jobId: optional(text),
  acceptedAt: optional(text),
  endedAt: optional(text),
  retryAt: optional(text),
  attempts: listOf(attemptShape),
  job: optional(jobShape),
});

type Fact = readonly [name: string, value: string | undefined];

const stateTexts: Readonly<Record<DeliveryState, string>> = {
  pending: 'waits for its time, or for another try',
  sending: 'its request is under way',
  accepted: 'Huawei accepted it; its job goes on',
  delivered: 'every desktop received it',
  partial: 'some desktops received it, others failed',
  undelivered: 'no desktop received it',
  unconfirmed: 'Huawei accepted it, but nobody knows what its job did',
  rejected: 'it cannot be sent as it is',
  expired: 'it became too late to send it',
  skipped: 'it is not wanted any more',
  unknown: 'its request may or may not have arrived, and it is not sent again',
};

/** All that is known of one delivery, one fact a line. */
export function describeDelivery(delivery: ShownDelivery): string {
  const { deliveryId, attempts, job } = delivery;
  return [
    printable(deliveryId),
    ...linesOf(factsOf(delivery)),
    ...attempts.flatMap((attempt) => ['', `attempt ${attempt.n}`, ...linesOf(factsOfAttempt(attempt))]),
    ...(job === undefined ? [] : ['', 'job', ...linesOf(factsOfJob(job))]),
  ].join('\n');
}

function factsOf(delivery: ShownDelivery): Fact[] {
  const { scheduleId, rev, pool, leadTime, state, reason, jobId } = delivery;
  return [
    ['schedule', `${scheduleId}, revision ${rev}`],
    ['pool', pool.id === undefined || pool.id === pool.name ? pool.name : `${pool.name} (${pool.id})`],
    ['event', shortTime(delivery.eventAt)],
    ['due', `${shortTime(delivery.dueAt)}, ${leadTime === '0m' ? 'at' : `${leadTime} before`} the event`],
    ['deadline', shortTime(delivery.deadline)],
    ['state', Object.hasOwn(stateTexts, state) ? `${state}: ${stateTexts[state as DeliveryState]}` : state],
    ['reason', reason],
    ['next try', timeOf(delivery.retryAt)],
    ['accepted', timeOf(delivery.acceptedAt)],
    ['ended', timeOf(delivery.endedAt)],
    ['job_id', jobId],
  ];
}

function factsOfAttempt(attempt: ShownAttempt): Fact[] {
  const { status } = attempt;
  return [
    ['begun', preciseTime(attempt.at)],
    ['ended', attempt.endedAt === undefined ? 'not yet' : preciseTime(attempt.endedAt)],
    ['answer', status === undefined ? 'none' : `HTTP ${status}`],
    ['error code', attempt.errorCode],
    ['error', attempt.error],
    ['request id', attempt.requestId],
    ['job_id', attempt.jobId],
    ['text', attempt.text],
  ];
}

function factsOfJob(job: ShownJob): Fact[] {
  const { status, polledAt, total, succeeded, failed, failReason, desktopsUnreadable } = job;
  const counts = `${succeeded} of ${total} received it, ${failed} failed`;
  return [
    ['status', `${status}, asked ${shortTime(polledAt)}`],
    ['reason', failReason],
    ['desktops', desktopsUnreadable === undefined ? counts : `${total}, not read: ${desktopsUnreadable}`],
    ...job.failures.map(({ desktopName, status: said, errorCode, reason }): Fact => {
      const why = [said, errorCode, reason].filter((part) => part !== undefined && part !== '');
      return ['failed', `${desktopName}: ${why.join(', ')}`];
    }),
  ];
}

const nameWidth = 12;

/** A text of several lines stays one, under its first. */
function linesOf(facts: readonly Fact[]): string[] {
  return facts.flatMap(([name, value]) => {
    const lines = value === undefined ? [] : value.split('\n').map(printable);
    return lines.map((line, i) => `  ${(i === 0 ? name : '').padEnd(nameWidth)}${line}`.trimEnd());
  });
}

function timeOf(iso: string | undefined): string | undefined {
  return iso === undefined ? undefined : shortTime(iso);
}

/** To the millisecond: how late an attempt was is often less than a second. */
function preciseTime(iso: string): string {
  return iso.replace('T', ' ');
}
