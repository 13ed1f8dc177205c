import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { messageOf, StoreError } from '../domain/errors.ts';
import { migrations } from './migrations.ts';

/** Waits this long for another process that holds the file. */
const busyTimeoutMs = 5_000;
/** Writes of one event-loop turn that share a commit. */
const longestGroup = 128;

/** One SQLite file. Reads are at once; writes of the same turn share one commit. */
export type Database = {
  /** For reads only. */
  readonly sql: DatabaseSync;
  /**
   * Runs inside the next transaction; settles after its commit is on the disk.
   *
   * @throws StoreError when the transaction fails; then nothing of it was written.
   */
  write<T>(run: () => T): Promise<T>;
  /** Commits what waits, then closes the file. */
  close(): void;
};

type Waiting = { run: () => unknown; settle: (value: never) => void; fail: (cause: unknown) => void };

/**
 * Opens the file, makes it when it is absent, and brings its schema up to date.
 *
 * @param path `:memory:` for a store that goes with the process.
 * @throws StoreError when the file cannot be used, or was written by a newer version.
 */
export function openDatabase(path: string): Database {
  const sql = openFile(path);
  let waiting: Waiting[] = [];

  function commit(): void {
    while (waiting.length > 0) {
      const group = waiting.slice(0, longestGroup);
      waiting = waiting.slice(longestGroup);
      commitGroup(sql, group);
    }
  }

  return {
    sql,
    write(run) {
      return new Promise((settle, fail) => {
        waiting.push({ run, settle, fail });
        if (waiting.length === 1) setImmediate(commit);
      });
    },
    close() {
      commit();
      sql.close();
    },
  };
}

function openFile(path: string): DatabaseSync {
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const sql = new DatabaseSync(path, { timeout: busyTimeoutMs });
    if (path !== ':memory:') chmodSync(path, 0o600);
    sql.exec('PRAGMA journal_mode = WAL');
    // With NORMAL a power cut rolls back a lease, and the pop-up comes twice.
    sql.exec('PRAGMA synchronous = FULL');
    migrate(sql);
    return sql;
  } catch (cause) {
    throw cause instanceof StoreError
      ? cause
      : new StoreError(`${path} cannot be used: ${messageOf(cause)}`, { cause });
  }
}

function migrate(sql: DatabaseSync): void {
  sql.exec('BEGIN IMMEDIATE');
  try {
    const version = Number(sql.prepare('PRAGMA user_version').get()?.user_version);
    if (version > migrations.length) {
      throw new StoreError(
        `the file has schema version ${version}, and this Deskbell knows ${migrations.length}: run the newer Deskbell`,
      );
    }
    for (const migration of migrations.slice(version)) sql.exec(migration);
    sql.exec(`PRAGMA user_version = ${migrations.length}`);
    sql.exec('COMMIT');
  } catch (cause) {
    sql.exec('ROLLBACK');
    throw cause;
  }
}

function commitGroup(sql: DatabaseSync, group: readonly Waiting[]): void {
  const settlements: (() => void)[] = [];
  try {
    sql.exec('BEGIN IMMEDIATE');
    for (const { run, settle, fail } of group) {
      try {
        const value = run() as never;
        settlements.push(() => settle(value));
      } catch (cause) {
        // SQLite undoes the failed statement alone; the others of the group stand.
        settlements.push(() => fail(new StoreError(messageOf(cause), { cause })));
      }
    }
    sql.exec('COMMIT');
  } catch (cause) {
    if (sql.isTransaction) sql.exec('ROLLBACK');
    const error = new StoreError(`the store could not be written: ${messageOf(cause)}`, { cause });
    for (const { fail } of group) fail(error);
    return;
  }
  for (const settlement of settlements) settlement();
}
