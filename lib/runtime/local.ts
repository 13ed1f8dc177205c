import { join } from 'node:path';
import { systemClock } from '../clock.ts';
import type { Config } from '../config.ts';
import { targetOf } from '../domain/target.ts';
import { fingerprintOf } from '../huawei/fingerprint.ts';
import { createWorkspace } from '../huawei/workspace.ts';
import { createIds } from '../ids.ts';
import { createLog } from '../log.ts';
import type { Log, StoreWatch } from '../ports.ts';
import { openDatabase } from '../sqlite/database.ts';
import { createQueue, type SqliteQueue } from '../sqlite/queue.ts';
import { createStore, type SqliteStore } from '../sqlite/store.ts';
import type { ApplyDeps } from '../usecases/changes/apply.ts';
import type { TickDeps } from '../usecases/planning/tick.ts';
import { createGatekeeper, type Gatekeeper } from '../usecases/sending/gatekeeper.ts';
import { createPoolDirectory, type PoolDirectory } from '../usecases/sending/pool-directory.ts';
import type { SendDeps } from '../usecases/sending/send.ts';
import type { TrackDeps } from '../usecases/sending/track.ts';
import { tellClosings } from './closings.ts';
import { createTableReader } from './table-reader.ts';

/** Everything that the use cases need, on one SQLite file. */
export type LocalRuntime = TickDeps &
  SendDeps &
  TrackDeps &
  ApplyDeps & {
    config: Config;
    storeWatch: StoreWatch;
    store: SqliteStore;
    queue: SqliteQueue;
    gatekeeper: Gatekeeper;
    pools: PoolDirectory;
    log: Log;
    close(): Promise<void>;
  };

/**
 * Builds the adapters of the one-machine run.
 *
 * @throws StoreError when the store cannot be used, or belongs to another project.
 */
export async function openLocalRuntime(config: Config): Promise<LocalRuntime> {
  const { huawei, limits, messageLimit, dataDir } = config;
  const clock = systemClock;
  const ids = createIds();
  const chance = { next: () => Math.random() };
  const log = createLog(clock, (line) => process.stdout.write(`${line}\n`));
  const database = openDatabase(join(dataDir, 'deskbell.db'));
  const store = createStore(database);
  await store.stamp(targetOf(huawei));
  const queue = createQueue(database);
  const credentials = {
    accessKey: huawei.accessKey,
    secretKey: huawei.secretKey,
    ...(huawei.securityToken === undefined ? {} : { securityToken: huawei.securityToken }),
  };
  const workspace = createWorkspace({
    endpoint: huawei.endpoint,
    projectId: huawei.projectId,
    credentials: async () => credentials,
    timeoutMs: huawei.requestTimeoutMs,
    now: clock.now,
  });
  const fingerprint = fingerprintOf(credentials);
  const gate = createGatekeeper({
    gates: store,
    clock,
    ids,
    connection: 'default',
    limits,
    fingerprint: async () => fingerprint,
  });
  const gatekeeper = tellClosings(gate, { clock, log });
  const pools = createPoolDirectory({ workspace, gatekeeper, clock });
  return {
    config,
    store,
    schedules: store,
    deliveries: store,
    calendars: store,
    applyLock: store,
    storeWatch: store,
    readTable: createTableReader(),
    tickLog: store,
    queue,
    workspace,
    gatekeeper,
    pools,
    clock,
    ids,
    chance,
    log,
    messageLimit,
    async close() {
      await workspace.close();
      database.close();
    },
  };
}
