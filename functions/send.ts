import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { parseMessage } from '../lib/aws/sqs-queue.ts';
import { eachMessage } from '../lib/lambda/each-message.ts';
import { getWorkerRuntime } from '../lib/runtime/lambda-worker.ts';
import { type SendDeps, send } from '../lib/usecases/sending/send.ts';

/** Sends what the send queue hands over. */
export function createHandler(build: () => Promise<SendDeps>) {
  return middy<SQSEvent, SQSBatchResponse>().handler(async (event, context) => {
    const deps = await build();
    return eachMessage(event, { ...deps, context }, (body) => send(deps, parseMessage(body)));
  });
}

export const handler = createHandler(getWorkerRuntime);
