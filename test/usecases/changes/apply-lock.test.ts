import { describe, expect, it } from 'vitest';
import { BusyError } from '../../../lib/domain/codes/errors.ts';
import { second } from '../../../lib/domain/time/instant.ts';
import { takeApplyLock } from '../../../lib/usecases/changes/apply-lock.ts';
import { createRig, start } from '../../rig.ts';

function aRig() {
  const { deps, clock, store } = createRig();
  return {
    clock,
    store,
    take: async (who: string, request?: { key: string; hash: string }) => {
      const taken = await takeApplyLock(deps, who, request);
      if ('answered' in taken) throw new Error('it was answered before');
      return taken.lock;
    },
    answerOf: async (request: { key: string; hash: string }) => {
      const taken = await takeApplyLock(deps, 'ana', request);
      return 'answered' in taken ? taken.answered : undefined;
    },
  };
}

describe('the right to apply a file', () => {
  it('is not given away by one that was overtaken', async () => {
    const { take, clock } = aRig();
    const slow = await take('ana');
    clock.moveTo(start + 120 * second);
    await take('ben');
    await slow.release();
    await expect(take('cleo')).rejects.toThrow(BusyError);
  });

  it('is kept by one that goes on for longer than it is given for', async () => {
    const { take, clock } = aRig();
    const lock = await take('ana');
    for (const seconds of [40, 80]) {
      clock.moveTo(start + seconds * second);
      await lock.keep();
    }
    clock.moveTo(start + 100 * second);
    await expect(take('ben')).rejects.toThrow(BusyError);
  });

  it('remembers the latest answers, and no more than its item can hold', async () => {
    const { take, store, answerOf } = aRig();
    const requests = Array.from({ length: 8 }, (_, i) => ({ key: `k${i}`, hash: `h${i}` }));
    for (const request of requests) {
      const lock = await take('ana', request);
      await lock.release({ created: ['x'.repeat(20_000)] });
    }
    expect(JSON.stringify(await store.getApplyLock()).length).toBeLessThan(100_000);
    const [oldest, latest] = [requests[0], requests.at(-1)];
    if (oldest === undefined || latest === undefined) throw new Error('there are eight');
    expect(await answerOf(latest)).toBeDefined();
    expect(await answerOf(oldest)).toBeUndefined();
  });
});
