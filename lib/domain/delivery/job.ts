import { type Reason, reason } from '../codes/reasons.ts';
import { type Instant, minute, second } from '../time/instant.ts';
import {
  type Changes,
  changed,
  type Delivery,
  ended,
  type FinalState,
  grace,
  type JobReport,
} from './delivery.ts';

/** Huawei shows jobs after a few seconds; Terraform's provider gives up after three minutes. */
const pollDelays = [15 * second, 60 * second, 180 * second] as const;

/** When the job of a request that was accepted now is first asked for. */
export function firstPollAt(now: Instant): Instant {
  return now + pollDelays[0];
}

/** When the job is to be asked next, or undefined when it has been asked often enough. */
export function nextPollAt({ acceptedAt = 0, polls }: Delivery, now: Instant): Instant {
  const delay = pollDelays[polls];
  return delay === undefined ? now + minute : Math.max(acceptedAt + delay, now);
}

/** A poll that brought the job's state. */
export function finishPoll(
  delivery: Delivery,
  job: JobReport & { hasEnded: boolean },
  now: Instant,
  writeId: string,
): Delivery {
  const { hasEnded, ...report } = job;
  const polled: Changes = { job: report, polls: delivery.polls + 1 };
  if (hasEnded) {
    const [state, why] = judgeJob(report);
    return ended(delivery, state, why, now, writeId, polled);
  }
  if (isLastPoll(delivery, now)) {
    return ended(
      delivery,
      'unconfirmed',
      reason('job_not_ended', { status: report.status }),
      now,
      writeId,
      polled,
    );
  }
  const next = changed(delivery, polled, writeId);
  return { ...next, wakeAt: nextPollAt(next, now) + grace };
}

/** A poll that was answered, but not with a job: Huawei refuses it for good. */
export function failPoll(delivery: Delivery, detail: string, now: Instant, writeId: string): Delivery {
  const polled: Changes = { polls: delivery.polls + 1 };
  if (isLastPoll(delivery, now)) {
    return ended(delivery, 'unconfirmed', reason('job_unreadable', { detail }), now, writeId, polled);
  }
  const next = changed(delivery, polled, writeId);
  return { ...next, wakeAt: nextPollAt(next, now) + grace };
}

/** A job is called unconfirmed only after a poll made this long after acceptance. */
function isLastPoll({ acceptedAt = 0 }: Delivery, now: Instant): boolean {
  return now >= acceptedAt + pollDelays[2];
}

function judgeJob(report: JobReport): [FinalState, Reason] {
  const { status, total, succeeded, failed, failReason, desktopsUnreadable } = report;
  if (desktopsUnreadable !== undefined) return judgeWhole(status, failReason, desktopsUnreadable);
  if (total === 0 && failReason !== undefined)
    return ['undelivered', reason('job_failed', { detail: failReason })];
  if (total === 0) return ['undelivered', reason('no_desktop', {})];
  if (succeeded === total) return ['delivered', reason('all_succeeded', { total })];
  if (succeeded === 0) return ['undelivered', reason('all_failed', { total })];
  return ['partial', reason('some_failed', { failed, total })];
}

/** By what the job says of itself; whether COMPLETE means success for each desktop is not known. */
function judgeWhole(status: string, failReason: string | undefined, detail: string): [FinalState, Reason] {
  const word = status.toUpperCase();
  if (word === 'SUCCESS') return ['delivered', reason('job_succeeded', { detail })];
  if (word === 'COMPLETE') return ['unconfirmed', reason('desktops_unreadable', { detail })];
  return ['undelivered', reason('job_failed', { detail: failReason ?? `its status is ${status}` })];
}
