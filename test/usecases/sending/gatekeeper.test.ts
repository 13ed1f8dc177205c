import { describe, expect, it } from 'vitest';
import { HuaweiRejectedError, StoreError } from '../../../lib/domain/codes/errors.ts';
import { minute } from '../../../lib/domain/time/instant.ts';
import { createGatekeeper } from '../../../lib/usecases/sending/gatekeeper.ts';
import { send } from '../../../lib/usecases/sending/send.ts';
import { aDefinition, anAsker, createRig, financeId, start } from '../../rig.ts';

const due = Date.parse('2026-11-24T10:00:00Z');

describe('of those who ask together', () => {
  it('the most urgent go first', async () => {
    const { gatekeeper, prove } = createRig({ sendsPerMinute: 2 });
    await prove();
    const answers = await Promise.all(
      [9, 3, 7, 1, 5].map(async (minutes) => {
        const answer = await gatekeeper.ask('send', anAsker(start + minutes * minute));
        return { minutes, isGranted: !('until' in answer) };
      }),
    );
    // The first one is served alone, as nobody else had asked by then.
    const granted = answers.filter(({ isGranted }) => isGranted).map(({ minutes }) => minutes);
    expect(granted).toEqual([9, 1]);
  });

  it('deliveries go by their deadlines', async () => {
    let held: Promise<void> | undefined;
    const fingerprint = async () => {
      await held;
      return 'key-1';
    };
    const rig = createRig({ sendsPerMinute: 2, fingerprint });
    await rig.prove();
    for (const hours of [9, 3, 7, 1, 5])
      await rig.save(aDefinition({ id: `s${hours}`, pools: [financeId], maxLateness: `${hours}h` }));
    await rig.runUntil(due - 1);
    rig.clock.moveTo(due);
    const { promise, resolve: goOn } = Promise.withResolvers<void>();
    held = promise;
    const messages = (await rig.deliveries()).map(({ deliveryId }) => ({ deliveryId, hops: 0 }));
    const latestFirst = messages.toSorted((a, b) => (a.deliveryId < b.deliveryId ? 1 : -1));
    const work = latestFirst.map((message) => send(rig.deps, message));
    await new Promise(setImmediate);
    goOn();
    await Promise.all(work);
    const sent = (await rig.deliveries()).filter(({ attempt }) => attempt > 0);
    expect(sent.map(({ scheduleId }) => scheduleId).sort()).toEqual(['s1', 's9']);
  });
});

describe('the gate', () => {
  it('serves again after the store has failed', async () => {
    const rig = createRig();
    await rig.prove();
    let isAway = true;
    const gates = {
      ...rig.store,
      getGate: (connection: string) =>
        isAway ? Promise.reject(new StoreError('away')) : rig.store.getGate(connection),
    };
    const { ids, clock } = rig.deps;
    const limits = { send: 90, read: 180 };
    const fingerprint = async () => 'key-1';
    const gatekeeper = createGatekeeper({ gates, clock, ids, connection: 'default', limits, fingerprint });
    await expect(gatekeeper.ask('send', anAsker(start))).rejects.toThrow('away');
    isAway = false;
    expect(await gatekeeper.ask('send', anAsker(start))).toEqual({ at: start, isProbe: false });
  });

  it('counts reads by their own limit', async () => {
    const { gatekeeper, prove } = createRig({ sendsPerMinute: 1 });
    await prove();
    await gatekeeper.ask('read', anAsker(start));
    expect(await gatekeeper.ask('read', anAsker(start))).toEqual({ at: start, isProbe: false });
    await gatekeeper.ask('send', anAsker(start));
    expect(await gatekeeper.ask('send', anAsker(start))).toMatchObject({ why: { code: 'rate_limit' } });
  });

  it('takes a refusal by Workspace itself as a proof of the key', async () => {
    const rig = createRig();
    rig.workspace.sendToPool = async () => {
      throw new HuaweiRejectedError('no such pool', { status: 400, errorCode: 'WKS.0001' });
    };
    await rig.save(aDefinition({ pools: [financeId] }));
    await rig.runUntil(due);
    expect((await rig.deliveries())[0]).toMatchObject({ state: 'rejected' });
    expect(await rig.gatekeeper.ask('send', anAsker(due))).toEqual({ at: due, isProbe: false });
  });
});
