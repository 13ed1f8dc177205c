import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { messageOf, StoreError } from '../domain/codes/errors.ts';
import { second } from '../domain/time/instant.ts';
import type { Clock, Log } from '../ports.ts';

/** A message that is given back comes again after six minutes, when it may be too late; an outage may be short. */
const pauses = [second, 3 * second];
/** What work that meets a slow store may need to its end; a request whose answer is not written ends as unknown. */
const longestWork = 35 * second;

type Remaining = Pick<Context, 'getRemainingTimeInMillis'>;

/**
 * Works on each message of a batch by itself: SQS repeats those that failed, and no others.
 *
 * @param work throws when the message must come again: at once if the store could not be used and there is time, then
 * by SQS; at last it ends in the dead-letter queue. Safe to repeat.
 */
export async function eachMessage(
  { Records }: SQSEvent,
  { log, clock, context }: { log: Log; clock: Clock; context: Remaining },
  work: (body: string) => Promise<void>,
): Promise<SQSBatchResponse> {
  const outcomes = await Promise.allSettled(
    Records.map(({ body }) => insist(() => work(body), clock, context)),
  );
  const failed = Records.flatMap((record, i) => {
    const outcome = outcomes[i];
    return outcome?.status === 'rejected' ? [{ record, cause: outcome.reason }] : [];
  });
  for (const { record, cause } of failed) log.error('message-failed', fieldsOf(record, cause));
  return { batchItemFailures: failed.map(({ record }) => ({ itemIdentifier: record.messageId })) };
}

async function insist(work: () => Promise<void>, clock: Clock, context: Remaining): Promise<void> {
  for (const pause of pauses) {
    try {
      return await work();
    } catch (cause) {
      const isTime = context.getRemainingTimeInMillis() >= pause + longestWork;
      if (!(cause instanceof StoreError) || !isTime) throw cause;
      await clock.sleepUntil(clock.now() + pause);
    }
  }
  await work();
}

function fieldsOf({ messageId, body, attributes }: SQSRecord, cause: unknown) {
  return {
    messageId,
    body: body.slice(0, 500),
    received: Number(attributes.ApproximateReceiveCount),
    message: messageOf(cause),
  };
}
