import { type Delivery, deliveryIdOf, toldStates } from '../domain/delivery.ts';
import { type Instant, second } from '../domain/instant.ts';
import { isSamePoolId, looksLikePoolId } from '../domain/pool-names.ts';
import { type Reason, reason } from '../domain/reasons.ts';
import type { Schedule } from '../domain/schedule.ts';
import type { Clock, DeliveryStore, ScheduleStore } from '../ports.ts';
import type { PoolDirectory } from './pool-directory.ts';
import { noticeOf } from './verdict.ts';

export type SamePoolDeps = {
  schedules: Pick<ScheduleStore, 'getSchedule'>;
  deliveries: Pick<DeliveryStore, 'getDelivery'>;
  pools: Pick<PoolDirectory, 'names'>;
  clock: Pick<Clock, 'now'>;
};

/** `told`: the pool had it under another name. `wait`: it may be having it just now. */
export type Standing =
  | { kind: 'free' }
  | { kind: 'told'; why: Reason }
  | { kind: 'wait'; until: Instant; why: Reason };

/** The same notification for what may be the same pool, under another name. */
type Twin = {
  scheduleId: string;
  pool: string;
  /** While it waits, the other one does. */
  goesFirst: boolean;
};

const recheck = second;

/**
 * Whether the pool of a delivery is told of the very same thing under another name: the name and the id of a pool
 * stand in one list, an edit has made the one of the other, or a file has renamed the schedule.
 *
 * The schedule must have been read before. Whoever still works by the schedule as it was before an edit looks at it
 * once more before the request, so a twin of a former name that is only pending cannot leave any more.
 */
export async function standingOf(
  deps: SamePoolDeps,
  schedule: Schedule,
  delivery: Delivery,
  poolId: string,
): Promise<Standing> {
  const twins = [
    ...(await twinsInList(deps, schedule, delivery, poolId)),
    ...(delivery.noticeId === undefined ? await formerTwins(deps, schedule, delivery) : []),
  ];
  let wait: Standing = { kind: 'free' };
  for (const twin of twins) {
    const other = await deps.deliveries.getDelivery(deliveryIdOf({ ...delivery, ...twin }));
    if (other === undefined || (other.poolId !== undefined && !isSamePoolId(other.poolId, poolId))) continue;
    const why = reason('same_pool', { pool: twin.pool, scheduleId: twin.scheduleId });
    const mayLeave = other.state === 'sending' || (other.state === 'pending' && twin.goesFirst);
    if (mayLeave) wait = { kind: 'wait', until: deps.clock.now() + recheck, why };
    else if (toldStates.includes(other.state)) return { kind: 'told', why };
  }
  return wait;
}

/** Of one list, what stands first goes first. */
async function twinsInList(
  { pools }: SamePoolDeps,
  schedule: Schedule,
  delivery: Delivery,
  poolId: string,
): Promise<Twin[]> {
  const notice = noticeOf(schedule, delivery);
  // An all-clear goes to each pool once, by its id.
  if (notice?.kind === 'all-clear') return [];
  const { scheduleId, definition } = schedule;
  const list = notice?.pools ?? definition.pools;
  const isMixed = list.some(looksLikePoolId) && !list.every(looksLikePoolId);
  const known = isMixed ? await pools.names() : undefined;
  const name = known?.nameOf(poolId);
  const position = list.indexOf(delivery.pool);
  return list.flatMap((pool, i) => {
    const isTwin = pool !== delivery.pool && (isSamePoolId(pool, poolId) || pool === name);
    return isTwin ? { scheduleId, pool, goesFirst: i < position } : [];
  });
}

async function formerTwins(
  deps: SamePoolDeps,
  schedule: Schedule,
  { pool, dueAt }: Delivery,
): Promise<Twin[]> {
  const { scheduleId, formerPools, formerIds = [] } = schedule;
  const names = formerPools !== undefined && dueAt < formerPools.until ? formerPools.pools : [];
  const renamed = formerIds.filter(({ until }) => dueAt < until);
  const ofFormerId = await Promise.all(
    renamed.map(async (former) => {
      const { deletedAt } = (await deps.schedules.getSchedule(former.scheduleId)) ?? { deletedAt: 0 };
      return [pool, ...names].map((name) => ({
        scheduleId: former.scheduleId,
        pool: name,
        goesFirst: deletedAt === undefined,
      }));
    }),
  );
  return [...names.map((name) => ({ scheduleId, pool: name, goesFirst: false })), ...ofFormerId.flat()];
}
