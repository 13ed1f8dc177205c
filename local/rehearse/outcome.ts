import type { Reason } from '../../lib/domain/codes/reasons.ts';
import type { Delivery } from '../../lib/domain/delivery/delivery.ts';
import type { Instant } from '../../lib/domain/time/instant.ts';
import type { DeliveryStore } from '../../lib/ports.ts';
import { everyItem } from '../../lib/usecases/pages.ts';

/** What became of one delivery. */
export type RehearsedDelivery = Pick<
  Delivery,
  'deliveryId' | 'scheduleId' | 'pool' | 'eventAt' | 'leadSeconds' | 'dueAt' | 'state'
> & {
  /** When the request left that took effect, or may have; absent when there is none. */
  sentAt?: Instant;
  /** What that request said. */
  text?: string;
  jobId?: string;
  reason?: Reason;
};

/** All deliveries that were due in the half-open range, by due time. */
export async function rehearsedDeliveries(
  deliveries: Pick<DeliveryStore, 'listDeliveries'>,
  range: { from: Instant; to: Instant },
): Promise<RehearsedDelivery[]> {
  const found = await Array.fromAsync(everyItem((page) => deliveries.listDeliveries({ ...range, ...page })));
  return found.map(outcomeOf).reverse();
}

function outcomeOf(delivery: Delivery): RehearsedDelivery {
  const { deliveryId, scheduleId, pool, eventAt, leadSeconds, dueAt, state, jobId, reason } = delivery;
  // A request that Huawei refused told nobody anything.
  const hasNoEffect = ['pending', 'rejected', 'expired', 'skipped'].includes(state);
  const sent = hasNoEffect ? undefined : delivery.attempts.at(-1);
  return {
    ...{ deliveryId, scheduleId, pool, eventAt, leadSeconds, dueAt, state },
    ...(sent === undefined ? {} : { sentAt: sent.at, text: sent.text }),
    ...(jobId === undefined ? {} : { jobId }),
    ...(reason === undefined ? {} : { reason }),
  };
}
