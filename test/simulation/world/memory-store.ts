import type { Delivery } from '../../../lib/domain/delivery/delivery.ts';
import type { Gate } from '../../../lib/domain/delivery/gate.ts';
import type { Calendars } from '../../../lib/domain/schedule/calendar.ts';
import type { Act, Gap, Schedule } from '../../../lib/domain/schedule/schedule.ts';
import type { ApplyLock } from '../../../lib/domain/table/apply-lock.ts';
import type { Instant } from '../../../lib/domain/time/instant.ts';
import type { Versioned } from '../../../lib/domain/versioned.ts';
import type {
  ActQuery,
  ApplyLockStore,
  CalendarStore,
  DeliveryQuery,
  DeliveryStore,
  GateStore,
  Page,
  ScheduleStore,
  TickLog,
  WriteResult,
} from '../../../lib/ports.ts';

/** The store's ports, whatever keeps the items. */
export type Store = ScheduleStore & DeliveryStore & GateStore & CalendarStore & ApplyLockStore & TickLog;

/** The store's ports in plain memory: thousands of stories must pass in a minute. */
export function createMemoryStore(): Store {
  const gaps = new Map<string, Gap>();
  return {
    ...scheduleStore(gaps),
    ...deliveryStore(),
    ...gateStore(),
    ...metaStore(),
  };
}

function scheduleStore(gaps: Map<string, Gap>): ScheduleStore {
  const schedules = new Map<string, Schedule>();
  const acts = new Map<string, Act>();
  const live = () =>
    [...schedules.values()]
      .filter(({ deletedAt }) => deletedAt === undefined)
      .sort((a, b) => (a.scheduleId < b.scheduleId ? -1 : 1));
  return {
    getSchedule: async (scheduleId) => schedules.get(scheduleId),
    writeSchedule: async (schedule) => write(schedules, schedule.scheduleId, schedule),
    async listSchedules({ limit, cursor, owner }) {
      const items = live().filter((schedule) => owner === undefined || schedule.owner === owner);
      return pageOf(items, limit, cursor, ({ scheduleId }) => scheduleId);
    },
    async schedulesToWake({ until, beyond }, limit) {
      const due = wakingOf(schedules.values(), until).slice(0, limit);
      const far = wakingOf(schedules.values(), Number.POSITIVE_INFINITY).filter(
        ({ wakeAt = 0 }) => wakeAt > beyond,
      );
      return [...due, ...far.slice(0, limit)].map(({ scheduleId }) => scheduleId);
    },
    async failingSchedules(limit) {
      return live()
        .filter(({ planError }) => planError !== undefined)
        .slice(0, limit);
    },
    async putAct(act) {
      const key = keyOfAct(act);
      const known = acts.get(key);
      if (known === undefined || (known.goingOut === undefined && act.goingOut !== undefined))
        acts.set(key, act);
    },
    async listActs(query) {
      const items = [...acts.values()]
        .filter((act) => isAsked(act, query))
        .sort((a, b) => b.at - a.at || (keyOfAct(a) < keyOfAct(b) ? 1 : -1));
      return pageOf(items, query.limit, query.cursor, keyOfAct);
    },
    async putGap(gap) {
      const key = `${gap.scheduleId}~${gap.from}`;
      if (gap.to > (gaps.get(key)?.to ?? Number.NEGATIVE_INFINITY)) gaps.set(key, gap);
    },
    async listGaps(scheduleId) {
      const own = [...gaps.values()].filter((gap) => gap.scheduleId === scheduleId);
      return own.sort((a, b) => a.from - b.from);
    },
  };
}

function keyOfAct({ scheduleId, rev }: Act): string {
  return `${scheduleId}~${String(rev).padStart(9, '0')}`;
}

function isAsked(act: Act, { scheduleId, pool, from, to }: ActQuery): boolean {
  return (
    (scheduleId === undefined || act.scheduleId === scheduleId) &&
    (pool === undefined || act.pools.includes(pool)) &&
    isWithin(act.at, from, to)
  );
}

function deliveryStore(): DeliveryStore {
  const deliveries = new Map<string, Delivery>();
  return {
    getDelivery: async (deliveryId) => deliveries.get(deliveryId),
    writeDelivery: async (delivery) => write(deliveries, delivery.deliveryId, delivery),
    async listDeliveries(query) {
      const { scheduleId, pool, states, from, to, limit, cursor } = query satisfies DeliveryQuery;
      const items = [...deliveries.values()]
        .filter(
          (delivery) =>
            (scheduleId === undefined || delivery.scheduleId === scheduleId) &&
            (pool === undefined || delivery.pool === pool || delivery.poolId === pool) &&
            (states === undefined || states.includes(delivery.state)) &&
            isWithin(delivery.dueAt, from, to),
        )
        .sort((a, b) => b.dueAt - a.dueAt || (a.deliveryId < b.deliveryId ? 1 : -1));
      return pageOf(items, limit, cursor, ({ deliveryId }) => deliveryId);
    },
    async deliveriesToWake(until, limit) {
      return wakingOf(deliveries.values(), until)
        .slice(0, limit)
        .map(({ deliveryId }) => deliveryId);
    },
  };
}

function gateStore(): GateStore {
  const gates = new Map<string, Gate>();
  return {
    getGate: async (connection) => gates.get(connection),
    writeGate: async (gate) => write(gates, gate.connection, gate),
  };
}

function metaStore(): CalendarStore & ApplyLockStore & TickLog {
  const locks = new Map<string, ApplyLock>();
  let calendars: Calendars = {};
  let lastTickAt: Instant | undefined;
  return {
    getCalendars: async () => calendars,
    async putCalendars(latest) {
      calendars = latest;
    },
    getApplyLock: async () => locks.get('apply'),
    writeApplyLock: async (lock) => write(locks, 'apply', lock),
    getLastTickAt: async () => lastTickAt,
    async putLastTickAt(at) {
      lastTickAt = at;
    },
  };
}

function write<T extends Versioned>(items: Map<string, T>, key: string, item: T): WriteResult {
  if ((items.get(key)?.version ?? 0) !== item.version - 1) return 'conflict';
  items.set(key, item);
  return 'written';
}

/** Those whose wake time has come, the longest waiting first. */
export function wakingOf<T extends { wakeAt?: Instant }>(items: Iterable<T>, until: Instant): T[] {
  return [...items]
    .filter(({ wakeAt }) => wakeAt !== undefined && wakeAt <= until)
    .sort((a, b) => (a.wakeAt ?? 0) - (b.wakeAt ?? 0));
}

function isWithin(at: Instant, from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY): boolean {
  return from <= at && at < to;
}

function pageOf<T>(
  items: T[],
  limit: number,
  cursor: string | undefined,
  keyOf: (item: T) => string,
): Page<T> {
  const begin = cursor === undefined ? 0 : items.findIndex((item) => keyOf(item) === cursor) + 1;
  const page = items.slice(begin, begin + limit);
  const last = page.at(-1);
  return last !== undefined && begin + limit < items.length
    ? { items: page, nextCursor: keyOf(last) }
    : { items: page };
}
