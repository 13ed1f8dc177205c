import { expect, it } from 'vitest';
import { settleEach } from '../../lib/usecases/each.ts';

it('works through a list in order, and one that fails does not stop those after it', async () => {
  const told: string[] = [];
  const work = async (item: number) => {
    if (item % 2 === 0) throw new Error('even');
    told.push(`${item} is done`);
  };
  await settleEach([1, 2, 3, 4, 5], 1, work, (item) => told.push(`${item} failed`));
  expect(told).toEqual(['1 is done', '2 failed', '3 is done', '4 failed', '5 is done']);
});
