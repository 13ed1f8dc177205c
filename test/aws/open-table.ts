import { onTestFinished } from 'vitest';
import { createDynamoStore } from '../../lib/aws/dynamo-store.ts';
import type { Instant } from '../../lib/domain/time/instant.ts';
import { start } from '../rig.ts';
import { startProxy } from './proxy.ts';
import { clientOf, createTestTable, startDynamo, tableName } from './table.ts';

/** An empty table of its own for one test, and the store over it; at 2026-11-24T09:00:00Z unless told otherwise. */
export async function openTable(now: () => Instant = () => start) {
  const dynamo = await startDynamo();
  onTestFinished(() => dynamo.close());
  const client = await createTestTable(dynamo.endpoint);
  const store = createDynamoStore({ client, tableName, now, keptDays: 400 });
  return { store, client, endpoint: dynamo.endpoint };
}

/** The same behind a proxy that counts what passes, and can spoil it. */
export async function openProxiedTable(now: () => Instant = () => start) {
  const { endpoint } = await openTable();
  const proxy = await startProxy(endpoint);
  onTestFinished(() => proxy.close());
  return {
    proxy,
    store: createDynamoStore({ client: clientOf(proxy.endpoint), tableName, now, keptDays: 400 }),
  };
}
