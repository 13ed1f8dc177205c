import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../lib/domain/codes/errors.ts';
import { claim } from '../../lib/domain/delivery/attempt.ts';
import { type Delivery, planDelivery } from '../../lib/domain/delivery/delivery.ts';
import { openGate, proveKey } from '../../lib/domain/delivery/gate.ts';
import type { Act, Schedule } from '../../lib/domain/schedule/schedule.ts';
import { day, minute } from '../../lib/domain/time/instant.ts';
import { openDatabase } from '../../lib/sqlite/database.ts';
import { createQueue } from '../../lib/sqlite/queue.ts';
import { createStore } from '../../lib/sqlite/store.ts';
import { openTable } from '../aws/open-table.ts';
import { aDefinition, start } from '../rig.ts';
import { createMemoryStore, type Store } from '../simulation/world/memory-store.ts';

/** Each store that there is, empty; what follows must hold for all of them. */
const stores: [string, () => Promise<{ store: Store }>][] = [
  ['SQLite', async () => ({ store: createStore(openDatabase(':memory:')) })],
  ['the store of the simulation', async () => ({ store: createMemoryStore() })],
  ['DynamoDB', async () => ({ store: (await openTable()).store })],
];

function aSchedule(fields: Partial<Schedule> = {}): Schedule {
  const scheduleId = fields.scheduleId ?? 's';
  return {
    scheduleId,
    version: 1,
    writeId: 'w1',
    rev: 1,
    owner: 'console',
    definition: aDefinition({ id: scheduleId }),
    exceptions: [],
    notices: [],
    cursor: start,
    planFailures: 0,
    createdAt: start,
    lastAct: { scheduleId, rev: 1, at: start, who: 'test', what: 'save', pools: ['finance'] },
    ...fields,
  };
}

function aDelivery(fields: { pool?: string; dueAt?: number; scheduleId?: string } = {}): Delivery {
  const { pool = 'finance', dueAt = start, scheduleId = 's' } = fields;
  const key = { scheduleId, eventAt: dueAt, leadSeconds: 0, dueAt, pool };
  return planDelivery({ ...key, rev: 1, deadline: dueAt + 5 * minute }, dueAt - minute, 'w1');
}

function anAct(fields: Partial<Act> = {}): Act {
  return { ...aSchedule().lastAct, ...fields };
}

