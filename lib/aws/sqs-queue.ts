import { messageOf, StoreError } from '../domain/codes/errors.ts';
import { type Instant, second } from '../domain/time/instant.ts';
import type { Queue, QueueMessage } from '../ports.ts';
import type { AwsApi } from './api.ts';
import { fieldsIn } from './json.ts';

export type SqsQueueOptions = {
  client: AwsApi;
  sendQueueUrl: string;
  trackQueueUrl: string;
  now: () => Instant;
};

/** Lambda stops what invokes itself 16 times in a row; the tick goes on long before. */
const longestChain = 3;
/** SQS: the longest delay of a message. */
const longestDelaySeconds = 900;
/** Messages come this much early, and the sender that has one waits for the exact second. */
const earlySeconds = 2;

/**
 * The queue on SQS, one for each kind of work.
 *
 * A message that would have to wait for longer than SQS can is not sent: the delivery's wake time brings it back.
 */
export function createSqsQueue({ client, sendQueueUrl, trackQueueUrl, now }: SqsQueueOptions): Queue {
  async function enqueue(QueueUrl: string, message: QueueMessage, at: Instant): Promise<void> {
    const DelaySeconds = Math.max(0, Math.floor((at - now()) / second) - earlySeconds);
    if (DelaySeconds > longestDelaySeconds) return;
    try {
      await client('SendMessage', { QueueUrl, DelaySeconds, MessageBody: JSON.stringify(message) });
    } catch (cause) {
      throw new StoreError(`the queue cannot be used: ${messageOf(cause)}`, { cause });
    }
  }

  return {
    longestChain,
    enqueueSend: (message, at) => enqueue(sendQueueUrl, message, at),
    enqueueTrack: (message, at) => enqueue(trackQueueUrl, message, at),
  };
}

/** @throws RangeError when a message is not one that Deskbell sent. */
export function parseMessage(body: string): QueueMessage {
  const { deliveryId, hops } = fieldsIn(body) ?? {};
  if (typeof deliveryId !== 'string' || typeof hops !== 'number' || !Number.isInteger(hops) || hops < 0)
    throw new RangeError('a message must be {"deliveryId": text, "hops": whole number}');
  return { deliveryId, hops };
}
