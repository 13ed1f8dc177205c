import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { AwsApi } from '../../lib/aws/api.ts';
import { createDynamoStore } from '../../lib/aws/dynamo-store.ts';
import { StoreError } from '../../lib/domain/codes/errors.ts';
import { planDelivery } from '../../lib/domain/delivery/delivery.ts';
import { openGate } from '../../lib/domain/delivery/gate.ts';
import type { Act, Schedule } from '../../lib/domain/schedule/schedule.ts';
import { day, hour, minute } from '../../lib/domain/time/instant.ts';
import type { DeliveryQuery } from '../../lib/ports.ts';
import { change } from '../../lib/usecases/change.ts';
import { aDefinition, start } from '../rig.ts';
import { openProxiedTable, openTable } from './open-table.ts';
import { createTestTable, startDynamo, tableName } from './table.ts';

function aDelivery(dueAt: number, pool = 'finance') {
  const key = { scheduleId: 's', eventAt: dueAt, leadSeconds: 0, dueAt, pool };
  return planDelivery({ ...key, rev: 1, deadline: dueAt + 5 * minute }, dueAt - minute, 'w1');
}

function aSchedule(fields: Partial<Schedule> & Pick<Schedule, 'lastAct'>): Schedule {
  return {
    scheduleId: 's',
    version: 1,
    writeId: 'w1',
    rev: 1,
    owner: 'console',
    definition: aDefinition({ id: 's' }),
    exceptions: [],
    notices: [],
    cursor: start,
    planFailures: 0,
    createdAt: start,
    ...fields,
  };
}

function anAct(fields: Partial<Act> = {}): Act {
  return { scheduleId: 's', rev: 1, at: start, who: 'ana', what: 'save', pools: [], ...fields };
}

