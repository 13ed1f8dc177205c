import { type Reason, reason } from '../../domain/codes/reasons.ts';
import { type Delivery, deliveryIdOf, toldStates } from '../../domain/delivery/delivery.ts';
import { isSamePoolId, looksLikePoolId } from '../../domain/input/pool-names.ts';
import type { Schedule } from '../../domain/schedule/schedule.ts';
import { type Instant, second } from '../../domain/time/instant.ts';
import type { Clock, DeliveryStore, ScheduleStore } from '../../ports.ts';
import { noticeBehind } from './decision.ts';
import type { PoolDirectory } from './pool-directory.ts';

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
  /** What an operator decided over it holds for the other one, too; a live schedule decides for itself only. */
  decides?: boolean;
  /** Its id is that of another schedule since then; what was sent later has nothing to do with this one. */
  until?: Instant;
};

const recheck = second;
/** Why operators let a notification pass; what an edit took away may be asked for again. */
const decisions = new Set<string | undefined>(['paused', 'skipped', 'postponed', 'calendar', 'disabled']);

/**
 * Whether the same notification goes to the pool of a delivery under another name: the name and the id of a pool
 * stand in one list, an edit has made the one of the other, or a file has renamed the schedule.
 *
 * The schedule must have been read before. A sender that works by the schedule as it was before an edit reads it
 * once more before the request, so a twin of a former name that is only pending cannot leave any more.
 */
export async function standingOf(
  deps: SamePoolDeps,
  schedule: Schedule,
  delivery: Delivery,
  poolId: string,
): Promise<Standing> {
  const twins = [
    ...twinsInList(schedule, delivery),
    ...(delivery.noticeId === undefined ? await formerTwins(deps, schedule, delivery) : []),
  ];
  const standings = await Promise.all(twins.map((twin) => standingBeside(deps, delivery, twin, poolId)));
  const told = standings.find(({ kind }) => kind === 'told');
  return told ?? standings.find(({ kind }) => kind === 'wait') ?? { kind: 'free' };
}

async function standingBeside(
  deps: SamePoolDeps,
  delivery: Delivery,
  twin: Twin,
  poolId: string,
): Promise<Standing> {
  const { scheduleId, pool, goesFirst, decides, until } = twin;
  const deliveryId = deliveryIdOf({ ...delivery, scheduleId, pool });
  const other =
    deliveryId === delivery.deliveryId ? undefined : await deps.deliveries.getDelivery(deliveryId);
  if (other === undefined || (until !== undefined && (other.firstAttemptAt ?? until) >= until))
    return { kind: 'free' };
  if (!(await isForPool(deps, other, delivery.pool, poolId))) return { kind: 'free' };
  const why = reason('same_pool', { pool, scheduleId });
  const mayLeave = other.state === 'sending' || (other.state === 'pending' && goesFirst);
  if (mayLeave) return { kind: 'wait', until: deps.clock.now() + recheck, why };
  if (toldStates.includes(other.state)) return { kind: 'told', why };
  const isDecided = decides === true && decisions.has(other.reason?.code);
  return isDecided ? { kind: 'told', why: reason('decided_before', { deliveryId }) } : { kind: 'free' };
}

/** Whether another delivery is for the same pool: the one that it was sent to, or that its writing stands for now. */
async function isForPool(
  { pools }: SamePoolDeps,
  other: Delivery,
  own: string,
  poolId: string,
): Promise<boolean> {
  if (other.pool === own) return true;
  if (other.poolId !== undefined) return isSamePoolId(other.poolId, poolId);
  if (looksLikePoolId(other.pool)) return isSamePoolId(other.pool, poolId);
  // Two names are two pools.
  if (!looksLikePoolId(own)) return false;
  // While Huawei does not say which pool it is, it cannot be sent to, and looks here once it can.
  const otherId = await pools.resolve(other.pool).catch(() => undefined);
  return otherId !== undefined && isSamePoolId(otherId, poolId);
}

