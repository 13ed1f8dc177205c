import { expect, it } from 'vitest';
import { once } from '../../lib/runtime/once.ts';

it('builds once for all who ask', async () => {
  let builds = 0;
  const get = once(async () => ++builds);
  expect(await Promise.all([get(), get(), get()])).toEqual([1, 1, 1]);
  expect(await get()).toBe(1);
});

it('forgets a build that failed, so that the next call tries again', async () => {
  let builds = 0;
  const get = once(async () => {
    builds += 1;
    if (builds === 1) throw new Error('not yet');
    return builds;
  });
  await expect(get()).rejects.toThrow('not yet');
  expect(await get()).toBe(2);
});
