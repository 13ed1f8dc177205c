import { describe, expect, it } from 'vitest';
import { StoreError } from '../../lib/domain/codes/errors.ts';
import type { WriteResult } from '../../lib/ports.ts';
import { change } from '../../lib/usecases/change.ts';

type Counter = { version: number; writeId: string; count: number };

/** One stored item, whose answers and rivals a test can choose. */
function aStore(stored?: Counter) {
  const store = {
    stored,
    read: async () => store.stored,
    async write(item: Counter): Promise<WriteResult> {
      if (item.version !== (store.stored?.version ?? 0) + 1) return 'conflict';
      store.stored = item;
      return 'written';
    },
  };
  return store;
}

const addOne = (writeId: string) => (seen: Counter | undefined) => ({
  version: (seen?.version ?? 0) + 1,
  writeId,
  count: (seen?.count ?? 0) + 1,
});

describe('a change of one item', () => {
  it('is made again on what others wrote first', async () => {
    const store = aStore({ version: 1, writeId: 'a', count: 1 });
    let rivals = 2;
    const write = async (item: Counter) => {
      if (rivals > 0) {
        rivals -= 1;
        await store.write(addOne('rival')(store.stored));
      }
      return store.write(item);
    };
    expect(await change({ read: store.read, write }, addOne('mine'))).toMatchObject({
      item: { count: 4 },
      isMine: true,
    });
  });

  it('knows its own write again when the answer was lost and the repetition met a conflict', async () => {
    const store = aStore();
    const write = async (item: Counter) => {
      await store.write(item);
      return store.write(item);
    };
    expect(await change({ read: store.read, write }, addOne('mine'))).toEqual({
      item: { version: 1, writeId: 'mine', count: 1 },
      isMine: true,
    });
    expect(store.stored?.count).toBe(1);
  });

  it('begins with what is known, and reads only when that is no longer so', async () => {
    const known: Counter = { version: 1, writeId: 'a', count: 1 };
    const store = aStore(known);
    let reads = 0;
    const read = () => {
      reads += 1;
      return store.read();
    };
    const { item } = await change({ known, read, write: store.write }, addOne('mine'));
    expect([item?.count, reads]).toEqual([2, 0]);
    expect(await change({ known, read, write: store.write }, addOne('late'))).toMatchObject({
      item: { count: 3 },
      isMine: true,
    });
    expect(reads).toBe(1);
  });

  it('leaves the item alone when the step says so', async () => {
    const store = aStore({ version: 1, writeId: 'a', count: 1 });
    expect(await change(store, () => undefined)).toEqual({
      item: store.stored,
      isMine: false,
    });
  });

  it('gives up when others come first every time', async () => {
    const store = aStore({ version: 1, writeId: 'a', count: 1 });
    const write = async (): Promise<WriteResult> => 'conflict';
    await expect(change({ read: store.read, write }, addOne('mine'))).rejects.toThrow(StoreError);
  });
});
