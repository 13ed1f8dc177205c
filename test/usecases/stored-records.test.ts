import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Reason } from '../../lib/domain/codes/reasons.ts';
import { sayReason } from '../../lib/domain/codes/reasons.ts';
import { finalStates, openStates } from '../../lib/domain/delivery/delivery.ts';
import { hour } from '../../lib/domain/time/instant.ts';
import { importStore, type StoredRecord } from '../../lib/usecases/copy-store.ts';
import { everyItem } from '../../lib/usecases/pages.ts';
import { createApi } from '../http/api-rig.ts';

/** Written by `deskbell export` of version 0.1.0: at least one of everything that it stored. It never changes. */
const file = join(import.meta.dirname, '../fixtures/stored-0.1.0.jsonl');
const records = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as StoredRecord);
const lastAt = Math.max(
  ...records.flatMap((record) => (record.kind === 'delivery' ? record.item.dueAt : [])),
);

async function aStoreOfThen() {
  const api = createApi({ startAt: lastAt });
  const { store } = api;
  const stores = { schedules: store, deliveries: store, calendars: store, binding: store };
  const imported = await importStore(
    stores,
    (async function* () {
      yield* records;
    })(),
  );
  return { ...api, imported };
}

describe('what version 0.1.0 stored', () => {
  it('has each state of a delivery, and each kind of record', () => {
    const states = records.flatMap((record) => (record.kind === 'delivery' ? record.item.state : []));
    expect(new Set(states)).toEqual(new Set([...openStates, ...finalStates]));
    const kinds = new Set(records.map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(['target', 'calendars', 'schedule', 'act', 'gap', 'delivery', 'end']));
  });

  it('is taken in whole, and shown in every list and one by one', async () => {
    const { call, imported } = await aStoreOfThen();
    expect(imported).toEqual({ records: records.length - 1, alreadyThere: 0 });
    for (const list of ['deliveries', 'schedules', 'audit']) {
      const { status, body } = await call('GET', `/v1/${list}?limit=200`);
      expect([list, status]).toEqual([list, 200]);
      expect(body.items.length).toBeGreaterThan(5);
      for (const { deliveryId, id } of list === 'audit' ? [] : body.items)
        expect((await call('GET', `/v1/${list}/${deliveryId ?? id}`)).status).toBe(200);
    }
  });

  it('is planned, sent and finished: an hour later nothing is open', async () => {
    const { tick, runUntil, store, prove } = await aStoreOfThen();
    await prove();
    expect((await tick()).failed).toEqual([]);
    await runUntil(lastAt + hour);
    const open = await Array.fromAsync(
      everyItem((page) => store.listDeliveries({ ...page, states: openStates, to: lastAt })),
    );
    expect(open).toEqual([]);
  });
});

describe('a reason that another version wrote', () => {
  it.each<[Reason, RegExp]>([
    [{ code: 'not_yet_invented', params: { detail: 'x' } } as unknown as Reason, /not_yet_invented/],
    [{ code: 'toString', params: {} } as unknown as Reason, /toString/],
    [{ code: 'refused' } as unknown as Reason, /refused/],
  ])('%j is shown by its code', (reason, shown) => {
    expect(sayReason(reason)).toMatch(shown);
  });
});
