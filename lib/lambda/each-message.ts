import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { messageOf } from '../domain/errors.ts';
import type { Log } from '../ports.ts';

/**
 * Works on each message of a batch by itself: SQS repeats those that failed, and no others.
 *
 * @param work throws when the message must come again; at last it ends in the dead-letter queue.
 */
export async function eachMessage(
  { Records }: SQSEvent,
  log: Log,
  work: (body: string) => Promise<void>,
): Promise<SQSBatchResponse> {
  const outcomes = await Promise.allSettled(Records.map(async ({ body }) => work(body)));
  const failed = Records.flatMap((record, i) => {
    const outcome = outcomes[i];
    return outcome?.status === 'rejected' ? [{ record, cause: outcome.reason }] : [];
  });
  for (const { record, cause } of failed) log.error('message-failed', fieldsOf(record, cause));
  return { batchItemFailures: failed.map(({ record }) => ({ itemIdentifier: record.messageId })) };
}

function fieldsOf({ messageId, body, attributes }: SQSRecord, cause: unknown) {
  return {
    messageId,
    body: body.slice(0, 500),
    received: Number(attributes.ApproximateReceiveCount),
    message: messageOf(cause),
  };
}
