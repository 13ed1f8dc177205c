import { expect, it } from 'vitest';
import { createIds } from '../lib/ids.ts';

it('gives ids of sixteen URL-safe characters, none of them twice, over many blocks and many makers', () => {
  const makers = [createIds(), createIds()];
  const ids = Array.from({ length: 5_000 }, (_, i) => makers[i % 2]?.next() ?? '');
  expect(new Set(ids).size).toBe(5_000);
  expect(ids.every((id) => /^[\w-]{16}$/.test(id))).toBe(true);
});
