import { readApiConfig } from '../config/lambda.ts';
import type { ApiRuntime } from '../http/call.ts';
import { openLambdaWorker } from './lambda-worker.ts';
import { once } from './once.ts';

const open = once(async () => {
  const config = readApiConfig(process.env);
  return { ...(await openLambdaWorker(config)), config, messageLimit: config.messageLimit };
});

/** What the HTTP API works with on AWS; asked once at each call. */
export async function getApiRuntime(): Promise<ApiRuntime> {
  const runtime = await open();
  runtime.keys.renew();
  return runtime;
}
