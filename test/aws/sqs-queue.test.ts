import { describe, expect, it } from 'vitest';
import type { AwsApi } from '../../lib/aws/api.ts';
import { createSqsQueue, parseMessage } from '../../lib/aws/sqs-queue.ts';
import { StoreError } from '../../lib/domain/codes/errors.ts';
import { minute, second } from '../../lib/domain/time/instant.ts';
import { start } from '../rig.ts';
import { openSqs } from './queue.ts';

const message = { deliveryId: 's.0tp0000.abc', hops: 1 };

/** A queue over SQS's stand-in; `asked` are the delays of the messages that were sent. */
async function aQueue() {
  const sqs = await openSqs();
  const asked: unknown[] = [];
  const client: AwsApi = (operation, input) => {
    asked.push('DelaySeconds' in input ? input.DelaySeconds : operation);
    return sqs.client(operation, input);
  };
  return { ...sqs, asked, queue: createSqsQueue({ ...sqs, client, now: () => start }) };
}

describe('the queue on SQS', () => {
  it('hands each kind of work to its own queue', async () => {
    const { queue, receive, sendQueueUrl, trackQueueUrl } = await aQueue();
    await queue.enqueueSend(message, start);
    await queue.enqueueTrack({ ...message, hops: 0 }, start + second);
    const [toSend = ''] = await receive(sendQueueUrl, 1);
    const [toTrack = ''] = await receive(trackQueueUrl, 1);
    expect([parseMessage(toSend), parseMessage(toTrack)]).toEqual([message, { ...message, hops: 0 }]);
  });

  it.each([
    [-5 * second, 0],
    [0, 0],
    [2_900, 0],
    [3 * second, 1],
    [15_400, 13],
    [15 * minute + 2_900, 900],
  ])('asks for a message %i ms ahead to come 2 to 3 s early', async (aheadMs, delay) => {
    const { queue, asked } = await aQueue();
    await queue.enqueueSend(message, start + aheadMs);
    expect(asked).toEqual([delay]);
  });

  it('sends nothing that would have to wait for longer than SQS can: the table knows when to look again', async () => {
    const { queue, asked } = await aQueue();
    await queue.enqueueSend(message, start + 15 * minute + 3 * second);
    expect(asked).toEqual([]);
  });

  it('keeps a delayed message back until its time', async () => {
    const { queue, receive, sendQueueUrl } = await aQueue();
    await queue.enqueueSend(message, start + 3 * second);
    expect(await receive(sendQueueUrl, 0)).toEqual([]);
    expect(await receive(sendQueueUrl, 5)).toHaveLength(1);
  });

  it('ends a chain long before Lambda takes it for a loop', async () => {
    const { queue } = await aQueue();
    expect(queue.longestChain).toBe(3);
  });

  it('says so when the queue cannot be used', async () => {
    const { client, trackQueueUrl } = await aQueue();
    const queue = createSqsQueue({
      client,
      sendQueueUrl: `${trackQueueUrl}-gone`,
      trackQueueUrl,
      now: () => start,
    });
    await expect(queue.enqueueSend(message, start)).rejects.toThrow(StoreError);
  });
});

describe('a message', () => {
  it.each([
    '',
    'x',
    'null',
    '[]',
    '{}',
    '{"deliveryId":1,"hops":0}',
    '{"deliveryId":"s","hops":-1}',
    '{"deliveryId":"s","hops":0.5}',
  ])('that Deskbell did not write is refused: %s', (body) => {
    expect(() => parseMessage(body)).toThrow('a message must be');
  });
});
