import { type Delivery, toldStates } from '../domain/delivery.ts';
import { day, hour, type Instant, second } from '../domain/instant.ts';
import type { Announcement, Audience } from '../domain/notice.ts';
import type { Act, Schedule } from '../domain/schedule.ts';
import type { DeliveryStore, ScheduleStore } from '../ports.ts';

export type WarnedDeps = {
  schedules: Pick<ScheduleStore, 'listActs'>;
  deliveries: Pick<DeliveryStore, 'listDeliveries'>;
};

/** Which event somebody asks about: by its times as written and as moved; all that are to come at `at` when absent. */
export type Asked = Pick<Announcement, 'eventTimes' | 'at'>;

/** Whose request was under way, and who was told of the event. */
export type Warned = {
  goingOut: Delivery[];
  /** By pool as last written; a pool that was given by its name and later by its id is one. */
  pools: string[];
  /** The first event, as things are, that they were told of. */
  warnedOf: Instant | undefined;
  audience: Audience;
};

/** A delivery is tried until its deadline, a day after its due time at the latest. */
const longestOpen = day + hour;
/** What schedules that were saved before it was noted may have had. */
const longestLeadEver = (28 * day) / second;

/** Reads who was told of an event, whatever lead times and times it has had. */
export async function warnedOf(deps: WarnedDeps, schedule: Schedule, asked: Asked): Promise<Warned> {
  const moves = await movesOf(deps, schedule);
  const times = asked.eventTimes && withEarlierTimes(asked.eventTimes, moves);
  const leadMs = (schedule.longestLeadSeconds ?? longestLeadEver) * second;
  const from = Math.min(asked.at - longestOpen, ...(times ?? [asked.at]).map((at) => at - leadMs));
  const told = await toldSince(deps, schedule.scheduleId, from);
  const ofEvent = told.flatMap((delivery) => {
    const happensAt = times?.includes(delivery.eventAt)
      ? delivery.eventAt
      : times === undefined && comingTimeOf(schedule, delivery.eventAt, moves, asked.at);
    return typeof happensAt === 'number' ? [{ delivery, happensAt }] : [];
  });
  const audience = audienceOf(ofEvent.map(({ delivery }) => delivery));
  const first = Math.min(...ofEvent.map(({ happensAt }) => happensAt));
  return {
    goingOut: told.filter(({ state }) => state === 'sending'),
    pools: [...audience.pools],
    warnedOf: Number.isFinite(first) ? first : undefined,
    audience: Number.isFinite(first) ? { ...audience, warnedOf: first } : audience,
  };
}

/** Every postponement of the schedule, the newest first: an event that was moved twice had a time between. */
async function movesOf({ schedules }: WarnedDeps, { scheduleId, lastAct }: Schedule): Promise<Act[]> {
  const acts: Act[] = [lastAct];
  let cursor: string | undefined;
  do {
    const query = { scheduleId, limit: 200 };
    const page = await schedules.listActs(cursor === undefined ? query : { ...query, cursor });
    acts.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return acts.filter(({ what }) => what === 'postpone');
}

function withEarlierTimes(eventTimes: readonly Instant[], moves: readonly Act[]): Instant[] {
  const earlier = moves.flatMap(({ eventAt, movedTo }) =>
    eventAt !== undefined && movedTo !== undefined && eventTimes.includes(eventAt) ? movedTo : [],
  );
  return [...new Set([...eventTimes, ...earlier])];
}

/** When the event that people were told to be at `toldAt` happens as things are; undefined when that is not to come. */
function comingTimeOf(
  { exceptions }: Schedule,
  toldAt: Instant,
  moves: readonly Act[],
  now: Instant,
): Instant | undefined {
  const written = [
    toldAt,
    ...moves.filter(({ movedTo }) => movedTo === toldAt).map(({ eventAt }) => eventAt),
  ];
  const coming = written.flatMap((eventAt) => {
    if (eventAt === undefined) return [];
    const exception = exceptions.find((other) => other.eventAt === eventAt);
    if (exception === undefined) return eventAt;
    return exception.movedTo ?? [];
  });
  return coming.filter((at) => at > now).sort((a, b) => a - b)[0];
}

async function toldSince({ deliveries }: WarnedDeps, scheduleId: string, from: Instant): Promise<Delivery[]> {
  const told: Delivery[] = [];
  let cursor: string | undefined;
  do {
    const query = { scheduleId, states: toldStates, from, limit: 200 };
    const page = await deliveries.listDeliveries(cursor === undefined ? query : { ...query, cursor });
    told.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return told;
}

/** @param told the newest first, so that a pool goes by the name that it was given last. */
function audienceOf(told: readonly Delivery[]): Audience {
  const byPool = Map.groupBy(told, ({ poolId, pool }) => poolId ?? pool);
  const groups = [...byPool.values()].flatMap((group) => {
    const pool = group[0]?.pool;
    return pool === undefined ? [] : { pool, group };
  });
  const pools = groups.map(({ pool }) => pool);
  const waiting = groups.filter(({ group }) => group.every(({ state }) => state === 'sending'));
  if (waiting.length === 0) return { pools };
  const follows = waiting.map(
    ({ pool, group }) => [pool, group.map(({ deliveryId }) => deliveryId)] as const,
  );
  return { pools, follows: Object.fromEntries(follows) };
}
