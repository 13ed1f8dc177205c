import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { StoreError } from '../../lib/domain/errors.ts';
import { openDatabase } from '../../lib/sqlite/database.ts';

function aDatabase() {
  const database = openDatabase(':memory:');
  database.sql.exec('CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)');
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

  it('are told of only when they are on the disk', async () => {
    const { database, write } = aDatabase();
    await write(1, 'a');
    expect(database.sql.isTransaction).toBe(false);
  });
});

describe('a file', () => {
  it('of a newer version is refused with what to do', () => {
    const folder = mkdtempSync(join(tmpdir(), 'deskbell-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'deskbell.db');
    const newer = openDatabase(path);
    newer.sql.exec('PRAGMA user_version = 99');
    newer.close();
    expect(() => openDatabase(path)).toThrow('run the newer Deskbell');
  });

  it('that cannot be made is refused', () => {
    expect(() => openDatabase('/dev/null/deskbell.db')).toThrow(StoreError);
  });
});
