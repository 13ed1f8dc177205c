import { StoreError } from '../domain/codes/errors.ts';
import type { Gate } from '../domain/delivery/gate.ts';
import type { Calendars } from '../domain/schedule/calendar.ts';
import type { Act, Gap, Schedule } from '../domain/schedule/schedule.ts';
import type { ApplyLock } from '../domain/table/apply-lock.ts';
import type {
  ActQuery,
  ApplyLockStore,
  Binding,
  CalendarStore,
  DeliveryStore,
  GateStore,
  ScheduleStore,
  StoreWatch,
  TickLog,
} from '../ports.ts';
import { joinConditions, positionIn } from './conditions.ts';
import type { Database } from './database.ts';
import { createSqliteDeliveries } from './deliveries.ts';
import { createListing, type ListingOptions, type Wanted } from './listing.ts';
import { createRetention, type Retention } from './retention.ts';
import { itemOf, itemsOf, readPage, writeResult } from './rows.ts';

export type SqliteStore = ScheduleStore &
  DeliveryStore &
  GateStore &
  CalendarStore &
  ApplyLockStore &
  TickLog &
  Binding &
  StoreWatch &
  Retention & {
    /** Whether it has never held a schedule. */
    isEmpty(): boolean;
  };

/** The store's ports on one SQLite file. */
export function createStore(database: Database): SqliteStore {
  return {
    ...createScheduleStore(database),
    ...createSqliteDeliveries(database),
    ...createGateStore(database),
    ...createMetaStore(database),
    ...createRetention(database),
    trouble: database.trouble,
    isEmpty: () => database.sql.prepare('SELECT 1 FROM schedules LIMIT 1').get() === undefined,
  };
}

function createScheduleStore({ sql, read, write }: Database): ScheduleStore {
  const get = sql.prepare('SELECT version, item FROM schedules WHERE id = ?');
  const insert = sql.prepare(
    'INSERT INTO schedules (id, version, is_deleted, owner, wake_at, item) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const update = sql.prepare(
    'UPDATE schedules SET version = ?, is_deleted = ?, owner = ?, wake_at = ?, item = ? WHERE id = ? AND version = ?',
  );
  const list = sql.prepare('SELECT item FROM schedules WHERE NOT is_deleted AND id > ? ORDER BY id LIMIT ?');
  const listOwned = sql.prepare(
    'SELECT item FROM schedules WHERE NOT is_deleted AND owner = ? AND id > ? ORDER BY id LIMIT ?',
  );
  const toWake = sql.prepare('SELECT id FROM schedules WHERE wake_at <= ? ORDER BY wake_at LIMIT ?');
  const toWakeBeyond = sql.prepare('SELECT id FROM schedules WHERE wake_at > ? ORDER BY wake_at LIMIT ?');
  const failing = sql.prepare(
    "SELECT item FROM schedules WHERE item ->> '$.planError' IS NOT NULL AND NOT is_deleted ORDER BY id LIMIT ?",
  );
  const putAct = sql.prepare(
    `INSERT INTO acts (schedule_id, rev, at, item) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET item = excluded.item
     WHERE item ->> '$.goingOut' IS NULL AND excluded.item ->> '$.goingOut' IS NOT NULL`,
  );
  const listActs = createListing({ sql, read }, actListing);
  const putGap = sql.prepare(
    `INSERT INTO gaps (schedule_id, from_at, to_at, item) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET to_at = excluded.to_at, item = excluded.item WHERE excluded.to_at > to_at`,
  );
  const gapsOf = sql.prepare('SELECT item FROM gaps WHERE schedule_id = ? ORDER BY from_at');
  const cache = new Map<string, Schedule>();

  return {
    async getSchedule(scheduleId) {
      const row = await read(() => get.get(scheduleId));
      const known = cache.get(scheduleId);
      if (known !== undefined && known.version === row?.version) return known;
      const schedule = itemOf<Schedule>(row);
      remember(cache, scheduleId, schedule);
      return schedule;
    },
    writeSchedule(schedule) {
      const { scheduleId: id, version, owner, wakeAt = null } = schedule;
      const isDeleted = schedule.deletedAt === undefined ? 0 : 1;
      const item = JSON.stringify(schedule);
      return write(() =>
        writeResult(
          version === 1
            ? insert.run(id, version, isDeleted, owner, wakeAt, item)
            : update.run(version, isDeleted, owner, wakeAt, item, id, version - 1),
        ),
      );
    },
    async listSchedules({ limit, cursor = '', owner }) {
      const [statement, params] = owner === undefined ? [list, [cursor]] : [listOwned, [owner, cursor]];
      return read(() => readPage<Schedule>(statement, params, limit, ({ scheduleId }) => scheduleId));
    },
    async schedulesToWake({ until, beyond }, limit) {
      const rows = await read(() => [...toWake.all(until, limit), ...toWakeBeyond.all(beyond, limit)]);
      return rows.map(({ id }) => String(id));
    },
    async failingSchedules(limit) {
      const page = await read(() => readPage<Schedule>(failing, [], limit, ({ scheduleId }) => scheduleId));
      return page.items;
    },
    async putAct(act) {
      await write(() => putAct.run(act.scheduleId, act.rev, act.at, JSON.stringify(act)));
    },
    async listActs(query) {
      return listActs(actsWantedBy(query));
    },
    async putGap(gap) {
      await write(() => putGap.run(gap.scheduleId, gap.from, gap.to, JSON.stringify(gap)));
    },
    async listGaps(scheduleId) {
      return read(() => itemsOf<Gap>(gapsOf, [scheduleId]));
    },
  };
}

