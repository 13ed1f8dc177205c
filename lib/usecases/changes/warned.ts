import { type Delivery, toldStates } from '../../domain/delivery/delivery.ts';
import { bareId } from '../../domain/input/pool-names.ts';
import type { Message } from '../../domain/message/message.ts';
import type { Announcement, Audience } from '../../domain/schedule/notice.ts';
import { type Act, arrivalGrace, type Schedule } from '../../domain/schedule/schedule.ts';
import { day, hour, type Instant, second } from '../../domain/time/instant.ts';
import type { DeliveryStore, ScheduleStore } from '../../ports.ts';
import { everyItem } from '../pages.ts';

export type WarnedDeps = {
  schedules: Pick<ScheduleStore, 'listActs'>;
  deliveries: Pick<DeliveryStore, 'listDeliveries'>;
};

/** Which event somebody asks about: by its times as written and as moved; all that are to come at `at` when absent. */
export type Asked = Pick<Announcement, 'eventTimes' | 'at'>;

/** An all-clear that people have read, or may have: the last one about the event in those pools. */
export type ReadText = { what: Act['what']; message: Message; pools: string[] };

/** Whose request was under way, and who was told of the event. */
export type Warned = {
  goingOut: Delivery[];
  /** By pool as last written; a pool that was given by its name and later by its id is one. */
  pools: string[];
  /** What they were told of it, and may have been, the newest first. */
  told: Delivery[];
  /** The texts of acts that those pools have read last. */
  read: ReadText[];
  /** The pools that get a text about this change. */
  audience: Audience;
};

/** A delivery is tried until its deadline, a day after its due time at the latest. */
const longestOpen = day + hour;
/** What schedules that were saved before it was noted may have had. */
const longestLeadEver = (28 * day) / second;

/** Reads who was told of an event, whatever lead times and times it has had, and whatever id the schedule. */
export async function warnedOf(deps: WarnedDeps, schedule: Schedule, asked: Asked): Promise<Warned> {
  const { formerIds = [] } = schedule;
  const ids = [schedule.scheduleId, ...formerIds.map(({ scheduleId }) => scheduleId)];
  const acts = [schedule.lastAct, ...(await readEach(ids, (scheduleId) => actsOf(deps, scheduleId)))];
  const moves = acts.filter(({ what }) => what === 'postpone');
  const times = asked.eventTimes && withEarlierTimes(asked.eventTimes, moves);
  const hadTime = asked.eventTimes && timesHeld(asked.eventTimes, acts);
  const from = earliestDue(schedule, asked.at, times ?? movedTimes(schedule, moves, asked.at));
  const told = await readEach(ids, (scheduleId) => toldSince(deps, scheduleId, from));
  const ofEvent = told.flatMap((delivery) => {
    if (hadTime !== undefined) return hadTime(delivery) ? [{ delivery, happensAt: delivery.eventAt }] : [];
    const happensAt = comingTimeOf(schedule, delivery.eventAt, moves, asked.at);
    return happensAt === undefined ? [] : [{ delivery, happensAt }];
  });
  const groups = groupsOf(ofEvent.map(({ delivery }) => delivery));
  const eventTimes = ofEvent.flatMap(({ delivery, happensAt }) => [delivery.eventAt, happensAt]);
  const first = Math.min(...ofEvent.map(({ happensAt }) => happensAt));
  return {
    goingOut: told.filter(({ state }) => state === 'sending'),
    pools: groups.map(({ pool }) => pool),
    told: ofEvent.map(({ delivery }) => delivery),
    read: readTexts(groups, acts),
    audience: {
      ...audienceOf(groups),
      about: [...new Set([...(times ?? []), ...eventTimes])],
      ...(Number.isFinite(first) ? { warnedOf: first } : {}),
    },
  };
}

async function readEach<T>(ids: readonly string[], read: (id: string) => Promise<T[]>): Promise<T[]> {
  return (await Promise.all(ids.map(read))).flat();
}

/** Every act on the schedule, the newest first: an event that was moved twice had a time between. */
async function actsOf({ schedules }: WarnedDeps, scheduleId: string): Promise<Act[]> {
  return Array.fromAsync(everyItem((page) => schedules.listActs({ scheduleId, ...page })));
}

function withEarlierTimes(eventTimes: readonly Instant[], moves: readonly Act[]): Instant[] {
  const earlier = moves.flatMap(({ eventAt, movedTo }) =>
    eventAt !== undefined && movedTo !== undefined && eventTimes.includes(eventAt) ? movedTo : [],
  );
  return [...new Set([...eventTimes, ...earlier])];
}

