import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createDynamoClient } from '../../lib/aws/clients.ts';
import { createDynamoStore } from '../../lib/aws/dynamo-store.ts';
import { systemClock } from '../../lib/clock.ts';
import type { Environment } from '../../lib/config/reader.ts';
import { readStoreConfig } from '../../lib/config/store.ts';
import { StoreError } from '../../lib/domain/codes/errors.ts';
import { openDatabase } from '../../lib/sqlite/database.ts';
import { createStore } from '../../lib/sqlite/store.ts';
import type { CopyDeps } from '../../lib/usecases/copy-store.ts';

/** A store to copy, and what to call it. */
export type OpenStore = CopyDeps & { name: string; close(): void };

/**
 * The table that DESKBELL_TABLE_NAME names, else the file in the data folder.
 *
 * @param options `isNew`: whether the file may be made by this.
 * @throws InvalidConfigError, StoreError
 */
export function openStore(environment: Environment, { isNew }: { isNew: boolean }): OpenStore {
  const { tableName, keptDays, dataDir } = readStoreConfig(environment);
  if (tableName !== undefined) {
    const client = createDynamoClient(environment);
    const store = createDynamoStore({ client, tableName, now: systemClock.now, keptDays });
    return { ...portsOf(store), name: `the table ${tableName}`, close() {} };
  }
  const path = join(dataDir, 'deskbell.db');
  if (!isNew && !existsSync(path))
    throw new StoreError(`there is no ${path}: set DESKBELL_DATA_DIR to the data folder of the server`);
  const database = openDatabase(path);
  return { ...portsOf(createStore(database)), name: path, close: () => database.close() };
}

function portsOf(
  store: CopyDeps['schedules'] & CopyDeps['deliveries'] & CopyDeps['calendars'] & CopyDeps['binding'],
): CopyDeps {
  return { schedules: store, deliveries: store, calendars: store, binding: store };
}
