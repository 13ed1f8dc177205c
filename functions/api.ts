import { createHandler } from '../lib/http/api.ts';
import { getApiRuntime } from '../lib/runtime/lambda-api.ts';
import { lambdaLog } from '../lib/runtime/lambda-log.ts';

/** The HTTP API behind API Gateway. */
export const handler = createHandler(getApiRuntime, lambdaLog);
