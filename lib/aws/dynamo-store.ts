import { StoreError } from '../domain/codes/errors.ts';
import type { Gate } from '../domain/delivery/gate.ts';
import type { Calendars } from '../domain/schedule/calendar.ts';
import type { ApplyLock } from '../domain/table/apply-lock.ts';
import { day, type Instant } from '../domain/time/instant.ts';
import type {
  ApplyLockStore,
  Binding,
  CalendarStore,
  DeliveryStore,
  GateStore,
  ScheduleStore,
  TickLog,
} from '../ports.ts';
import type { AwsApi } from './api.ts';
import { createDynamoDeliveries } from './deliveries.ts';
import { absent, contentOf, putVersion } from './items.ts';
import { createScheduleStore } from './schedules.ts';
import { createTable, type DynamoTable, type Key } from './table.ts';

export type DynamoStore = ScheduleStore &
  DeliveryStore &
  GateStore &
  CalendarStore &
  ApplyLockStore &
  TickLog &
  Binding;

export type DynamoStoreOptions = {
  client: AwsApi;
  tableName: string;
  now: () => Instant;
  /** How long deliveries, acts, gaps and tombstones are kept. */
  keptDays: number;
};

/** The store's ports on one DynamoDB table with two indexes. */
export function createDynamoStore({ client, tableName, now, keptDays }: DynamoStoreOptions): DynamoStore {
  const table = createTable(client, tableName);
  const options = { now, keptMs: keptDays * day };
  return {
    ...createScheduleStore(table, options),
    ...createDynamoDeliveries(table, options),
    ...createGateStore(table),
    ...createMetaStore(table),
  };
}

function createGateStore(table: DynamoTable): GateStore {
  const keyOf = (connection: string): Key => ({ pk: `G#${connection}`, sk: 'GATE' });
  return {
    async getGate(connection) {
      return contentOf<Gate>(await table.get(keyOf(connection)));
    },
    writeGate: (gate) => putVersion(table, keyOf(gate.connection), gate, {}),
  };
}

function createMetaStore(table: DynamoTable): CalendarStore & ApplyLockStore & TickLog & Binding {
  const get = async <T>(pk: string) => contentOf<T>(await table.get({ pk, sk: 'META' }));
  const put = (pk: string, value: unknown) => ({
    pk: { S: pk },
    sk: { S: 'META' },
    item: { S: JSON.stringify(value) },
  });
  return {
    getCalendars: async () => (await get<Calendars>('CALENDARS')) ?? {},
    async putCalendars(calendars) {
      await table.put(put('CALENDARS', calendars));
    },
    getApplyLock: () => get<ApplyLock>('APPLY'),
    writeApplyLock: (lock) => putVersion(table, { pk: 'APPLY', sk: 'META' }, lock, {}),
    getLastTickAt: () => get<Instant>('TICK'),
    async putLastTickAt(at) {
      await table.put(put('TICK', at));
    },
    stamp,
    getTarget: () => get<string>('TARGET'),
  };

  async function stamp(target: string): Promise<void> {
    const stamped = (await get<string>('TARGET')) ?? (await stampNew(target));
    if (stamped !== target)
      throw new StoreError(`this table belongs to ${stamped}, but the environment says ${target}`);
  }

  async function stampNew(target: string): Promise<string> {
    await table.put(put('TARGET', target), absent);
    return (await get<string>('TARGET')) ?? target;
  }
}
