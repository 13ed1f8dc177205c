import { createSecretsClient } from '../aws/clients.ts';
import { createSecretReader } from '../aws/secrets.ts';
import type { WorkerConfig } from '../config/lambda.ts';
import { targetOf } from '../domain/target.ts';
import type { SignedRequestOptions } from '../huawei/signed-request.ts';
import type { Workspace } from '../ports.ts';
import { createGatekeeper } from '../usecases/sending/gatekeeper.ts';
import { createPoolDirectory } from '../usecases/sending/pool-directory.ts';
import { tellClosings } from './closings.ts';
import { forgetRefusedKeys, holdKeys } from './keys.ts';
import { openLambdaStore } from './lambda-store.ts';

/**
 * Table, queues, and the way to Huawei.
 *
 * @throws StoreError when the table cannot be used, or is bound to another project.
 */
export async function openLambdaHuawei<Calls extends Pick<Workspace, 'listPools'>>(
  config: WorkerConfig,
  createWorkspace: (options: SignedRequestOptions) => Calls,
) {
  const { huawei, limits, secretId } = config;
  const opened = openLambdaStore(config);
  const { store, clock, ids, log } = opened;
  // Only who sends binds a table: a look at the health must not bind it to a region that was mistyped.
  if ((await store.getTarget()) !== undefined) await store.stamp(targetOf(huawei));
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
