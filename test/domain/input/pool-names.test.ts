import { describe, expect, it } from 'vitest';
import { poolNamesOf } from '../../../lib/domain/input/pool-names.ts';

const id = '6c1f0a52-0000-4000-8000-00000000000a';
const names = poolNamesOf([{ id, name: 'finance' }]);

describe('the names of pools', () => {
  it.each(['finance', id, id.toUpperCase(), id.replaceAll('-', '')])('know %s', (pool) => {
    expect(names.has(pool)).toBe(true);
  });

  it.each(['finanse', 'Finance', `${id}0`])('do not know %s', (pool) => {
    expect(names.has(pool)).toBe(false);
  });

  it('know every pool when none are listed', () => {
    expect(poolNamesOf([]).has('anything')).toBe(true);
  });

  it('tell what was meant, and stop looking when thousands are wrong', () => {
    expect(names.similarTo('finanse')).toBe('finance');
    const many = poolNamesOf(Array.from({ length: 20_000 }, (_, i) => ({ id: `${i}`, name: `pool-${i}` })));
    const found = Array.from({ length: 40_000 }, (_, i) => many.similarTo(`pool-${i}x`));
    expect(found.filter((name) => name !== undefined)).toHaveLength(50);
    expect(many.similarTo('pool-7x')).toBe('pool-7');
  });
});
