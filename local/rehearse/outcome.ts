import type { Reason } from '../../lib/domain/codes/reasons.ts';
import type { Delivery } from '../../lib/domain/delivery/delivery.ts';
import type { Instant } from '../../lib/domain/time/instant.ts';
import type { DeliveryStore } from '../../lib/ports.ts';

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

const pageLength = 1_000;

/** All deliveries that were due in the half-open range, by due time. */
export async function rehearsedDeliveries(
  deliveries: Pick<DeliveryStore, 'listDeliveries'>,
  range: { from: Instant; to: Instant },
): Promise<RehearsedDelivery[]> {
  const found: RehearsedDelivery[] = [];
  let cursor: string | undefined;
  do {
    const query = { ...range, limit: pageLength };
    const page = await deliveries.listDeliveries(cursor === undefined ? query : { ...query, cursor });
    found.push(...page.items.map(outcomeOf));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return found.reverse();
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
