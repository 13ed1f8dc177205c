import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { parseMessage } from '../lib/aws/sqs-queue.ts';
import { eachMessage } from '../lib/lambda/each-message.ts';
import { getWorkerRuntime } from '../lib/runtime/lambda-worker.ts';
import { type TrackDeps, track } from '../lib/usecases/sending/track.ts';

/** Follows the jobs that the track queue hands over. */
export function createHandler(build: () => Promise<TrackDeps>) {
  return middy<SQSEvent, SQSBatchResponse>().handler(async (event, context) => {
    const deps = await build();
    return eachMessage(event, { ...deps, context }, (body) => track(deps, parseMessage(body)));
  });
}

export const handler = createHandler(getWorkerRuntime);
