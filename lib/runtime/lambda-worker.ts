import { readWorkerConfig } from '../config/lambda.ts';
import { targetOf } from '../domain/target.ts';
import { createWorkspace } from '../huawei/workspace.ts';
import type { SendDeps } from '../usecases/sending/send.ts';
import type { TrackDeps } from '../usecases/sending/track.ts';
import { openLambdaHuawei } from './lambda-huawei.ts';
import { once } from './once.ts';

const open = once(async () => {
  const config = readWorkerConfig(process.env);
  const opened = await openLambdaHuawei(config, createWorkspace);
  await opened.store.stamp(targetOf(config.huawei));
  return opened;
});

/** What senders and trackers work with on AWS; asked once at the start of each invocation. */
export async function getWorkerRuntime(): Promise<SendDeps & TrackDeps> {
  const runtime = await open();
  runtime.keys.renew();
  return runtime;
}
