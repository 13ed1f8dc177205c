import { DatabaseSync } from 'node:sqlite';
import { messageOf, StoreError } from '../domain/codes/errors.ts';
import { migrations } from './migrations.ts';

/** What a store's file says of itself. */
export type Inspection = {
  schemaVersion: number;
  /** The newest that this Deskbell knows. */
  newestVersion: number;
  /** What it is bound to; absent before the first start. */
  target?: string;
};

/**
 * Looks at a store without changing it, even if another process has it open.
 *
 * @throws StoreError when the file cannot be read.
 */
export function inspectStore(path: string): Inspection {
  try {
    const sql = new DatabaseSync(path, { readOnly: true, timeout: 2_000 });
    try {
      const schemaVersion = Number(sql.prepare('PRAGMA user_version').get()?.user_version);
      const target =
        schemaVersion === 0
          ? undefined
          : sql.prepare("SELECT value FROM meta WHERE key = 'target'").get()?.value;
      const newestVersion = migrations.length;
      return typeof target === 'string'
        ? { schemaVersion, newestVersion, target }
        : { schemaVersion, newestVersion };
    } finally {
      sql.close();
    }
  } catch (cause) {
    throw new StoreError(`${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
}
