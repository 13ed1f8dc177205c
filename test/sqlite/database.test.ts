import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConflictError, StoreError } from '../../lib/domain/codes/errors.ts';
import { openDatabase } from '../../lib/sqlite/database.ts';
import { migrations } from '../../lib/sqlite/migrations.ts';

function aPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'deskbell-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'data', 'deskbell.db');
}

function aDatabase(path = ':memory:') {
  const database = openDatabase(path);
  database.sql.exec('CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)');
  const insert = database.sql.prepare('INSERT INTO notes VALUES (?, ?)');
  const write = (id: number, text: string | null) => database.write(() => insert.run(id, text));
  const ids = () =>
    database.sql
      .prepare('SELECT id FROM notes ORDER BY id')
      .all()
      .map(({ id }) => id);
  return { database, write, ids };
}

describe('writes of one turn', () => {
  it('stand although one of them fails', async () => {
    const { write, ids } = aDatabase();
    const results = await Promise.allSettled([write(1, 'a'), write(2, null), write(3, 'c')]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(ids()).toEqual([1, 3]);
  });

  it('all fail, and leave nothing, when SQLite gives up the transaction', async () => {
    const { database, write, ids } = aDatabase();
    const { page_count } = database.sql.prepare('PRAGMA page_count').get() ?? {};
    database.sql.exec(`PRAGMA max_page_count = ${page_count}`);
    const large = 'x'.repeat(1_000_000);
    const results = await Promise.allSettled([write(1, 'a'), write(2, large), write(3, 'c')]);
    for (const result of results) {
      expect(result).toMatchObject({ status: 'rejected', reason: expect.any(StoreError) });
    }
    expect(ids()).toEqual([]);
    await write(4, 'd');
    expect(ids()).toEqual([4]);
  });

  it('are all made, however many they are', async () => {
    const { write, ids } = aDatabase();
    const writes = Array.from({ length: 300 }, (_, id) => write(id, 'a'));
    for (let turn = 0; turn < 3; turn += 1) await setImmediate();
    expect(ids()).toHaveLength(300);
    await Promise.all(writes);
  });

  it('are told of only when they are on the disk', async () => {
    const { database, write } = aDatabase();
    await write(1, 'a');
    expect(database.sql.isTransaction).toBe(false);
  });
});

describe('a file', () => {
  it('of a newer version is refused with what to do', () => {
    const path = aPath();
    const newer = openDatabase(path);
    newer.sql.exec('PRAGMA user_version = 99');
    newer.close();
    expect(() => openDatabase(path)).toThrow('run the newer Deskbell');
  });

  it('of an older version is brought up to date', () => {
    const path = aPath();
    mkdirSync(dirname(path));
    const older = new DatabaseSync(path);
    older.exec(`${migrations[0]}; PRAGMA user_version = 1`);
    older.close();
    const { sql } = openDatabase(path);
    const indexes = sql.prepare("SELECT name FROM sqlite_schema WHERE type = 'index'").all();
    expect(indexes.map(({ name }) => name)).toContain('deliveries_to_send');
    expect(sql.prepare('PRAGMA user_version').get()).toEqual({ user_version: migrations.length });
    sql.close();
  });

  it('is read by its owner alone', () => {
    const path = aPath();
    openDatabase(path).close();
    expect([path, dirname(path)].map((one) => statSync(one).mode & 0o777)).toEqual([0o600, 0o700]);
  });

  it('has each commit on the disk before it is told of, and waits for others seconds long', () => {
    const { sql } = openDatabase(aPath());
    expect(sql.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
    expect(sql.prepare('PRAGMA busy_timeout').get()).toEqual({ timeout: 5_000 });
    sql.close();
  });

  it('keeps what waited to be written when it was closed', async () => {
    const path = aPath();
    const { database, write } = aDatabase(path);
    const written = write(1, 'a');
    database.close();
    await written;
    const again = aDatabase(path);
    expect(again.ids()).toEqual([1]);
    again.database.close();
  });

  it('that cannot be read says so, and nothing else is taken for that', async () => {
    const { database } = aDatabase();
    const unreadable = database.read(() => database.sql.prepare('SELECT 1 FROM nothing'));
    await expect(unreadable).rejects.toThrow(StoreError);
    const conflict = new ConflictError('changed');
    const fail = () => {
      throw conflict;
    };
    await expect(database.read(fail)).rejects.toThrow(conflict);
  });

  it.each<[string, (path: string) => void]>([
    ['was deleted', (path) => rmSync(path)],
    ['was deleted with its folder', (path) => rmSync(dirname(path), { recursive: true })],
    [
      'was replaced by a copy',
      (path) => {
        copyFileSync(path, `${path}.copy`);
        renameSync(`${path}.copy`, path);
      },
    ],
    ['has lost its log', (path) => rmSync(`${path}-wal`)],
  ])('that %s takes no more writes, and says so', async (_, harm) => {
    const path = aPath();
    const { database, write } = aDatabase(path);
    await write(1, 'a');
    expect(database.trouble()).toBeUndefined();
    harm(path);
    expect(database.trouble()).toMatchObject({ failedWrites: 0, reason: expect.stringContaining(path) });
    await expect(write(2, 'b')).rejects.toThrow('was deleted or replaced while Deskbell ran');
    await expect(write(3, 'c')).rejects.toThrow(StoreError);
    expect(database.trouble()).toMatchObject({ failedWrites: 2 });
    database.close();
  });

  it('counts the writes that fail in a row, until one does not', async () => {
    const { database, write } = aDatabase();
    const { page_count } = database.sql.prepare('PRAGMA page_count').get() ?? {};
    database.sql.exec(`PRAGMA max_page_count = ${page_count}`);
    const large = 'x'.repeat(1_000_000);
    await Promise.allSettled([write(1, large), write(2, large)]);
    await expect(write(3, large)).rejects.toThrow();
    expect(database.trouble()).toEqual({ failedWrites: 3, reason: 'database or disk is full' });
    await write(4, 'd');
    expect(database.trouble()).toBeUndefined();
  });

  it('of this version is opened without a write, as on a full disk', () => {
    const path = aPath();
    openDatabase(path).close();
    const other = openDatabase(path);
    other.sql.exec('BEGIN IMMEDIATE');
    const { sql } = openDatabase(path);
    other.sql.exec('ROLLBACK');
    sql.close();
    other.close();
  });

  it('that cannot be made is refused', () => {
    expect(() => openDatabase('/dev/null/deskbell.db')).toThrow(StoreError);
  });
});
