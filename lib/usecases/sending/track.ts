import { HuaweiRejectedError, messageOf } from '../../domain/codes/errors.ts';
import { sayReason } from '../../domain/codes/reasons.ts';
import type { Delivery } from '../../domain/delivery/delivery.ts';
import { failPoll, finishPoll, nextPollAt } from '../../domain/delivery/job.ts';
import { second } from '../../domain/time/instant.ts';
import type { Clock, DeliveryStore, Ids, Job, Log, Queue, QueueMessage, Workspace } from '../../ports.ts';
import { change } from '../change.ts';
import type { Gatekeeper } from './gatekeeper.ts';

export type TrackDeps = {
  deliveries: DeliveryStore;
  queue: Queue;
  workspace: Pick<Workspace, 'showJob'>;
  gatekeeper: Gatekeeper;
  clock: Clock;
  ids: Ids;
  log: Log;
};

/** A job that could not be read is left alone for so long. */
const pauseAfterFailure = 10 * second;

/**
 * Asks Huawei once what became of an accepted delivery's job.
 *
 * @throws StoreError when the store cannot be used; the sweep asks again.
 */
export async function track(deps: TrackDeps, message: QueueMessage): Promise<void> {
  const { deliveries, gatekeeper, clock, queue } = deps;
  const delivery = await deliveries.getDelivery(message.deliveryId);
  if (delivery?.state !== 'accepted' || delivery.jobId === undefined) return;
  const answer = await gatekeeper.ask('read', { sharer: 'jobs', deadline: delivery.dueAt });
  if ('until' in answer) return again(deps, message, answer.until);
  const poll = await pollJob(deps, delivery.jobId, answer.isProbe);
  if (poll === 'unavailable') return again(deps, message, clock.now() + pauseAfterFailure);
  const polled = await writePoll(deps, delivery, poll);
  if (polled?.state === 'accepted') {
    await queue.enqueueTrack({ ...message, hops: 0 }, nextPollAt(polled, clock.now()));
  }
}

type Poll = { job: Job } | { refusal: string };

async function pollJob(
  { workspace, gatekeeper, log }: TrackDeps,
  jobId: string,
  isProbe: boolean,
): Promise<Poll | 'unavailable'> {
  try {
    const job = await workspace.showJob(jobId);
    if (isProbe) await gatekeeper.proved();
    return { job };
  } catch (error) {
    await gatekeeper.failed('read', error);
    if (error instanceof HuaweiRejectedError) return { refusal: error.message };
    log.warn('job-unreadable', { jobId, message: messageOf(error) });
    return 'unavailable';
  }
}

async function writePoll(
  { deliveries, clock, ids, log }: TrackDeps,
  known: Delivery,
  poll: Poll,
): Promise<Delivery | undefined> {
  const { deliveryId, polls } = known;
  const now = clock.now();
  const { item, isMine } = await change<Delivery>(
    {
      known,
      read: () => deliveries.getDelivery(deliveryId),
      write: (delivery) => deliveries.writeDelivery(delivery),
    },
    (seen) => {
      if (seen?.state !== 'accepted' || seen.polls !== polls) return undefined;
      return 'job' in poll
        ? finishPoll(seen, reportOf(poll.job, now), now, ids.next())
        : failPoll(seen, poll.refusal, now, ids.next());
    },
  );
  if (!isMine || item === undefined) return undefined;
  const { scheduleId, pool, state, jobId, reason } = item;
  const fields = { deliveryId, scheduleId, pool, jobId, reason: reason && sayReason(reason) };
  if (state === 'delivered') log.info(state, fields);
  else if (state !== 'accepted') log.warn(state, fields);
  return item;
}

function reportOf({ desktops, ...job }: Job, polledAt: number) {
  return { ...job, ...desktops, polledAt };
}

async function again({ queue }: TrackDeps, message: QueueMessage, at: number): Promise<void> {
  if (message.hops < queue.longestChain) await queue.enqueueTrack({ ...message, hops: message.hops + 1 }, at);
}
