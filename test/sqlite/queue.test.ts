import { describe, expect, it } from 'vitest';
import { claim } from '../../lib/domain/delivery/attempt.ts';
import { planDelivery } from '../../lib/domain/delivery/delivery.ts';
import { minute } from '../../lib/domain/time/instant.ts';
import { openDatabase } from '../../lib/sqlite/database.ts';
import { createQueue } from '../../lib/sqlite/queue.ts';
import { createStore } from '../../lib/sqlite/store.ts';
import { start } from '../rig.ts';

function aDelivery(pool = 'finance', deadline = start + 5 * minute) {
  const key = { scheduleId: 's', eventAt: start, leadSeconds: 0, dueAt: start, pool };
  return planDelivery({ ...key, rev: 1, deadline }, start - minute, 'w1');
}

async function aQueue(...deliveries: ReturnType<typeof aDelivery>[]) {
  const database = openDatabase(':memory:');
  const [store, queue] = [createStore(database), createQueue(database)];
  for (const delivery of deliveries) await store.writeDelivery(delivery);
  const due = (kind: 'send' | 'track' = 'send') =>
    queue.dueMessages(kind, start, 10).map(({ deliveryId }) => deliveryId);
  return { store, queue, due };
}

const claimed = claim(aDelivery(), { text: 'Hi', poolId: 'p', token: 't', deadline: start + minute }, start);

describe('a message', () => {
  it('of the nearest deadline is handed out first, whenever the others came due', async () => {
    const [later, sooner] = [aDelivery('later', start + 9 * minute), aDelivery('sooner')];
    const { queue, due } = await aQueue(later, sooner);
    await queue.enqueueSend({ deliveryId: later.deliveryId, hops: 0 }, start - minute);
    await queue.enqueueSend({ deliveryId: sooner.deliveryId, hops: 0 }, start);
    expect(due()).toEqual([sooner.deliveryId, later.deliveryId]);
  });

  it('is used up as soon as its delivery has moved on', async () => {
    const { store, queue, due } = await aQueue(aDelivery());
    await queue.enqueueSend({ deliveryId: claimed.deliveryId, hops: 0 }, start);
    await store.writeDelivery(claimed);
    expect([due('send'), due('track')]).toEqual([[], []]);
  });

  it('stays while its delivery waits in the same state', async () => {
    const { store, queue, due } = await aQueue(aDelivery());
    const { deliveryId } = claimed;
    await queue.enqueueSend({ deliveryId, hops: 0 }, start);
    await store.writeDelivery({ ...aDelivery(), version: 2, writeId: 'w2' });
    expect(due()).toEqual([deliveryId]);
  });

  it('about a delivery that is being sent is no one of its job', async () => {
    const { store, queue, due } = await aQueue(aDelivery());
    await store.writeDelivery(claimed);
    await queue.enqueueSend({ deliveryId: claimed.deliveryId, hops: 0 }, start);
    expect([due('send'), due('track')]).toEqual([[claimed.deliveryId], []]);
  });

  it('that is due is not the next one to wait for', async () => {
    const { queue } = await aQueue(aDelivery());
    await queue.enqueueSend({ deliveryId: claimed.deliveryId, hops: 0 }, start);
    expect([queue.nextMessageAt(start - 1), queue.nextMessageAt(start)]).toEqual([start, undefined]);
  });

  it('is told of as it is enqueued', async () => {
    const { queue } = await aQueue(aDelivery());
    const told: number[] = [];
    queue.onEnqueue((at) => told.push(at));
    await queue.enqueueSend({ deliveryId: claimed.deliveryId, hops: 0 }, start);
    await queue.enqueueTrack({ deliveryId: claimed.deliveryId, hops: 0 }, start + minute);
    expect(told).toEqual([start, start + minute]);
  });
});
