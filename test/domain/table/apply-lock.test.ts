import { describe, expect, it } from 'vitest';
import { heldLock, isHeldByOther, isRunningOut } from '../../../lib/domain/table/apply-lock.ts';
import { second } from '../../../lib/domain/time/instant.ts';
import { now } from './a-definition.ts';

const lock = heldLock(undefined, { token: 'a', who: 'ana' }, now, 'w');
const other = { token: 'b' };

describe('the lock of a schedule file', () => {
  it('keeps others out until it ends', () => {
    expect(isHeldByOther(lock, other, now + 59 * second)).toBe(true);
    expect(isHeldByOther(lock, other, now + 60 * second)).toBe(false);
    expect(isHeldByOther(lock, { token: 'a' }, now)).toBe(false);
  });

  it('is taken over by the same request, and by no other one', () => {
    const asked = heldLock(undefined, { token: 'a', who: 'ana', request: 'key 1' }, now, 'w');
    expect(isHeldByOther(asked, { token: 'b', request: 'key 1' }, now)).toBe(false);
    expect(isHeldByOther(asked, { token: 'b', request: 'key 2' }, now)).toBe(true);
    expect(isHeldByOther(lock, { token: 'b' }, now)).toBe(true);
  });

  it('keeps nobody out when a clock that is hours ahead took it', () => {
    const ahead = heldLock(undefined, { token: 'a', who: 'ana' }, now + 3_600 * second, 'w');
    expect(isHeldByOther(ahead, other, now)).toBe(false);
  });

  it('is taken for longer when half of its time is over', () => {
    expect(isRunningOut(lock, now + 30 * second)).toBe(false);
    expect(isRunningOut(lock, now + 31 * second)).toBe(true);
  });
});
