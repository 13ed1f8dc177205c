import { describe, expect, it } from 'vitest';
import { HuaweiUnavailableError } from '../../../lib/domain/codes/errors.ts';
import { hour, second } from '../../../lib/domain/time/instant.ts';
import { anAsker, createRig, financeId, start } from '../../rig.ts';

const newId = '99999999-9999-4999-8999-999999999999';

describe('the list of pools', () => {
  it('is asked for again when a name is not on it: the pool may be new', async () => {
    const { pools, workspace, clock, prove } = createRig();
    await prove();
    expect(await pools.resolve('hr')).toBeUndefined();
    workspace.pools = [...workspace.pools, { id: newId, name: 'hr' }];
    clock.moveTo(start + 6 * second);
    expect(await pools.resolve('hr')).toBe(newId);
  });

  it('closes the gate for reads when Huawei throttles it', async () => {
    const { pools, workspace, gatekeeper, prove } = createRig();
    await prove();
    workspace.listPools = async () => {
      throw new HuaweiUnavailableError('too many', { status: 429 }, { throttledForSeconds: 30 });
    };
    await expect(pools.list()).rejects.toThrow('too many');
    const refusal = { until: start + 30 * second, why: { code: 'throttled' } };
    expect(await gatekeeper.ask('read', anAsker(start))).toMatchObject(refusal);
  });

  it('proves a new key', async () => {
    const { pools, gatekeeper } = createRig();
    await pools.list();
    expect(await gatekeeper.ask('send', anAsker(start))).toEqual({ at: start, isProbe: false });
  });

  it('goes before the jobs that are followed', async () => {
    const { pools, gatekeeper, prove } = createRig();
    await prove();
    for (let reads = 0; reads < 178; reads += 1) await gatekeeper.ask('read', anAsker(start));
    await new Promise(setImmediate);
    // The first one is served alone; the others wait for the last place.
    const first = gatekeeper.ask('read', anAsker(start));
    const job = gatekeeper.ask('read', anAsker(start - hour));
    const list = pools.list();
    expect(await first).toMatchObject({ isProbe: false });
    expect(await job).toMatchObject({ why: { code: 'rate_limit' } });
    expect((await list).pools.map(({ id }) => id)).toContain(financeId);
  });

  it('is not believed when a clock that was ahead has fetched it', async () => {
    const { pools, clock, prove } = createRig({ startAt: start + 2 * hour });
    await prove();
    await pools.list();
    clock.moveTo(start);
    expect((await pools.list()).asOf).toBe(start);
  });
});