describe.each(stores)('%s', (_, open) => {
  it('gives back what was written', async () => {
    const { store } = await open();
    await store.writeSchedule(aSchedule());
    await store.writeDelivery(aDelivery());
    const gate = proveKey(openGate('default'), 'key', 'w');
    await store.writeGate(gate);
    expect(await store.getSchedule('s')).toEqual(aSchedule());
    expect(await store.getDelivery(aDelivery().deliveryId)).toEqual(aDelivery());
    expect(await store.getGate('default')).toEqual(gate);
  });

  it('has nothing that was not written', async () => {
    const { store } = await open();
    expect(await store.getSchedule('s')).toBeUndefined();
    expect(await store.getDelivery('s.0.0')).toBeUndefined();
    expect(await store.getGate('default')).toBeUndefined();
    expect(await store.getLastTickAt()).toBeUndefined();
    expect(await store.getCalendars()).toEqual({});
  });

  it('writes an item only over the version before it', async () => {
    const { store } = await open();
    const second = { version: 2, writeId: 'w2' };
    expect(await store.writeSchedule(aSchedule(second))).toBe('conflict');
    expect(await store.writeSchedule(aSchedule())).toBe('written');
    expect(await store.writeSchedule(aSchedule({ writeId: 'other' }))).toBe('conflict');
    expect(await store.writeSchedule(aSchedule(second))).toBe('written');
    expect(await store.writeSchedule(aSchedule(second))).toBe('conflict');
    expect(await store.getSchedule('s')).toMatchObject(second);
  });

  it('lets exactly one of many writers of the same version win', async () => {
    const { store } = await open();
    await store.writeDelivery(aDelivery());
    const claims = Array.from({ length: 20 }, (_, i) =>
      claim(aDelivery(), { text: 'Hi', poolId: 'p', token: `t${i}`, deadline: start + minute }, start),
    );
    const results = await Promise.all(claims.map((delivery) => store.writeDelivery(delivery)));
    expect(results.filter((result) => result === 'written')).toHaveLength(1);
  });

  it('wakes schedules by time, those that only a wrong clock can have written among them', async () => {
    const { store } = await open();
    const wakes = { late: start - 1, due: start, later: start + 1, wrong: start + 9_000 };
    for (const [scheduleId, wakeAt] of Object.entries(wakes)) {
      await store.writeSchedule(aSchedule({ scheduleId, wakeAt }));
    }
    await store.writeSchedule(aSchedule({ scheduleId: 'never' }));
    const range = { until: start, beyond: start + 8_000 };
    expect(await store.schedulesToWake(range, 10)).toEqual(['late', 'due', 'wrong']);
    expect(await store.schedulesToWake(range, 1)).toContain('late');
  });

  it('wakes sound and failing schedules in one order, the longest waiting first', async () => {
    const { store } = await open();
    const planError = 'no such zone';
    await store.writeSchedule(aSchedule({ scheduleId: 'a', wakeAt: start - 1 }));
    await store.writeSchedule(aSchedule({ scheduleId: 'b', wakeAt: start - 3 }));
    await store.writeSchedule(aSchedule({ scheduleId: 'c', wakeAt: start - 2, planError }));
    const range = { until: start, beyond: start + minute };
    expect(await store.schedulesToWake(range, 10)).toEqual(['b', 'c', 'a']);
  });

  it('wakes deliveries until they have ended', async () => {
    const { store } = await open();
    const delivery = aDelivery();
    await store.writeDelivery(delivery);
    expect(await store.deliveriesToWake(start, 10)).toEqual([]);
    expect(await store.deliveriesToWake(start + minute, 10)).toEqual([delivery.deliveryId]);
    const { wakeAt: _, ...ended } = { ...delivery, state: 'skipped' as const, version: 2 };
    await store.writeDelivery(ended);
    expect(await store.deliveriesToWake(start + minute, 10)).toEqual([]);
  });

  it('wakes deliveries at their very time, the longest waiting first', async () => {
    const { store } = await open();
    const [late, later] = [aDelivery({ dueAt: start + 1_000 }), aDelivery()];
    for (const delivery of [late, later]) await store.writeDelivery(delivery);
    expect(await store.deliveriesToWake(Number(later.wakeAt) - 1, 10)).toEqual([]);
    const both = [later.deliveryId, late.deliveryId];
    expect(await store.deliveriesToWake(Number(late.wakeAt), 10)).toEqual(both);
    expect(await store.deliveriesToWake(start + minute, 1)).toEqual(both.slice(0, 1));
  });

  it('lists schedules by id, page after page, without the deleted ones', async () => {
    const { store } = await open();
    for (const scheduleId of ['c', 'a', 'b', 'd']) await store.writeSchedule(aSchedule({ scheduleId }));
    await store.writeSchedule(aSchedule({ scheduleId: 'b', version: 2, deletedAt: start }));
    const first = await store.listSchedules({ limit: 2 });
    expect(first.items.map(({ scheduleId }) => scheduleId)).toEqual(['a', 'c']);
    const rest = await store.listSchedules({ limit: 2, cursor: first.nextCursor ?? '' });
    expect(rest.items.map(({ scheduleId }) => scheduleId)).toEqual(['d']);
    expect(rest.nextCursor).toBeUndefined();
    expect((await store.listSchedules({ limit: 3 })).nextCursor).toBeUndefined();
  });

  it('lists the schedules of one owner', async () => {
    const { store } = await open();
    await store.writeSchedule(aSchedule({ scheduleId: 'a', owner: 'file' }));
    await store.writeSchedule(aSchedule({ scheduleId: 'b' }));
    await store.writeSchedule(aSchedule({ scheduleId: 'c', owner: 'file' }));
    const deleted = { version: 2, deletedAt: start } as const;
    await store.writeSchedule(aSchedule({ scheduleId: 'c', owner: 'file', ...deleted }));
    const { items } = await store.listSchedules({ owner: 'file', limit: 10 });
    expect(items.map(({ scheduleId }) => scheduleId)).toEqual(['a']);
  });

  it('tells the schedules that cannot be planned, but for the deleted ones', async () => {
    const { store } = await open();
    await store.writeSchedule(aSchedule({ scheduleId: 'a' }));
    await store.writeSchedule(aSchedule({ scheduleId: 'b', planError: 'no such zone', wakeAt: start }));
    await store.writeSchedule(aSchedule({ scheduleId: 'c', planError: 'no such zone', deletedAt: start }));
    expect((await store.failingSchedules(10)).map(({ scheduleId }) => scheduleId)).toEqual(['b']);
  });

  it('lists deliveries newest first, page after page, each once', async () => {
    const { store } = await open();
    for (let i = 0; i < 7; i += 1) {
      await store.writeDelivery(aDelivery({ dueAt: start + (i >> 1) * minute, pool: `p${i}` }));
    }
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.listDeliveries({ limit: 3, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...page.items.map(({ pool }) => pool));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(seen.toSorted()).toEqual(['p0', 'p1', 'p2', 'p3', 'p4', 'p5', 'p6']);
    expect(seen[0]).toBe('p6');
  });

  it.each([
    ['schedule', { scheduleId: 'other' }, ['p3']],
    ['pool', { pool: 'p1' }, ['p1']],
    ['state', { states: ['expired'] as const }, []],
    ['time, half-open', { from: start + minute, to: start + 2 * minute }, ['p1']],
  ])('lists deliveries by %s', async (_name, query, pools) => {
    const { store } = await open();
    for (let i = 0; i < 3; i += 1) {
      await store.writeDelivery(aDelivery({ dueAt: start + i * minute, pool: `p${i}` }));
    }
    await store.writeDelivery(aDelivery({ scheduleId: 'other', pool: 'p3' }));
    const { items } = await store.listDeliveries({ ...query, limit: 10 });
    expect(items.map(({ pool }) => pool)).toEqual(pools);
  });

  it('lists no delivery that was due within the second before the span', async () => {
    const { store } = await open();
    await store.writeDelivery(aDelivery());
    expect((await store.listDeliveries({ limit: 9, from: start })).items).toHaveLength(1);
    for (const from of [start + 1, start + 999])
      expect((await store.listDeliveries({ limit: 9, from })).items).toEqual([]);
  });

  it('lists deliveries by the id of the pool', async () => {
    const { store } = await open();
    await store.writeDelivery({ ...aDelivery(), poolId: 'id-1' });
    await store.writeDelivery(aDelivery({ pool: 'other' }));
    const { items } = await store.listDeliveries({ pool: 'id-1', limit: 10 });
    expect(items.map(({ pool }) => pool)).toEqual(['finance']);
  });

  it.each([
    ['of all schedules', {}, ['b2', 'a2', 'b1', 'a1']],
    ['of one schedule', { scheduleId: 'a' }, ['a2', 'a1']],
  ])('lists the acts %s newest first, page after page, each once', async (_name, query, expected) => {
    const { store } = await open();
    const acts = [
      ['a', 1, start - 40 * day],
      ['b', 1, start - 2],
      ['a', 2, start - 1],
      ['b', 2, start],
    ] as const;
    for (const [scheduleId, rev, at] of acts) await store.putAct(anAct({ scheduleId, rev, at }));
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.listActs({ ...query, limit: 1, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...page.items.map(({ scheduleId, rev }) => `${scheduleId}${rev}`));
      cursor = page.nextCursor;
    } while (cursor !== undefined && seen.length < 9);
    expect(seen).toEqual(expected);
  });

  it.each([
    ['pool', { pool: 'other' }, [2]],
    ['time, half-open', { from: start + 1, to: start + 2 }, [2]],
    ['time, half-open, of one schedule', { scheduleId: 's', from: start + 1, to: start + 2 }, [2]],
    ['schedule without any', { scheduleId: 'other' }, []],
  ])('lists acts by %s', async (_name, query, revisions) => {
    const { store } = await open();
    for (const rev of [1, 2, 3]) {
      await store.putAct(anAct({ rev, at: start + rev - 1, pools: [rev === 2 ? 'other' : 'finance'] }));
    }
    const { items } = await store.listActs({ ...query, limit: 10 });
    expect(items.map(({ rev }) => rev)).toEqual(revisions);
  });

  it('replaces the record of an act only by the one that alone tells what was going out', async () => {
    const { store } = await open();
    const read = async () => (await store.listActs({ scheduleId: 's', limit: 9 })).items;
    await store.putAct(anAct());
    await store.putAct(anAct({ who: 'other' }));
    expect(await read()).toEqual([anAct()]);
    await store.putAct(anAct({ goingOut: ['d1'] }));
    await store.putAct(anAct({ goingOut: ['d2'] }));
    await store.putAct(anAct());
    expect(await read()).toEqual([anAct({ goingOut: ['d1'] })]);
  });

  it('keeps acts and gaps once, however often they are put', async () => {
    const { store } = await open();
    const gap = { scheduleId: 's', from: start, to: start + 1, notifications: 1, pools: ['finance'] };
    await store.putAct(aSchedule().lastAct);
    await store.putAct({ ...aSchedule().lastAct, who: 'other' });
    await store.putGap(gap);
    await expect(store.putGap(gap)).resolves.toBeUndefined();
  });

  it('keeps the longer of two gaps that begin together', async () => {
    const { store } = await open();
    const gap = { scheduleId: 's', from: start, to: start + 2, notifications: 2, pools: ['finance'] };
    await store.putGap({ ...gap, to: start + 1, notifications: 1 });
    await store.putGap(gap);
    await store.putGap({ ...gap, to: start + 1, notifications: 1 });
    expect(await store.listGaps('s')).toEqual([gap]);
    expect(await store.listGaps('other')).toEqual([]);
  });

  it('writes the lock of a schedule file only over the version before it', async () => {
    const { store } = await open();
    const lock = { answered: [], version: 1, writeId: 'w1' };
    const holder = { token: 't', who: 'ana', since: start, until: start + 60_000 };
    const held = { ...lock, holder, version: 2, writeId: 'w2' };
    expect(await store.getApplyLock()).toBeUndefined();
    expect(await store.writeApplyLock(held)).toBe('conflict');
    expect(await store.writeApplyLock(lock)).toBe('written');
    expect(await store.writeApplyLock(lock)).toBe('conflict');
    expect(await store.writeApplyLock(held)).toBe('written');
    expect(await store.writeApplyLock(held)).toBe('conflict');
    expect(await store.getApplyLock()).toEqual(held);
  });

  it('keeps the calendars and the time of the last tick', async () => {
    const { store } = await open();
    await store.putCalendars({ cn: { exclude: ['2026-10-01'], include: [] } });
    await store.putLastTickAt(start);
    expect(await store.getCalendars()).toEqual({ cn: { exclude: ['2026-10-01'], include: [] } });
    expect(await store.getLastTickAt()).toBe(start);
  });
});

describe.each(stores.filter(([name]) => !name.includes('simulation')))('%s', (_, open) => {
  it.each(['nonsense', '~', '#', '1', 'sms.'])(
    'refuses the cursor "%s", which it never gave',
    async (cursor) => {
      const { store } = await open();
      const lists = [
        () => store.listDeliveries({ limit: 2, cursor }),
        () => store.listDeliveries({ limit: 2, scheduleId: 's', cursor }),
        () => store.listActs({ limit: 2, cursor }),
        () => store.listActs({ limit: 2, scheduleId: 's', cursor }),
      ];
      for (const list of lists) await expect(list()).rejects.toThrow(InvalidInputError);
    },
  );
});

function openSqlite() {
  const database = openDatabase(':memory:');
  return { store: createStore(database), queue: createQueue(database) };
}

describe('SQLite alone', () => {
  it('is bound to one project for good', async () => {
    const { store } = openSqlite();
    await store.stamp('https://workspace.example.com project p');
    await store.stamp('https://workspace.example.com project p');
    await expect(store.stamp('https://workspace.example.com project q')).rejects.toThrow(
      'this data belongs to',
    );
  });

  it('reads a schedule again that another process has changed', async () => {
    const database = openDatabase(':memory:');
    const [own, other] = [createStore(database), createStore(database)];
    await own.writeSchedule(aSchedule());
    expect(await own.getSchedule('s')).toMatchObject({ rev: 1 });
    await other.writeSchedule(aSchedule({ version: 2, rev: 2 }));
    expect(await own.getSchedule('s')).toMatchObject({ rev: 2 });
  });

  it('hands out messages when they are due, the nearest deadline first', async () => {
    const { store, queue } = openSqlite();
    const later = aDelivery({ dueAt: start + minute, pool: 'later' });
    const sooner = aDelivery({ pool: 'sooner' });
    for (const delivery of [later, sooner]) {
      await store.writeDelivery(delivery);
      await queue.enqueueSend({ deliveryId: delivery.deliveryId, hops: 1 }, start);
    }
    expect(queue.dueMessages('send', start - 1, 10)).toEqual([]);
    expect(queue.nextMessageAt(start - 1)).toBe(start);
    expect(queue.dueMessages('send', start, 10)).toMatchObject([
      { deliveryId: sooner.deliveryId, hops: 1, kind: 'send' },
      { deliveryId: later.deliveryId },
    ]);
  });

  it('keeps a message that was enqueued again for the same time while it was worked on', async () => {
    const { store, queue } = openSqlite();
    const { deliveryId } = aDelivery();
    await store.writeDelivery(aDelivery());
    await queue.enqueueSend({ deliveryId, hops: 0 }, start);
    const [message] = queue.dueMessages('send', start, 1);
    // The planner hands it over again, and the next look at what is due finds it.
    await queue.enqueueSend({ deliveryId, hops: 0 }, start);
    queue.dueMessages('send', start, 1);
    if (message !== undefined) await queue.settle(message);
    const [again] = queue.dueMessages('send', start, 1);
    expect(again).toMatchObject({ deliveryId });
    queue.dueMessages('send', start, 1);
    if (again !== undefined) await queue.settle(again);
    expect(queue.dueMessages('send', start, 1)).toEqual([]);
  });

  it('forgets a message that was worked on, but not one that has taken its place', async () => {
    const { store, queue } = openSqlite();
    const { deliveryId } = aDelivery();
    await store.writeDelivery(aDelivery());
    await queue.enqueueSend({ deliveryId, hops: 0 }, start);
    const [message] = queue.dueMessages('send', start, 1);
    await queue.enqueueSend({ deliveryId, hops: 1 }, start + 1);
    if (message !== undefined) await queue.settle(message);
    const [newer] = queue.dueMessages('send', start + 1, 1);
    expect(newer).toMatchObject({ hops: 1 });
    if (newer !== undefined) await queue.settle(newer);
    expect(queue.dueMessages('send', start + 1, 1)).toEqual([]);
  });
});
