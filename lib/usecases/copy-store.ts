import { InvalidInputError, StoreError } from '../domain/codes/errors.ts';
import { problem } from '../domain/codes/problems.ts';
import type { Delivery } from '../domain/delivery/delivery.ts';
import type { Calendars } from '../domain/schedule/calendar.ts';
import type { Act, Gap, Schedule } from '../domain/schedule/schedule.ts';
import type { Versioned } from '../domain/versioned.ts';
import type { Binding, CalendarStore, DeliveryStore, ScheduleStore, WriteResult } from '../ports.ts';
import { everyItem } from './pages.ts';

export type CopyDeps = {
  schedules: ScheduleStore;
  deliveries: DeliveryStore;
  calendars: CalendarStore;
  binding: Binding;
};

/** One thing that a store holds, as it is written to a file. */
export type StoredRecord =
  | { kind: 'target'; item: string }
  | { kind: 'calendars'; item: Calendars }
  | { kind: 'schedule'; item: Schedule }
  | { kind: 'act'; item: Act }
  | { kind: 'gap'; item: Gap }
  | { kind: 'delivery'; item: Delivery }
  /** The last one: how many there are before it, so that a file that was cut off is told from a whole one. */
  | { kind: 'end'; records: number };

/**
 * Everything that a store holds, but for the gate: a key has to prove itself again.
 *
 * Nobody should be planning or sending meanwhile: what is read is not of one moment.
 */
export async function* exportStore(deps: CopyDeps): AsyncGenerator<StoredRecord, void> {
  let records = 0;
  for await (const record of everything(deps)) {
    records += 1;
    yield record;
  }
  yield { kind: 'end', records };
}

async function* everything({
  schedules,
  deliveries,
  calendars,
  binding,
}: CopyDeps): AsyncGenerator<StoredRecord, void> {
  const target = await binding.getTarget();
  if (target !== undefined) yield { kind: 'target', item: target };
  yield { kind: 'calendars', item: await calendars.getCalendars() };
  const alive = new Set<string>();
  for await (const item of everyItem((page) => schedules.listSchedules(page))) {
    alive.add(item.scheduleId);
    yield { kind: 'schedule', item };
  }
  const seen = new Set(alive);
  // The newest first, so that of a deleted schedule its deletion comes before all that was done to it.
  for await (const item of everyItem((page) => schedules.listActs(page))) {
    yield { kind: 'act', item };
    if (seen.has(item.scheduleId)) continue;
    seen.add(item.scheduleId);
    // As it is: it may hold a text that has not gone out, and what a file that left it out has to give back.
    const tombstone = (await schedules.getSchedule(item.scheduleId)) ?? tombstoneOf(item);
    if (tombstone !== undefined) yield { kind: 'schedule', item: tombstone };
  }
  for (const scheduleId of seen) {
    for (const item of await schedules.listGaps(scheduleId)) yield { kind: 'gap', item };
  }
  for await (const item of everyItem((page) => deliveries.listDeliveries(page)))
    yield { kind: 'delivery', item };
}

/** What keeps the revision of a deleted schedule, so that one that is made again goes on counting. */
function tombstoneOf({ before, ...act }: Act): Schedule | undefined {
  if (act.what !== 'delete' || before === undefined) return undefined;
  const { scheduleId, rev, at } = act;
  return {
    scheduleId,
    rev,
    owner: 'console',
    definition: before,
    exceptions: [],
    notices: [],
    cursor: at,
    planFailures: 0,
    lastAct: { ...act, before },
    createdAt: at,
    deletedAt: at,
    version: 1,
    writeId: act.writeId ?? `${scheduleId}-${rev}`,
  };
}

export type Imported = { records: number; alreadyThere: number };

/**
 * Writes what was exported into another store. May be repeated: what is there already is left alone.
 *
 * @throws InvalidInputError when the records do not end as they should; StoreError when the store holds something
 * else under the same name, or belongs to another project.
 */
export async function importStore(deps: CopyDeps, records: AsyncIterable<StoredRecord>): Promise<Imported> {
  const imported: Imported = { records: 0, alreadyThere: 0 };
  for await (const record of records) {
    if (record.kind === 'end') {
      if (record.records !== imported.records) throw incomplete();
      return imported;
    }
    if (!(await importOne(deps, record))) imported.alreadyThere += 1;
    imported.records += 1;
  }
  throw incomplete();
}

function incomplete(): InvalidInputError {
  return new InvalidInputError([problem('', 'export_incomplete', {})]);
}

/** False when it was there already. */
async function importOne(
  { schedules, deliveries, calendars, binding }: CopyDeps,
  record: Exclude<StoredRecord, { kind: 'end' }>,
): Promise<boolean> {
  switch (record.kind) {
    case 'target':
      await binding.stamp(record.item);
      return true;
    case 'calendars':
      await calendars.putCalendars(record.item);
      return true;
    case 'schedule': {
      const { scheduleId } = record.item;
      const write = (item: Schedule) => schedules.writeSchedule(item);
      return importItem(`the schedule ${scheduleId}`, record.item, write, () =>
        schedules.getSchedule(scheduleId),
      );
    }
    case 'act':
      await schedules.putAct(record.item);
      return true;
    case 'gap':
      await schedules.putGap(record.item);
      return true;
    case 'delivery': {
      const { deliveryId } = record.item;
      const write = (item: Delivery) => deliveries.writeDelivery(item);
      return importItem(`the delivery ${deliveryId}`, record.item, write, () =>
        deliveries.getDelivery(deliveryId),
      );
    }
  }
}

/** Versions begin at 1 again: they only order the writes of one store. */
async function importItem<T extends Versioned>(
  name: string,
  item: T,
  write: (item: T) => Promise<WriteResult>,
  read: () => Promise<T | undefined>,
): Promise<boolean> {
  if ((await write({ ...item, version: 1 })) === 'written') return true;
  const there = await read();
  if (there?.writeId === item.writeId) return false;
  throw new StoreError(`${name} is in this store already, and is another one: import into an empty store`);
}
