import { chmodSync, mkdirSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DeskbellError, messageOf, StoreError } from '../domain/codes/errors.ts';
import type { StoreTrouble } from '../ports.ts';
import { migrations } from './migrations.ts';

/** Waits this long for another process that holds the file. */
const busyTimeoutMs = 5_000;
/** Writes that share a commit. */
const longestGroup = 128;
/** After so many milliseconds of reads, whatever else the process has to do comes first. */
const longestHoldMs = 10;

/** One SQLite file. Writes of one turn of the event loop share a commit. */
export type Database = {
  /** To prepare statements with. */
  readonly sql: DatabaseSync;
  /**
   * Reads at once, or in turn with others after reads have held the event loop for long.
   *
   * @throws StoreError when the file cannot be read.
   */
  read<T>(run: () => T): Promise<T>;
  /**
   * Runs inside the next transaction; settles after its commit is on the disk.
   *
   * @throws StoreError when the transaction fails; then nothing of it was written.
   */
  write<T>(run: () => T): Promise<T>;
  /** Why writes fail just now; undefined while they do not. */
  trouble(): StoreTrouble | undefined;
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
  const watch = watchFile(path);
  let waiting: Waiting[] = [];
  let failing: StoreTrouble | undefined;
  /** What reads have taken of this turn of the event loop, and those that wait for the next one. */
  let heldMs = 0;
  const reading: (() => void)[] = [];

  /** One group in each turn of the event loop: a commit waits for the disk. */
  function commit(): void {
    const group = waiting.slice(0, longestGroup);
    if (group.length === 0) return;
    waiting = waiting.slice(longestGroup);
    const reason = commitGroup(sql, watch, group);
    const failedWrites = (failing?.failedWrites ?? 0) + group.length;
    failing = reason === undefined ? undefined : { failedWrites, reason };
    if (waiting.length > 0) setImmediate(commit);
  }

  function readNow<T>(run: () => T): T {
    if (heldMs === 0) setImmediate(startTurn);
    const begunAt = performance.now();
    try {
      return run();
    } catch (cause) {
      throw cause instanceof DeskbellError ? cause : storeError(cause);
    } finally {
      heldMs += performance.now() - begunAt;
    }
  }

  /** Those who wait come first, each in turn: a long list makes many reads, and goes to the end of the line each time. */
  function startTurn(): void {
    heldMs = 0;
    while (reading.length > 0 && heldMs <= longestHoldMs) reading.shift()?.();
  }

  return {
    sql,
    async read(run) {
      if (heldMs <= longestHoldMs) return readNow(run);
      return new Promise((settle, fail) => {
        reading.push(() => {
          try {
            settle(readNow(run));
          } catch (cause) {
            fail(cause);
          }
        });
      });
    },
    write(run) {
      return new Promise((settle, fail) => {
        waiting.push({ run, settle, fail });
        if (waiting.length === 1) setImmediate(commit);
      });
    },
    trouble() {
      const reason = watch();
      return reason === undefined ? failing : { failedWrites: failing?.failedWrites ?? 0, reason };
    },
    close() {
      while (waiting.length > 0) commit();
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
      : new StoreError(`${path} cannot be used: ${messageOf(cause)}${hintFor(path)}`, { cause });
  }
}

/** SQLite says only that it cannot read or write, and needs some space to open a file that is there. */
function hintFor(path: string): string {
  try {
    return statfsSync(dirname(path)).bavail === 0 ? '; its disk is full: make room, and start again' : '';
  } catch {
    return '';
  }
}

/**
 * Looks whether the path still names the files that are open: what is written to a file that was deleted or replaced
 * is lost with the next start.
 */
function watchFile(path: string): () => string | undefined {
  if (path === ':memory:') return () => undefined;
  const opened = identityOf(path);
  return () =>
    opened === undefined || [opened, undefined].includes(identityOf(path))
      ? undefined
      : `${path} was deleted or replaced while Deskbell ran; stop Deskbell, put the file back, and start it again`;
}

/** Of the file and its log; undefined when that cannot be seen just now, which says nothing of what is written. */
function identityOf(path: string): string | undefined {
  try {
    const files = [path, `${path}-wal`].map((each) => statSync(each, { throwIfNoEntry: false }));
    return files.map((file) => `${file?.dev}/${file?.ino}`).join(' ');
  } catch {
    return undefined;
  }
}

function migrate(sql: DatabaseSync): void {
  // Nothing is written where nothing has to be: the disk may be full.
  if (versionOf(sql) === migrations.length) return;
  sql.exec('BEGIN IMMEDIATE');
  try {
    const version = versionOf(sql);
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

function versionOf(sql: DatabaseSync): number {
  return Number(sql.prepare('PRAGMA user_version').get()?.user_version);
}

/** @returns why nothing of the group is on the disk; undefined when it is. */
function commitGroup(
  sql: DatabaseSync,
  watch: () => string | undefined,
  group: readonly Waiting[],
): string | undefined {
  try {
    const reason = watch();
    if (reason !== undefined) throw new Error(reason);
    const settlements = runGroup(sql, group);
    for (const settlement of settlements) settlement();
    return undefined;
  } catch (cause) {
    for (const { fail } of group) fail(storeError(cause));
    return messageOf(cause);
  }
}

/** Writes and commits; gives how to tell each of the group what came of it, to be done once all is on the disk. */
function runGroup(sql: DatabaseSync, group: readonly Waiting[]): (() => void)[] {
  const settlements: (() => void)[] = [];
  try {
    sql.exec('BEGIN IMMEDIATE');
    for (const { run, settle, fail } of group) {
      try {
        const value = run() as never;
        settlements.push(() => settle(value));
      } catch (cause) {
        // SQLite undoes the failed statement alone, and the others of the group stand; or, as when the disk is
        // full, the whole transaction, and then nothing more may be written outside of it.
        if (!sql.isTransaction) throw cause;
        settlements.push(() => fail(storeError(cause)));
      }
    }
    sql.exec('COMMIT');
    return settlements;
  } finally {
    if (sql.isTransaction) sql.exec('ROLLBACK');
  }
}

function storeError(cause: unknown): StoreError {
  return new StoreError(`the store cannot be used: ${messageOf(cause)}`, { cause });
}
