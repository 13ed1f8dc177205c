import { second } from '../lib/domain/time/instant.ts';
import { createHandler } from '../lib/http/api.ts';
import { getApiRuntime } from '../lib/runtime/lambda-api.ts';
import { lambdaLog } from '../lib/runtime/lambda-log.ts';

/** An instance that waits is paid for, and is one of those that the account may run at once. */
const longestDelay = second;

/** The HTTP API behind API Gateway. */
export const handler = createHandler(getApiRuntime, lambdaLog, longestDelay);
