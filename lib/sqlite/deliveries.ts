import type { Delivery } from '../domain/delivery.ts';
import type { DeliveryQuery, DeliveryStore } from '../ports.ts';
import { type Conditions, joinConditions, positionIn } from './conditions.ts';
import type { Database } from './database.ts';
import { itemOf, itemsOf, pageOf, writeResult } from './rows.ts';

/** Deliveries: the item as JSON, and beside it what is searched by. */
export function createDeliveryStore({ sql, read, write }: Database): DeliveryStore {
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
  const toWake = sql.prepare('SELECT id FROM deliveries WHERE wake_at <= ? ORDER BY wake_at LIMIT ?');

  return {
    async getDelivery(deliveryId) {
      return itemOf<Delivery>(read(() => get.get(deliveryId)));
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
      const { where, params } = conditionsOf(query);
      const list = sql.prepare(
        `SELECT item FROM deliveries WHERE ${where} ORDER BY due_at DESC, id DESC LIMIT ?`,
      );
      const items = read(() => itemsOf<Delivery>(list, [...params, query.limit + 1]));
      return pageOf(items, query.limit, ({ dueAt, deliveryId }) => `${dueAt}~${deliveryId}`);
    },
    async deliveriesToWake(until, limit) {
      return read(() => toWake.all(until, limit)).map(({ id }) => String(id));
    },
  };
}

function conditionsOf({ scheduleId, pool, states = [], from, to, cursor }: DeliveryQuery): Conditions {
  return joinConditions([
    ['schedule_id = ?', scheduleId],
    ['(pool = ? OR pool_id = ?)', pool, pool],
    [`state IN (${states.map(() => '?').join(', ')})`, ...states],
    ['due_at >= ?', from],
    ['due_at < ?', to],
    [
      '(due_at, id) < (CAST(? AS INTEGER), ?)',
      ...positionIn(cursor, /^(\d{1,15})~([a-z0-9-]+\.[a-z0-9]+\.[a-z0-9]+)$/),
    ],
  ]);
}
