import { describe, expect, it } from 'vitest';
import { HuaweiUnavailableError } from '../../../lib/domain/codes/errors.ts';
import { minute, second } from '../../../lib/domain/time/instant.ts';
import { pause } from '../../../lib/usecases/changes/acts.ts';
import { apply } from '../../../lib/usecases/changes/apply.ts';
import { send } from '../../../lib/usecases/sending/send.ts';
import { aDefinition, createRig, financeId, start } from '../../rig.ts';

const engineeringId = '22222222-2222-4222-8222-222222222222';
const due = Date.parse('2026-11-24T10:00:00Z');
const acting = { who: 'ana', owner: 'console' } as const;

async function aRig() {
  const rig = createRig();
  await rig.prove();
  const text = (fields: Record<string, unknown>) =>
    JSON.stringify({ pools: ['finance'], cron: '0 10 * * *', message: 'Save your work.', ...fields });
  return {
    ...rig,
    applyFile: (...schedules: Record<string, unknown>[]) =>
      apply(rig.deps, `{ "schedules": [${schedules.map(text).join(',')}] }`, { who: 'file' }),
    received: () => rig.workspace.sent.map(({ poolId, text: said }) => [poolId, said]),
    deliveryOf: async (scheduleId: string, pool = 'finance') => {
      const found = (await rig.deliveries()).find(
        (one) => one.scheduleId === scheduleId && one.pool === pool,
      );
      if (found === undefined) throw new Error(`${scheduleId} has no delivery for ${pool}`);
      return found;
    },
  };
}

const throttled = () => {
  throw new HuaweiUnavailableError('too many', { status: 429 }, { throttledForSeconds: 30 });
};

describe('of one list', () => {
  it('a pool whose id stands in it in two spellings is told once', async () => {
    const { save, runUntil, received } = await aRig();
    await save(aDefinition({ pools: [financeId, financeId.replaceAll('-', '')] }));
    await runUntil(due + minute);
    expect(received()).toHaveLength(1);
  });

  it('two pools are both told, one by its name and one by its id', async () => {
    const { save, runUntil, received } = await aRig();
    await save(aDefinition({ pools: ['finance', engineeringId] }));
    await runUntil(due + minute);
    expect(
      received()
        .map(([poolId]) => poolId)
        .sort(),
    ).toEqual([financeId, engineeringId]);
  });
});

describe('a schedule that a file renames', () => {
  it('has nothing to do with a new one of its former id', async () => {
    const { applyFile, save, clock, runUntil, received } = await aRig();
    await applyFile({ id: 'patch' });
    clock.moveTo(start + minute);
    await applyFile({ id: 'night' });
    clock.moveTo(start + 2 * minute);
    await save(aDefinition({ id: 'patch', message: 'Another one.' }));
    await runUntil(due + minute);
    expect(
      received()
        .map(([, said]) => said)
        .sort(),
    ).toEqual(['Another one.', 'Save your work.']);
  });

  it('does not send what a pause has skipped under its former id, though the pause is over by then', async () => {
    const { applyFile, deps, clock, runUntil, deliveryOf, received } = await aRig();
    await applyFile({ id: 'patch' });
    await pause(deps, { scheduleId: 'patch', why: 'drill', until: due + second }, acting);
    await runUntil(due - 20 * second);
    await applyFile({ id: 'night' });
    const before = await deliveryOf('patch');
    const since = await deliveryOf('night');
    clock.moveTo(due);
    await send(deps, { deliveryId: before.deliveryId, hops: 0 });
    expect(await deliveryOf('patch')).toMatchObject({ state: 'skipped', reason: { code: 'paused' } });
    clock.moveTo(due + second);
    await send(deps, { deliveryId: since.deliveryId, hops: 0 });
    expect(await deliveryOf('night')).toMatchObject({ reason: { code: 'decided_before' } });
    expect(received()).toEqual([]);
  });

  it('still sends what waits, though it is renamed twice meanwhile', async () => {
    const { applyFile, workspace, runUntil, received } = await aRig();
    const { sendToPool } = workspace;
    workspace.sendToPool = throttled;
    await applyFile({ id: 'patch' });
    await runUntil(due + 5 * second);
    workspace.sendToPool = sendToPool;
    await applyFile({ id: 'night' });
    await runUntil(due + 10 * second);
    await applyFile({ id: 'late' });
    await runUntil(due + 2 * minute);
    expect(received()).toEqual([[financeId, 'Save your work.']]);
  });
});

describe('an edit', () => {
  it('that brings a pool back while Huawei is asked for its id keeps the warning', async () => {
    const { deps, save, pools, clock, runUntil, deliveryOf } = await aRig();
    await save(aDefinition());
    await runUntil(due - 20 * second);
    await save(aDefinition({ pools: [financeId] }));
    clock.moveTo(due);
    const resolve = async (pool: string) => {
      await save(aDefinition());
      return pools.resolve(pool);
    };
    const { deliveryId } = await deliveryOf('maintenance');
    await send({ ...deps, pools: { ...pools, resolve } }, { deliveryId, hops: 0 });
    expect(await deliveryOf('maintenance')).toMatchObject({ state: 'accepted' });
  });
});
