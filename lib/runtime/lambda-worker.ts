import { createSecretsClient } from '../aws/clients.ts';
import { createSecretReader } from '../aws/secrets.ts';
import { readWorkerConfig, type WorkerConfig } from '../config/lambda.ts';
import { targetOf } from '../domain/target.ts';
import { createWorkspace } from '../huawei/workspace.ts';
import { createGatekeeper } from '../usecases/gatekeeper.ts';
import { createPoolDirectory } from '../usecases/pool-directory.ts';
import type { SendDeps } from '../usecases/send.ts';
import type { TrackDeps } from '../usecases/track.ts';
import { tellClosings } from './closings.ts';
import { forgetRefusedKeys, holdKeys } from './keys.ts';
import { openLambdaStore } from './lambda-store.ts';
import { once } from './once.ts';

const open = once(() => openLambdaWorker(readWorkerConfig(process.env)));

/** What senders and trackers work with on AWS; asked once at the start of each invocation. */
export async function getWorkerRuntime(): Promise<SendDeps & TrackDeps> {
  const runtime = await open();
  runtime.keys.renew();
  return runtime;
}

/**
 * Table, queues, and the way to Huawei.
 *
 * @throws StoreError when the table cannot be used, or belongs to another project.
 */
export async function openLambdaWorker(config: WorkerConfig) {
  const { huawei, limits, secretId } = config;
  const opened = openLambdaStore(config);
  const { store, clock, ids, log } = opened;
  await store.stamp(targetOf(huawei));
  const source = createSecretReader({ client: createSecretsClient(), secretId, now: clock.now });
  const keys = holdKeys(source);
  const workspace = createWorkspace({
    endpoint: huawei.endpoint,
    projectId: huawei.projectId,
    credentials: keys.credentials,
    timeoutMs: huawei.requestTimeoutMs,
    now: clock.now,
  });
  const gate = createGatekeeper({
    gates: store,
    clock,
    ids,
    connection: 'default',
    limits,
    fingerprint: keys.fingerprint,
  });
  const gatekeeper = tellClosings(forgetRefusedKeys(gate, source), { clock, log });
  return {
    ...opened,
    workspace,
    gatekeeper,
    pools: createPoolDirectory({ workspace, gatekeeper, clock }),
    keys,
  };
}
