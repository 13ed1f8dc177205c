import type { Delivery } from '../domain/delivery.ts';
import type { Instant } from '../domain/instant.ts';
import { sayReason } from '../domain/reasons.ts';
import { sweepDelivery } from '../domain/sweep.ts';
import type { DeliveryStore, Ids, Log, Queue } from '../ports.ts';
import { change } from './change.ts';

export type SweepDeps = { deliveries: DeliveryStore; queue: Queue; ids: Ids; log: Log };

/** Brings one open delivery, whose worker or message was lost, back on its way or to its end. */
export async function sweep(deps: SweepDeps, deliveryId: string, now: Instant): Promise<void> {
  const { deliveries, queue, ids, log } = deps;
  let enqueue: 'send' | 'track' | undefined;
  const { item, isMine } = await change<Delivery>(
    () => deliveries.getDelivery(deliveryId),
    (delivery) => deliveries.writeDelivery(delivery),
    (seen) => {
      const swept = seen && sweepDelivery(seen, now, ids.next());
      enqueue = swept?.enqueue;
      return swept?.next;
    },
  );
  if (item === undefined || !isMine) return;
  if (enqueue === 'send') await queue.enqueueSend({ deliveryId, hops: 0 }, now);
  if (enqueue === 'track') await queue.enqueueTrack({ deliveryId, hops: 0 }, now);
  if (enqueue !== undefined) return;
  const { scheduleId, pool, state, reason } = item;
  log.warn(state, { deliveryId, scheduleId, pool, reason: reason && sayReason(reason) });
}
