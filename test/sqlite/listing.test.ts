import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../lib/domain/delivery/delivery.ts';
import { openDatabase } from '../../lib/sqlite/database.ts';
import { createStore } from '../../lib/sqlite/store.ts';

function aStore(count: number, fields: (i: number) => object = () => ({})) {
  const database = openDatabase(':memory:');
  const insert = database.sql.prepare(
    `INSERT INTO deliveries (id, version, schedule_id, pool, pool_id, state, due_at, deadline, item)
     VALUES (?, 1, ?, ?, NULL, ?, ?, 0, ?)`,
  );
  for (let i = 0; i < count; i += 1) {
    const delivery = {
      ...{ deliveryId: `s.${i.toString(36).padStart(4, '0')}.a`, scheduleId: 's', pool: 'finance' },
      ...{ state: 'delivered', dueAt: Math.floor(i / 3), ...fields(i) },
    } as Delivery;
    const { deliveryId, scheduleId, pool, state, dueAt } = delivery;
    insert.run(deliveryId, scheduleId, pool, state, dueAt, JSON.stringify(delivery));
  }
  return createStore(database);
}

async function idsOf(store: ReturnType<typeof aStore>, query: object) {
  const ids: string[] = [];
  const lengths: number[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.listDeliveries({
      ...query,
      limit: 50,
      ...(cursor === undefined ? {} : { cursor }),
    });
    lengths.push(page.items.length);
    ids.push(...page.items.map(({ deliveryId }) => deliveryId));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return { ids, lengths };
}

describe('a list of many rows', () => {
  // The last rows of windows are among them.
  const isRejected = (i: number) => i % 10_000 === 0 || i === 27_005;
  const store = aStore(30_000, (i) => (isRejected(i) ? { state: 'rejected', pool: 'support' } : {}));
  const rejected = [27_005, 20_000, 10_000, 0].map((i) => `s.${i.toString(36).padStart(4, '0')}.a`);

  it.each([{ states: ['rejected'] }, { pool: 'support' }, { scheduleId: 's', states: ['rejected'] }])(
    'finds the few that pass its filter %j, the latest first, however far apart they are',
    async (query) => {
      expect(await idsOf(store, query)).toEqual({ ids: rejected, lengths: [4] });
    },
  );

  it('gives each row once, page by page, though many are due together', async () => {
    const { ids } = await idsOf(store, { from: 0, to: 400 });
    expect(ids).toHaveLength(1_200);
    expect(ids).toEqual([...new Set(ids)].toSorted().toReversed());
  });

  it('ends where nothing is left', async () => {
    expect(await idsOf(store, { pool: 'nowhere' })).toEqual({ ids: [], lengths: [0] });
  });

  it('lets others work in between', async () => {
    let turns = 0;
    let isDone = false;
    const count = () => {
      turns += 1;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    for (let i = 0; i < 20; i += 1) await store.listDeliveries({ pool: 'nowhere', limit: 50 });
    isDone = true;
    expect(turns).toBeGreaterThan(1);
  });
});

describe('while long lists are read', () => {
  const pause = (ms: number) => {
    for (const until = performance.now() + ms; performance.now() < until; );
  };

  /** Ten make five reads of 4 ms one after the other, as lists do, and one makes three short ones. */
  async function readTogether(): Promise<string[]> {
    const { read } = openDatabase(':memory:');
    const ended: string[] = [];
    const make = async (name: string, count: number, ms: number) => {
      for (let i = 0; i < count; i += 1) await read(() => pause(ms));
      ended.push(name);
    };
    const lists = Array.from({ length: 10 }, () => make('list', 5, 4));
    await Promise.all([...lists, make('short', 3, 0)]);
    return ended;
  }

  it('short reads come in turn, and do not wait for the end of the lists', async () => {
    expect((await readTogether())[0]).toBe('short');
  });

  it('the event loop goes round every three reads or so', async () => {
    let turns = 0;
    let isDone = false;
    const count = () => {
      turns += 1;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    await readTogether();
    isDone = true;
    expect(turns).toBeGreaterThan(10);
  });
});

describe('a list of large rows', () => {
  it('answers shorter pages, and at least one row', async () => {
    const store = aStore(10, (i) => ({ note: 'x'.repeat(i === 9 ? 3_000_000 : 400_000) }));
    const { ids, lengths } = await idsOf(store, {});
    expect(lengths).toEqual([1, 3, 3, 3]);
    expect(new Set(ids).size).toBe(10);
  });
});