/**
 * Whether a delivery told of the event: of a time that it has, or of one that it had when the delivery was due.
 * Another event of the schedule may take place at a time that this one once had.
 */
function timesHeld(eventTimes: readonly Instant[], acts: readonly Act[]): (delivery: Delivery) => boolean {
  const own = acts
    .filter(({ what, eventAt = -1 }) => what !== 'send' && eventTimes.includes(eventAt))
    .sort((a, b) => a.at - b.at);
  const held = own.flatMap(({ movedTo, at, rev }) => {
    if (movedTo === undefined) return [];
    const next = own.find((other) => other.rev > rev);
    return { eventAt: movedTo, from: at - arrivalGrace, to: next?.at ?? Number.POSITIVE_INFINITY };
  });
  return ({ eventAt, dueAt }) =>
    eventTimes.includes(eventAt) ||
    held.some((time) => time.eventAt === eventAt && time.from <= dueAt && dueAt <= time.to);
}

/** All times that the moved events that are to come have had: people may have been warned of one long ago. */
function movedTimes({ exceptions }: Schedule, moves: readonly Act[], now: Instant): Instant[] {
  const written = exceptions.filter(({ movedTo = 0 }) => movedTo > now).map(({ eventAt }) => eventAt);
  return withEarlierTimes(written, moves);
}

/** When the first warning of one of these times, or of an event to come, can have been due. */
function earliestDue(
  { longestLeadSeconds = longestLeadEver }: Schedule,
  now: Instant,
  times: Instant[],
): Instant {
  const leadMs = longestLeadSeconds * second;
  return Math.min(now - longestOpen, ...[now, ...times].map((at) => at - leadMs));
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
  const query = { scheduleId, states: toldStates, from };
  return Array.fromAsync(everyItem((page) => deliveries.listDeliveries({ ...query, ...page })));
}

/** What one pool was told; it goes by the name that it was given last. */
type Group = { pool: string; told: Delivery[] };

function groupsOf(told: readonly Delivery[]): Group[] {
  const newestFirst = told.toSorted((a, b) => b.dueAt - a.dueAt);
  const byPool = Map.groupBy(newestFirst, ({ poolId, pool }) =>
    poolId === undefined ? pool : bareId(poolId),
  );
  const names = new Set<string>();
  return [...byPool.values()].flatMap((group) => {
    const [newest] = group;
    if (newest === undefined) return [];
    // Two pools may have had one name in turn.
    const pool = names.has(newest.pool) ? (newest.poolId ?? newest.pool) : newest.pool;
    names.add(pool);
    return { pool, told: group };
  });
}

function audienceOf(groups: readonly Group[]): Pick<Audience, 'pools' | 'poolIds' | 'follows'> {
  const idOf = ({ told }: Group) => told.find(({ poolId }) => poolId !== undefined)?.poolId;
  const poolIds = groups.flatMap((group) => {
    const poolId = idOf(group);
    return poolId === undefined ? [] : [[group.pool, poolId] as const];
  });
  const follows = groups.flatMap(({ pool, told }) => {
    const sending = told.filter(({ state }) => state === 'sending');
    const before = told.filter(({ state }) => state !== 'sending');
    // A job that is still followed may end as undelivered: then an earlier one was the last that people read.
    const settled = before.findIndex(({ state }) => state !== 'accepted');
    const followed = [...sending, ...before.slice(0, settled < 0 ? before.length : settled + 1)];
    return sending.length === 0 ? [] : [[pool, followed.map(({ deliveryId }) => deliveryId)] as const];
  });
  return {
    pools: groups.map(({ pool }) => pool),
    poolIds: Object.fromEntries(poolIds),
    ...(follows.length === 0 ? {} : { follows: Object.fromEntries(follows) }),
  };
}

function readTexts(groups: readonly Group[], acts: readonly Act[]): ReadText[] {
  const byAct = new Map<Act, string[]>();
  for (const { pool, told } of groups) {
    const act = told
      .map(({ noticeId }) => acts.find(({ writeId, notify }) => notify !== undefined && writeId === noticeId))
      .find((found) => found !== undefined);
    if (act !== undefined) byAct.set(act, [...(byAct.get(act) ?? []), pool]);
  }
  return [...byAct].flatMap(([{ what, notify }, pools]) =>
    notify === undefined ? [] : { what, message: notify, pools },
  );
}
