import type { Delivery } from '../domain/delivery/delivery.ts';
import type { DeliveryQuery, DeliveryStore } from '../ports.ts';
import { joinConditions, positionIn } from './conditions.ts';
import type { Database } from './database.ts';
import { createListing, type ListingOptions, type Wanted } from './listing.ts';
import { itemOf, writeResult } from './rows.ts';

/** Deliveries: the item as JSON, and beside it what is searched by. */
export function createSqliteDeliveries({ sql, read, write }: Database): DeliveryStore {
  const get = sql.prepare('SELECT item FROM deliveries WHERE id = ?');
  const insert = sql.prepare(
    `INSERT INTO deliveries (id, version, schedule_id, pool, pool_id, state, due_at, deadline, wake_at, item)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  // A delivery that has moved on to another state has consumed its message.
  const update = sql.prepare(
    `UPDATE deliveries SET version = ?, pool_id = ?, state = ?, deadline = ?, wake_at = ?,
       next_at = CASE WHEN state = ? THEN next_at END, item = ?
     WHERE id = ? AND version = ?`,
  );
  const list = createListing({ sql, read }, listing);
  const toWake = sql.prepare('SELECT id FROM deliveries WHERE wake_at <= ? ORDER BY wake_at LIMIT ?');

  return {
    async getDelivery(deliveryId) {
      return itemOf<Delivery>(await read(() => get.get(deliveryId)));
    },
    writeDelivery(delivery) {
      const { deliveryId: id, version, scheduleId, pool, poolId = null, state } = delivery;
      const { dueAt, deadline, wakeAt = null } = delivery;
      const item = JSON.stringify(delivery);
      return write(() =>
        writeResult(
          version === 1
            ? insert.run(id, version, scheduleId, pool, poolId, state, dueAt, deadline, wakeAt, item)
            : update.run(version, poolId, state, deadline, wakeAt, state, item, id, version - 1),
        ),
      );
    },
    async listDeliveries(query) {
      return list(wantedBy(query));
    },
    async deliveriesToWake(until, limit) {
      const rows = await read(() => toWake.all(until, limit));
      return rows.map(({ id }) => String(id));
    },
  };
}

const listing: ListingOptions<Delivery> = {
  table: 'deliveries',
  key: ['due_at', 'id'],
  windowLength: 10_000,
  cursorOf: ({ dueAt, deliveryId }) => `${dueAt}~${deliveryId}`,
};

function wantedBy({ scheduleId, pool, states = [], from, to, cursor, limit }: DeliveryQuery): Wanted {
  const range = joinConditions([
    ['schedule_id = ?', scheduleId],
    ['due_at >= ?', from],
    ['due_at < ?', to],
    [
      '(due_at, id) < (CAST(? AS INTEGER), ?)',
      ...positionIn(cursor, /^(\d{1,15})~([a-z0-9-]+\.[a-z0-9]+\.[a-z0-9]+)$/),
    ],
  ]);
  const filter = joinConditions([
    ['(pool = ? OR pool_id = ?)', pool, pool],
    [`state IN (${states.map(() => '?').join(', ')})`, ...states],
  ]);
  return { range, filter, limit };
}
