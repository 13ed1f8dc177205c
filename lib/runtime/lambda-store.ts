import { createDynamoClient, createSqsClient } from '../aws/clients.ts';
import { createDynamoStore } from '../aws/dynamo-store.ts';
import { createSqsQueue } from '../aws/sqs-queue.ts';
import { systemClock as clock } from '../clock.ts';
import type { TickConfig } from '../config/lambda.ts';
import { createIds } from '../ids.ts';
import { lambdaLog as log } from './lambda-log.ts';

/** Table, queues and what belongs to every use case on AWS. */
export function openLambdaStore({ tableName, keptDays, sendQueueUrl, trackQueueUrl }: TickConfig) {
  const { now } = clock;
  const store = createDynamoStore({ client: createDynamoClient(), tableName, now, keptDays });
  const queue = createSqsQueue({ client: createSqsClient(), sendQueueUrl, trackQueueUrl, now });
  return {
    store,
    schedules: store,
    deliveries: store,
    calendars: store,
    applyLock: store,
    tickLog: store,
    queue,
    clock,
    ids: createIds(),
    chance: { next: () => Math.random() },
    log,
  };
}