/** Whether two writings may stand for one pool: two ids only when they are the same, and a name and an id always. */
function mayBeOne(one: string, other: string): boolean {
  const isId = looksLikePoolId(one);
  return isId && looksLikePoolId(other) ? isSamePoolId(one, other) : isId !== looksLikePoolId(other);
}

/** Of one list, what stands first goes first; one whose writing an edit dropped comes after all that are in the list. */
function twinsInList(schedule: Schedule, delivery: Delivery): Twin[] {
  const notice = noticeBehind(schedule, delivery);
  // An all-clear goes to each pool once, by its id.
  if (notice !== undefined && notice.kind !== 'message') return [];
  const { scheduleId, pool: own } = delivery;
  const list = notice?.pools ?? schedule.definition.pools;
  const position = list.indexOf(own);
  return list.flatMap((pool, i) => {
    const isTwin = pool !== own && mayBeOne(pool, own);
    return isTwin ? { scheduleId, pool, goesFirst: position < 0 || i < position } : [];
  });
}

/** Those under names that an edit dropped, and under the other ids that the schedule has had; the oldest id goes first. */
async function formerTwins(deps: SamePoolDeps, schedule: Schedule, delivery: Delivery): Promise<Twin[]> {
  const { scheduleId, formerIds = [] } = schedule;
  const { dueAt } = delivery;
  const names = formerPoolsAt(schedule, dueAt);
  const position = names.indexOf(delivery.pool);
  const dropped = names.map((pool, i) => ({
    scheduleId: delivery.scheduleId,
    pool,
    goesFirst: i < position,
  }));
  const former = formerIds.filter(({ until }) => dueAt < until);
  if (former.length === 0) return dropped;
  const ids = [...former.map((one) => one.scheduleId), scheduleId];
  const own = ids.indexOf(delivery.scheduleId);
  const ofOtherIds = await Promise.all(
    ids.map(async (id, i): Promise<Twin[]> => {
      if (i === own) return [];
      const holder = id === scheduleId ? schedule : await deps.schedules.getSchedule(id);
      if (holder === undefined) return [];
      const isOther = id !== scheduleId && !isOfOneLine(holder, schedule, former[i]?.at);
      const listed = holder.definition.pools.filter(
        (pool) => pool === delivery.pool || mayBeOne(pool, delivery.pool),
      );
      const pools = new Set([delivery.pool, ...listed, ...names, ...formerPoolsAt(holder, dueAt)]);
      const goesFirst = isFormerOfEachOther(holder, schedule) ? isOlder(holder, schedule) : i < own;
      return [...pools].map((pool) =>
        isOther
          ? { scheduleId: id, pool, goesFirst: false, until: holder.createdAt }
          : { scheduleId: id, pool, goesFirst, decides: goesFirst && holder.renamedTo !== undefined },
      );
    }),
  );
  return [...dropped, ...ofOtherIds.flat()];
}

/** Whether a former id still stands for the same schedule: by now it may be that of another one. */
function isOfOneLine(holder: Schedule, schedule: Schedule, renamedAt: Instant = 0): boolean {
  const { createdAt, renamedTo, formerIds = [] } = holder;
  const isBack = formerIds.some(({ scheduleId }) => scheduleId === schedule.scheduleId);
  return renamedTo !== undefined || createdAt <= renamedAt || isBack;
}

/** Two live ids of one line, each a former id of the other: a file that renames one back was left half applied. */
function isFormerOfEachOther(holder: Schedule, schedule: Schedule): boolean {
  const isFormer = holder.formerIds?.some(({ scheduleId }) => scheduleId === schedule.scheduleId);
  return isFormer === true && holder.renamedTo === undefined && holder.deletedAt === undefined;
}

/** One order that both ids see, so that only one of them waits. */
function isOlder(one: Schedule, other: Schedule): boolean {
  if (one.createdAt !== other.createdAt) return one.createdAt < other.createdAt;
  return one.scheduleId < other.scheduleId;
}

/** Names that edits dropped so lately that a notification may have gone out under them. */
function formerPoolsAt({ formerPools = [] }: Schedule, dueAt: Instant): string[] {
  return formerPools.filter(({ until }) => dueAt < until).map(({ pool }) => pool);
}