describe('the store on DynamoDB', () => {
  it('knows its own write again when the answer was lost and the client repeated it', async () => {
    const { proxy, store } = await openProxiedTable();
    let puts = 0;
    proxy.spoil(({ operation }) => (operation === 'PutItem' && ++puts === 1 ? 'lose' : 'pass'));
    const { isMine } = await change(
      { read: () => store.getGate('default'), write: (gate) => store.writeGate(gate) },
      (seen) => (seen === undefined ? { ...openGate('default'), version: 1, writeId: 'mine' } : undefined),
    );
    expect({ puts, isMine }).toEqual({ puts: 2, isMine: true });
  });

  it('says so when the table cannot be used', async () => {
    const { proxy, store } = await openProxiedTable();
    proxy.spoil(() => 'refuse');
    await expect(store.getSchedule('s')).rejects.toThrow(StoreError);
    await expect(store.putLastTickAt(start)).rejects.toThrow('the table cannot be used');
  });

  it('lists over months, newest first, page after page', async () => {
    const { store } = await openTable();
    const dueTimes = [0, 10, 40, 41, 100, 390].map((days) => start - days * day);
    for (const dueAt of dueTimes) await store.writeDelivery(aDelivery(dueAt));
    const found: number[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.listDeliveries({ limit: 2, ...(cursor === undefined ? {} : { cursor }) });
      found.push(...page.items.map(({ dueAt }) => dueAt));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(found).toEqual(dueTimes);
    const between = await store.listDeliveries({ limit: 9, from: start - 41 * day, to: start - 10 * day });
    expect(between.items.map(({ dueAt }) => dueAt)).toEqual(dueTimes.slice(2, 4));
  });

  it('reads every page of a long list, and asks for no more than it shows', async () => {
    const { proxy, store } = await openProxiedTable();
    const padding = 'x'.repeat(10_000);
    const deliveries = Array.from({ length: 150 }, (_, i) => aDelivery(start - i * hour, `pool-${i}`));
    const stored = deliveries.map((delivery) => ({ ...delivery, writeId: padding }));
    await Promise.all(stored.map((delivery) => store.writeDelivery(delivery)));
    const list = async (query: DeliveryQuery) => {
      const before = proxy.seen.length;
      const { items } = await store.listDeliveries(query);
      const asked = proxy.seen.slice(before).map(({ operation, body }) => [operation, body.Limit]);
      return { items, asked };
    };
    // One page has at most 1 MB, with or without what a filter leaves out.
    const own = await list({ scheduleId: 's', states: ['pending'], limit: 200 });
    expect(own).toEqual({ items: stored, asked: Array(2).fill(['Query', undefined]) });
    const all = await list({ limit: 120, from: start - 7 * day });
    expect(all.items).toEqual(stored.slice(0, 120));
    expect(all.asked).toEqual([['Query', 122], ...Array(2).fill(['BatchGetItem', undefined])]);
    expect((await list({ scheduleId: 's', limit: 5 })).asked).toEqual([['Query', 7]]);
  });

  it('asks again for what a batch left unprocessed, later each time, and gives up at last', {
    timeout: 30_000,
  }, async () => {
    const { proxy, store } = await openProxiedTable();
    for (let i = 0; i < 32; i += 1) await store.writeDelivery(aDelivery(start - i * hour));
    const times: number[] = [];
    proxy.spoil(({ operation }) => {
      if (operation !== 'BatchGetItem') return 'pass';
      times.push(performance.now());
      return 'half';
    });
    expect((await store.listDeliveries({ limit: 32 })).items).toHaveLength(32);
    const [first = 0, second = 0, third = 0] = times;
    expect(times).toHaveLength(6);
    expect(second - first).toBeGreaterThanOrEqual(49);
    expect(third - second).toBeGreaterThanOrEqual(99);
    for (let i = 32; i < 100; i += 1) await store.writeDelivery(aDelivery(start - i * hour));
    await expect(store.listDeliveries({ limit: 100 })).rejects.toThrow('too busy');
  });

  it('believes the item, not an index that lags behind it', async () => {
    const { proxy, store } = await openProxiedTable();
    const pending = aDelivery(start);
    await store.writeDelivery(pending);
    const list = () => store.listDeliveries({ states: ['pending'], limit: 9 });
    expect((await list()).items).toEqual([pending]);
    const { wakeAt: _, ...ended } = { ...pending, state: 'skipped' as const, version: 2 };
    await store.writeDelivery(ended);
    proxy.spoil(({ operation }) => (operation === 'Query' ? 'stale' : 'pass'));
    expect((await list()).items).toEqual([]);
  });

  it('goes on when the table comes back, with what it held', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'deskbell-dynamo-'));
    const first = await startDynamo(folder);
    const client = await createTestTable(first.endpoint);
    const store = createDynamoStore({ client, tableName, now: () => start, keptDays: 400 });
    await store.writeDelivery(aDelivery(start));
    await first.close();
    await expect(store.getDelivery(aDelivery(start).deliveryId)).rejects.toThrow(StoreError);
    const second = await startDynamo(folder, first.port);
    onTestFinished(async () => {
      await second.close();
      await rm(folder, { recursive: true });
    });
    expect(await store.getDelivery(aDelivery(start).deliveryId)).toEqual(aDelivery(start));
    expect(await store.writeDelivery(aDelivery(start))).toBe('conflict');
  });

  it('is bound to one project for good', async () => {
    const { store } = await openTable();
    await store.stamp('https://workspace.example.com project p');
    await store.stamp('https://workspace.example.com project p');
    await expect(store.stamp('https://workspace.example.com project q')).rejects.toThrow(
      'this table belongs to',
    );
  });

  it('stays bound to the first of two that come at once', async () => {
    const { store, client } = await openTable();
    const overtaken: AwsApi = async (operation, input) => {
      if (operation === 'PutItem') await store.stamp('a');
      return client(operation, input);
    };
    const other = createDynamoStore({ client: overtaken, tableName, now: () => start, keptDays: 400 });
    await expect(other.stamp('b')).rejects.toThrow('this table belongs to a');
    expect(await store.getTarget()).toBe('a');
  });

  it('keeps what a person wrote for its time only: all of it 400 days, a tombstone 30 more', async () => {
    const { proxy, store } = await openProxiedTable();
    const act = { scheduleId: 's', rev: 1, at: start, who: 'ana', what: 'save' as const, pools: [] };
    await store.writeDelivery(aDelivery(start));
    await store.putAct(act);
    await store.putGap({ scheduleId: 's', from: start - hour, to: start, notifications: 1, pools: [] });
    await store.writeSchedule(aSchedule({ lastAct: act }));
    await store.writeSchedule(aSchedule({ lastAct: act, version: 2, deletedAt: start }));
    const ends = proxy.seen.map(({ body }) => (body.Item as { ttl?: { N: string } }).ttl?.N);
    const kept = (days: number) => String((start + days * day) / 1000);
    expect(ends).toEqual([kept(400), kept(400), kept(400), undefined, kept(430)]);
  });

  it.each([
    ['too long', 'x'.repeat(3_000)],
    ['of other characters', 'Not An Id'],
    ['empty', ''],
  ])('asks for nothing of a schedule whose id is %s', async (_name, scheduleId) => {
    const { proxy, store } = await openProxiedTable();
    expect(await store.getSchedule(scheduleId)).toBeUndefined();
    expect(await store.listDeliveries({ scheduleId, limit: 9 })).toEqual({ items: [] });
    expect(await store.listActs({ scheduleId, limit: 9 })).toEqual({ items: [] });
    expect(proxy.seen).toEqual([]);
  });

  it('reads what was written last of everything but its indexes', async () => {
    const { proxy, store } = await openProxiedTable();
    await store.writeDelivery(aDelivery(start));
    await store.getSchedule('s');
    await store.listDeliveries({ limit: 9 });
    await store.listDeliveries({ scheduleId: 's', limit: 9 });
    await store.listGaps('s');
    const reads = proxy.seen.filter(({ operation }) => operation !== 'PutItem');
    const ofItems = reads.filter(({ body }) => body.IndexName === undefined);
    expect(ofItems.map(({ operation }) => operation)).toEqual(['GetItem', 'BatchGetItem', 'Query', 'Query']);
    for (const { body } of ofItems) expect(JSON.stringify(body)).toContain('"ConsistentRead":true');
  });

  it('lists what is planned into the next month', async () => {
    const { store } = await openTable(() => Date.UTC(2026, 10, 30, 23, 59));
    const delivery = aDelivery(Date.UTC(2026, 11, 1, 0, 1));
    await store.writeDelivery(delivery);
    expect((await store.listDeliveries({ limit: 9 })).items).toEqual([delivery]);
  });

  it('leaves out a schedule that was deleted, whatever the index still says', async () => {
    const { proxy, store } = await openProxiedTable();
    const lastAct = { scheduleId: 's', rev: 1, at: start, who: 'ana', what: 'save' as const, pools: [] };
    await store.writeSchedule(aSchedule({ lastAct }));
    expect((await store.listSchedules({ limit: 9 })).items).toHaveLength(1);
    await store.writeSchedule(aSchedule({ lastAct, version: 2, deletedAt: start }));
    proxy.spoil(({ operation }) => (operation === 'Query' ? 'stale' : 'pass'));
    expect((await store.listSchedules({ limit: 9 })).items).toEqual([]);
  });

  it('believes the item, not an index that still has it under another pool', async () => {
    const { proxy, store } = await openProxiedTable();
    await store.writeDelivery({ ...aDelivery(start), poolId: 'id-1' });
    const list = () => store.listDeliveries({ pool: 'id-1', limit: 9 });
    expect((await list()).items).toHaveLength(1);
    await store.writeDelivery({ ...aDelivery(start), poolId: 'id-2', version: 2 });
    proxy.spoil(({ operation }) => (operation === 'Query' ? 'stale' : 'pass'));
    expect((await list()).items).toEqual([]);
  });

  it('believes the schedule, not an index that still has it under another owner or as failing', async () => {
    const { proxy, store } = await openProxiedTable();
    const failing = { planError: 'no such zone', wakeAt: start } as const;
    await store.writeSchedule(aSchedule({ lastAct: anAct(), owner: 'file', ...failing }));
    const lists = async () => [
      ...(await store.listSchedules({ owner: 'file', limit: 9 })).items,
      ...(await store.failingSchedules(9)),
    ];
    expect(await lists()).toHaveLength(2);
    await store.writeSchedule(aSchedule({ lastAct: anAct(), version: 2 }));
    proxy.spoil(({ operation }) => (operation === 'Query' ? 'stale' : 'pass'));
    expect(await lists()).toEqual([]);
  });

  it('tells once of a schedule that the index shows twice while its place in it changes', async () => {
    const { client, store } = await openTable();
    await store.writeSchedule(aSchedule({ lastAct: anAct(), planError: 'no such zone', wakeAt: start }));
    const twice: AwsApi = async (operation, input) => {
      const answer = await client(operation, input);
      const { Items } = answer as { Items?: unknown[] };
      return Items === undefined ? answer : { ...answer, Items: [...Items, ...Items] };
    };
    const behind = createDynamoStore({ client: twice, tableName, now: () => start, keptDays: 400 });
    expect(await behind.failingSchedules(10)).toHaveLength(1);
  });

  it('tells of a schedule that fails though a deleted one failed before it', async () => {
    const { store } = await openTable();
    const failing = { lastAct: anAct(), planError: 'no such zone' };
    await store.writeSchedule(
      aSchedule({ ...failing, scheduleId: 'a', wakeAt: start - hour, deletedAt: start }),
    );
    await store.writeSchedule(aSchedule({ ...failing, scheduleId: 'b', wakeAt: start }));
    expect((await store.failingSchedules(1)).map(({ scheduleId }) => scheduleId)).toEqual(['b']);
  });

  it('wakes no more than it is asked for, and reads no more', async () => {
    const { proxy, store } = await openProxiedTable();
    for (let i = 0; i < 3; i += 1) {
      await store.writeDelivery(aDelivery(start - i * minute));
      await store.writeSchedule(aSchedule({ scheduleId: `s${i}`, lastAct: anAct(), wakeAt: start - i }));
    }
    proxy.seen.length = 0;
    expect(await store.deliveriesToWake(start + hour, 2)).toHaveLength(2);
    expect(proxy.seen).toHaveLength(1);
    expect(await store.schedulesToWake({ until: start, beyond: start + day }, 2)).toEqual(['s2', 's1']);
    expect(proxy.seen).toHaveLength(5);
  });

  it.each([
    ['all', {}],
    ['one schedule', { scheduleId: 's' }],
  ])('lists deliveries of %s from an instant between two seconds', async (_name, query) => {
    const { store } = await openTable();
    await store.writeDelivery(aDelivery(start));
    expect((await store.listDeliveries({ ...query, from: start, limit: 9 })).items).toHaveLength(1);
    expect((await store.listDeliveries({ ...query, from: start + 1, limit: 9 })).items).toEqual([]);
  });

  it.each([
    ['all', {}],
    ['one schedule', { scheduleId: 's' }],
  ])('lists deliveries of %s before both the cursor and the end that is asked for', async (_name, query) => {
    const { store } = await openTable();
    const [first, second, third] = [0, 1, 2].map((hours) => aDelivery(start - hours * hour));
    for (const delivery of [first, second, third]) if (delivery) await store.writeDelivery(delivery);
    const cursor = first?.deliveryId ?? '';
    const before = (to: number) => store.listDeliveries({ ...query, to, cursor, limit: 9 });
    expect((await before(start - hour)).items).toEqual([third]);
    expect((await before(start + hour)).items).toEqual([second, third]);
  });

  it('asks for nothing where a list ends before it begins', async () => {
    const { proxy, store } = await openProxiedTable();
    const cursor = aDelivery(start - hour).deliveryId;
    for (const query of [{}, { scheduleId: 's' }])
      expect(await store.listDeliveries({ ...query, from: start, cursor, limit: 9 })).toEqual({ items: [] });
    expect(proxy.seen).toEqual([]);
  });

  it('goes on with a list in the month of its cursor', async () => {
    const { proxy, store } = await openProxiedTable();
    const cursor = aDelivery(start - 100 * day).deliveryId;
    await store.listDeliveries({ from: start - 110 * day, cursor, limit: 9 });
    const partitions = proxy.seen.map(({ body }) => JSON.stringify(body.ExpressionAttributeValues));
    expect(partitions).toEqual([expect.stringContaining('D#2026-08')]);
  });

  it.each([
    ['deliveries', 'listDeliveries'],
    ['acts', 'listActs'],
  ] as const)('reads a bounded part of the %s for one page, and goes on with the next', async (_, list) => {
    const { client, store } = await openTable();
    for (let i = 0; i < 50; i += 1) {
      const pool = i === 49 ? 'rare' : 'finance';
      await store.writeDelivery({ ...aDelivery(start - i * minute), pool });
      await store.putAct(anAct({ rev: i + 1, at: start - i * minute, pools: [pool] }));
    }
    let queries = 0;
    const slow: AwsApi = (operation, input) => {
      if (operation !== 'Query') return client(operation, input);
      queries += 1;
      return client(operation, { ...input, Limit: 1 });
    };
    const behind = createDynamoStore({ client: slow, tableName, now: () => start, keptDays: 400 });
    const found: unknown[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      queries = 0;
      const query = { pool: 'rare', from: start - hour, limit: 5 };
      const page = await behind[list](cursor === undefined ? query : { ...query, cursor });
      expect(queries).toBeLessThanOrEqual(20);
      found.push(...page.items);
      cursor = page.nextCursor;
      pages += 1;
    } while (cursor !== undefined);
    expect([found.length, pages]).toEqual([1, 3]);
  });

  it('counts every page that it reads for a list, in whatever month', async () => {
    let queries = 0;
    const twoPagesEach: AwsApi = async (_operation, input) => {
      queries += 1;
      const key = { pk: { S: 'S#s' }, sk: { S: 'D#0tp0000#ab' } };
      return { Items: [], ...('ExclusiveStartKey' in input ? {} : { LastEvaluatedKey: key }) };
    };
    const store = createDynamoStore({ client: twoPagesEach, tableName, now: () => start, keptDays: 400 });
    const { nextCursor } = await store.listDeliveries({ pool: 'rare', limit: 5 });
    expect(nextCursor).toBe('s.0tp0000.ab');
    expect(queries).toBeLessThanOrEqual(21);
  });

  it('lists acts for as long as they are kept, before both the cursor and the end that is asked for', async () => {
    const { store } = await openTable();
    const acts = [0, 1, 390].map((days, i) => anAct({ rev: 3 - i, at: start - days * day }));
    for (const act of acts) await store.putAct(act);
    expect((await store.listActs({ limit: 9 })).items).toEqual(acts);
    const { nextCursor = '' } = await store.listActs({ limit: 1 });
    const before = (to: number) => store.listActs({ cursor: nextCursor, to, limit: 9 });
    expect((await before(start + hour)).items).toEqual(acts.slice(1));
    expect((await before(start - day)).items).toEqual(acts.slice(2));
  });
});
