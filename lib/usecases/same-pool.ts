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
  pools: Pick<PoolDirectory, 'resolve'>;
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
    ...(delivery.noticeId === undefined ? await formerTwins(deps, schedule, delivery, poolId) : []),
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
  deps: SamePoolDeps,
  schedule: Schedule,
  delivery: Delivery,
  poolId: string,
): Promise<Twin[]> {
  const notice = noticeOf(schedule, delivery);
  // An all-clear goes to each pool once, by its id.
  if (notice?.kind === 'all-clear') return [];
  const { scheduleId, definition } = schedule;
  const list = notice?.pools ?? definition.pools;
  const position = list.indexOf(delivery.pool);
  const twins = list.map(async (pool, i): Promise<Twin[]> => {
    if (pool === delivery.pool || !(await mayBe(deps, pool, delivery.pool, poolId))) return [];
    return [{ scheduleId, pool, goesFirst: i < position }];
  });
  return (await Promise.all(twins)).flat();
}

/** Whether another entry of the list may be the same pool; a name is, too, that Huawei does not tell of just now. */
async function mayBe({ pools }: SamePoolDeps, other: string, own: string, poolId: string): Promise<boolean> {
  if (looksLikePoolId(other)) return isSamePoolId(other, poolId);
  // Two names are two pools.
  if (!looksLikePoolId(own)) return false;
  const otherId = await pools.resolve(other).catch(() => undefined);
  return otherId === undefined || isSamePoolId(otherId, poolId);
}

/** Where nobody who sends by it looks first: under names that an edit dropped, and ids that a file renamed. */
async function formerTwins(
  deps: SamePoolDeps,
  { scheduleId, formerPools, formerIds = [] }: Schedule,
  { pool, dueAt }: Delivery,
  poolId: string,
): Promise<Twin[]> {
  const names = formerPools !== undefined && dueAt < formerPools.until ? formerPools.pools : [];
  const renamed = formerIds.filter(({ until }) => dueAt < until);
  const ofFormerIds = await Promise.all(
    renamed.map(async (former) => {
      const schedule = await deps.schedules.getSchedule(former.scheduleId);
      const listed = schedule?.definition.pools ?? [];
      const isLike = await Promise.all(
        listed.map((other) => other === pool || mayBe(deps, other, pool, poolId)),
      );
      const own = listed.filter((_, i) => isLike[i]);
      const goesFirst = schedule !== undefined && schedule.deletedAt === undefined;
      return [...new Set([...own, ...names, ...(schedule?.formerPools?.pools ?? [])])].map((name) => ({
        scheduleId: former.scheduleId,
        pool: name,
        goesFirst,
      }));
    }),
  );
  return [...names.map((name) => ({ scheduleId, pool: name, goesFirst: false })), ...ofFormerIds.flat()];
}