const actListing: ListingOptions<Act> = {
  table: 'acts',
  key: ['at', 'schedule_id', 'rev'],
  // The filter reads the whole item.
  windowLength: 200,
  cursorOf: ({ at, scheduleId, rev }) => `${at}~${scheduleId}~${rev}`,
};

function actsWantedBy({ scheduleId, pool, from, to, cursor, limit }: ActQuery): Wanted {
  const range = joinConditions([
    ['schedule_id = ?', scheduleId],
    ['at >= ?', from],
    ['at < ?', to],
    [
      '(at, schedule_id, rev) < (CAST(? AS INTEGER), ?, CAST(? AS INTEGER))',
      ...positionIn(cursor, /^(\d{1,15})~([a-z0-9-]{1,64})~(\d{1,9})$/),
    ],
  ]);
  const filter = joinConditions([
    ["EXISTS (SELECT 1 FROM json_each(item, '$.pools') WHERE value = ?)", pool],
  ]);
  return { range, filter, limit };
}

/** Schedules whose parsed form is kept: reading one again for each of its pools must cost little. */
const longestCache = 1_000;

function remember(cache: Map<string, Schedule>, scheduleId: string, schedule: Schedule | undefined): void {
  if (schedule === undefined) return;
  if (cache.size >= longestCache) cache.clear();
  cache.set(scheduleId, schedule);
}

function createGateStore({ sql, read, write }: Database): GateStore {
  const get = sql.prepare('SELECT item FROM gates WHERE connection = ?');
  const insert = sql.prepare(
    'INSERT INTO gates (connection, version, item) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const update = sql.prepare('UPDATE gates SET version = ?, item = ? WHERE connection = ? AND version = ?');
  return {
    async getGate(connection) {
      return itemOf<Gate>(await read(() => get.get(connection)));
    },
    writeGate(gate) {
      const { connection, version } = gate;
      const item = JSON.stringify(gate);
      return write(() =>
        writeResult(
          version === 1
            ? insert.run(connection, version, item)
            : update.run(version, item, connection, version - 1),
        ),
      );
    },
  };
}

function createMetaStore({ sql, read, write }: Database): CalendarStore & ApplyLockStore & TickLog & Binding {
  const get = sql.prepare('SELECT value FROM meta WHERE key = ?');
  const put = sql.prepare(
    'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  );
  const insert = sql.prepare('INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING');
  const update = sql.prepare("UPDATE meta SET value = ? WHERE key = ? AND value ->> '$.version' = ?");
  const lookUp = async (key: string) => {
    const value = (await read(() => get.get(key)))?.value;
    return value === undefined ? undefined : String(value);
  };
  return {
    async getCalendars() {
      return JSON.parse((await lookUp('calendars')) ?? '{}') as Calendars;
    },
    async putCalendars(calendars) {
      await write(() => put.run('calendars', JSON.stringify(calendars)));
    },
    async getApplyLock() {
      const lock = await lookUp('applyLock');
      return lock === undefined ? undefined : (JSON.parse(lock) as ApplyLock);
    },
    writeApplyLock(lock) {
      const item = JSON.stringify(lock);
      return write(() =>
        writeResult(
          lock.version === 1
            ? insert.run('applyLock', item)
            : update.run(item, 'applyLock', lock.version - 1),
        ),
      );
    },
    async getLastTickAt() {
      const at = await lookUp('lastTickAt');
      return at === undefined ? undefined : Number(at);
    },
    async putLastTickAt(at) {
      await write(() => put.run('lastTickAt', String(at)));
    },
    async stamp(target) {
      const stamped = await lookUp('target');
      if (stamped === undefined) await write(() => put.run('target', target));
      else if (stamped !== target) throw otherTarget(stamped, target);
    },
    getTarget: () => lookUp('target'),
  };
}

function otherTarget(stamped: string, target: string): StoreError {
  return new StoreError(
    `this data belongs to ${stamped}, but the environment says ${target}: ` +
      'set DESKBELL_DATA_DIR to another folder, or restore the environment',
  );
}
