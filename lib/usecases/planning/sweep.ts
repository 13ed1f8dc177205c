import { sayReason } from '../../domain/codes/reasons.ts';
import type { Delivery } from '../../domain/delivery/delivery.ts';
import { type Sweep, sweepDelivery } from '../../domain/delivery/sweep.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { DeliveryStore, Ids, Log, Queue } from '../../ports.ts';
import { change } from '../change.ts';

export type SweepDeps = { deliveries: DeliveryStore; queue: Queue; ids: Ids; log: Log };

/** Brings one open delivery, whose worker or message was lost, back on its way or to its end. */
export function sweep(deps: SweepDeps, deliveryId: string, now: Instant): Promise<void> {
  return sweepBy(deps, deliveryId, now, (seen, writeId) => sweepDelivery(seen, now, writeId));
}

/** Does with one open delivery what a rule says, and hands it over when the rule asks for it. */
export async function sweepBy(
  deps: SweepDeps,
  deliveryId: string,
  now: Instant,
  rule: (seen: Delivery, writeId: string) => Sweep | undefined,
): Promise<void> {
  const { deliveries, queue, ids, log } = deps;
  let swept: Sweep | undefined;
  const { item, isMine } = await change<Delivery>(
    {
      read: () => deliveries.getDelivery(deliveryId),
      write: (delivery) => deliveries.writeDelivery(delivery),
    },
    (seen) => {
      swept = seen && rule(seen, ids.next());
      return swept?.next;
    },
  );
  if (item === undefined || !isMine) return;
  if (swept?.enqueue === 'send') await queue.enqueueSend({ deliveryId, hops: 0 }, Math.max(item.dueAt, now));
  if (swept?.enqueue === 'track') await queue.enqueueTrack({ deliveryId, hops: 0 }, now);
  const { scheduleId, pool, state, reason } = item;
  if (reason !== undefined && item.endedAt !== undefined)
    log.warn(state, { deliveryId, scheduleId, pool, reason: sayReason(reason) });
}
