import { describe, expect, it } from 'vitest';
import { HuaweiUnavailableError, StoreError } from '../../../lib/domain/codes/errors.ts';
import type { Delivery } from '../../../lib/domain/delivery/delivery.ts';
import { minute, second } from '../../../lib/domain/time/instant.ts';
import type { QueueMessage } from '../../../lib/ports.ts';
import { send } from '../../../lib/usecases/sending/send.ts';
import { aDefinition, createRig, financeId } from '../../rig.ts';

const due = Date.parse('2026-11-24T10:00:00Z');

/** A rig with one delivery, and its message at hand. */
async function aRig(fields: Record<string, unknown> = {}, until = due - 1) {
  const rig = createRig();
  await rig.prove();
  await rig.save(aDefinition({ pools: [financeId], ...fields }));
  await rig.runUntil(until);
  const only = async (): Promise<Delivery> => {
    const [delivery, ...others] = await rig.deliveries();
    if (delivery === undefined || others.length > 0) throw new Error('there is not exactly one');
    return delivery;
  };
  const { deliveryId } = await only();
  return { ...rig, only, message: { deliveryId, hops: 0 } };
}

/** A queue that notes what it is given, and lets so many messages follow each other. */
function aQueue(longestChain: number) {
  const enqueued: (QueueMessage & { at: number })[] = [];
  const enqueueSend = async (message: QueueMessage, at: number) => {
    enqueued.push({ ...message, at });
  };
  return { longestChain, enqueued, enqueueSend, enqueueTrack: async () => {} };
}

describe("Huawei's answer", () => {
  it('is kept although the gate cannot be written', async () => {
    const { deps, workspace, clock, message, only, gatekeeper } = await aRig();
    workspace.sendToPool = async (_poolId, _text, mayStart) => {
      mayStart();
      throw new HuaweiUnavailableError('busy', { status: 503 });
    };
    const failed = () => Promise.reject(new StoreError('the gate cannot be written'));
    clock.moveTo(due);
    await send({ ...deps, gatekeeper: { ...gatekeeper, failed } }, message).catch(() => {});
    expect(await only()).toMatchObject({ state: 'pending', attempts: [{ status: 503 }] });
  });

  it('is written as soon as a store that was away can be used again', async () => {
    const { deps, store, clock, message, only } = await aRig();
    let failures = 0;
    const writeDelivery = async (delivery: Delivery) => {
      if (delivery.state === 'accepted' && failures < 4) {
        failures += 1;
        throw new StoreError('the store is away');
      }
      return store.writeDelivery(delivery);
    };
    const sleepUntil = async (at: number) => clock.moveTo(at);
    clock.moveTo(due);
    const away = { deliveries: { ...store, writeDelivery }, clock: { ...clock, sleepUntil } };
    await send({ ...deps, ...away }, message);
    expect(await only()).toMatchObject({ state: 'accepted', jobId: 'job-1' });
    expect(clock.now()).toBeLessThan(due + 30 * second);
  });
});

describe('a message', () => {
  it('that comes minutes early goes back to the queue at once', async () => {
    const { deps, message } = await aRig({}, due - minute);
    const queue = aQueue(3);
    await send({ ...deps, queue }, message);
    expect(queue.enqueued).toEqual([{ ...message, at: due }]);
  });

  it('that comes a little early waits, though nobody knows its pool until it is due', async () => {
    const { deps, workspace, pools, clock, message } = await aRig({ pools: ['finance'] }, due - 2 * second);
    const resolve = async (pool: string) => {
      if (clock.now() < due) throw new HuaweiUnavailableError('away');
      return pools.resolve(pool);
    };
    const sending = send({ ...deps, pools: { ...pools, resolve } }, message);
    await new Promise(setImmediate);
    clock.moveTo(due);
    await sending;
    expect(workspace.sent).toMatchObject([{ at: due, poolId: financeId }]);
  });

  it.each([
    [0, [1]],
    [2, [3]],
    [3, []],
  ])('after %i others is followed only by what the queue still lets follow', async (hops, followed) => {
    const { deps, gatekeeper, clock, message } = await aRig();
    clock.moveTo(due);
    await gatekeeper.failed('send', new HuaweiUnavailableError('many', {}, { throttledForSeconds: 20 }));
    const queue = aQueue(3);
    await send({ ...deps, queue }, { ...message, hops });
    expect(queue.enqueued.map((next) => next.hops)).toEqual(followed);
  });

  it('that comes late leaves what has ended as it is', async () => {
    const { deps, clock, runUntil, message, only } = await aRig();
    await runUntil(due + 5 * minute);
    const before = await only();
    expect(before.state).toBe('delivered');
    clock.moveTo(due + 60 * minute);
    await send(deps, message);
    expect(await only()).toEqual(before);
  });
});

describe('the text', () => {
  it('that leaves is the one on record, however long the claim took', async () => {
    const fields = { leadTimes: ['30m'], maxLateness: '1h', message: '{{minutesLeft}}' };
    const { deps, store, workspace, clock, message, only } = await aRig(fields, due - 30 * minute - 1);
    clock.moveTo(due - 30 * minute);
    let isFirst = true;
    const writeDelivery = async (delivery: Delivery) => {
      if (isFirst) {
        isFirst = false;
        // The sweep comes first, and the claim is made again a while later.
        const version = delivery.version;
        await store.writeDelivery({ ...(await only()), version, writeId: 'swept' });
        clock.moveTo(due - 20 * minute);
      }
      return store.writeDelivery(delivery);
    };
    await send({ ...deps, deliveries: { ...store, writeDelivery } }, message);
    expect(workspace.sent).toMatchObject([{ text: '20' }]);
    expect((await only()).attempts).toMatchObject([{ text: '20' }]);
  });

  it('that can no longer be made ends its delivery as rejected', async () => {
    const { deps, store, clock, message, only } = await aRig({ message: 'On {{eventDate}}.' });
    clock.moveTo(due);
    const stored = await store.getSchedule('maintenance');
    if (stored === undefined) throw new Error('it was saved');
    const definition = { ...stored.definition, locale: 'not a locale' };
    await store.writeSchedule({ ...stored, definition, version: stored.version + 1, writeId: 'w' });
    await send(deps, message);
    expect(await only()).toMatchObject({ state: 'rejected', reason: { code: 'unusable_text' } });
  });
});
