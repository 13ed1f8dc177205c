import type { Instant } from '../domain/time/instant.ts';
import type { Database } from './database.ts';

/** Rows of one kind deleted in one commit: nothing else waits for long. */
const batchSize = 1_000;

export type Retention = {
  /** Deletes deliveries, acts, gaps and schedules that ended before; gives the number of rows. */
  forget(before: Instant): Promise<number>;
};

export function createRetention({ sql, write }: Database): Retention {
  // An open delivery is never deleted, however old: the sweep ends it first.
  const deletions = [
    `DELETE FROM deliveries WHERE id IN
       (SELECT id FROM deliveries WHERE due_at < ? AND wake_at IS NULL ORDER BY due_at LIMIT ${batchSize})`,
    `DELETE FROM acts WHERE rowid IN (SELECT rowid FROM acts WHERE at < ? ORDER BY at LIMIT ${batchSize})`,
    `DELETE FROM gaps WHERE rowid IN (SELECT rowid FROM gaps WHERE to_at < ? LIMIT ${batchSize})`,
    `DELETE FROM schedules WHERE id IN
       (SELECT id FROM schedules WHERE is_deleted AND item ->> '$.deletedAt' < ? LIMIT ${batchSize})`,
    `DELETE FROM schedules WHERE id IN
       (SELECT id FROM schedules WHERE NOT is_deleted AND owner = 'adhoc' AND wake_at IS NULL
          AND item ->> '$.cursor' < ? LIMIT ${batchSize})`,
  ].map((text) => sql.prepare(text));
  return {
    async forget(before) {
      let total = 0;
      for (const deletion of deletions) {
        for (let count = batchSize; count === batchSize; total += count) {
          count = await write(() => Number(deletion.run(before).changes));
        }
      }
      return total;
    },
  };
}
