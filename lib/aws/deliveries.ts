import type { Delivery } from '../domain/delivery/delivery.ts';
import { isScheduleId } from '../domain/schedule/definition.ts';
import { day, type Instant, second } from '../domain/time/instant.ts';
import type { DeliveryQuery, DeliveryStore } from '../ports.ts';
import {
  contentOf,
  keptUntil,
  keyIn,
  pageOf,
  positionOf,
  putVersion,
  scheduleKey,
  secondsKey,
  textIfAny,
} from './items.ts';
import {
  backwards,
  budgetOfList,
  type Filter,
  joinFilters,
  logBackwards,
  logPartition,
  type Span,
} from './months.ts';
import type { Attributes, DynamoTable, Key, ReadBudget } from './table.ts';

const kind = 'D';
/** Nothing is planned further ahead than this. */
const furthestAhead = day;

type Options = { now: () => Instant; keptMs: number };

/** Deliveries: one item each, under its schedule; its id is its key. */
export function createDynamoDeliveries(table: DynamoTable, { now, keptMs }: Options): DeliveryStore {
  async function* rowsOf(query: DeliveryQuery, budget: ReadBudget): AsyncGenerator<Attributes, void> {
    const { scheduleId, from, to } = query;
    const most = query.limit + 1;
    // DynamoDB refuses a key that is too long instead of finding nothing.
    if (scheduleId !== undefined && !isScheduleId(scheduleId)) return;
    const below = belowOf(query);
    const filter = filterOf(query);
    if (scheduleId !== undefined) {
      const span = { atLeast: `D#${secondsFrom(from)}`, below: `D#${below.own}` };
      yield* backwards(table, { partition: scheduleKey(scheduleId), most }, span, filter);
      return;
    }
    const latest = Math.min(to ?? Number.POSITIVE_INFINITY, below.at, now() + furthestAhead);
    const earliest = Math.max(from ?? 0, now() - keptMs - day);
    const span: Span = { atLeast: secondsFrom(from), below: below.all };
    yield* logBackwards(table, { kind, latest, earliest, most }, span, filter, budget);
  }

  return {
    async getDelivery(deliveryId) {
      const key = keyOf(deliveryId);
      return key === undefined ? undefined : contentOf<Delivery>(await table.get(key));
    },
    async writeDelivery(delivery) {
      const key = keyOf(delivery.deliveryId);
      if (key === undefined) throw new RangeError(`${delivery.deliveryId} is no id of a delivery`);
      return putVersion(table, key, delivery, searchedOf(delivery, keptMs));
    },
    async listDeliveries(query) {
      // A page ends at a delivery, whose id tells when it was due.
      const budget = budgetOfList();
      const page = await pageOf(rowsOf(query, budget), query.limit, idIn, budget);
      // A schedule's own are read from the table; the index holds less, and may be a little behind.
      const isWhole = query.scheduleId !== undefined;
      const found = isWhole ? page.items : await table.getAll(page.items.map(keyIn));
      const items = found.flatMap((row) => contentOf<Delivery>(row) ?? []);
      return { ...page, items: items.filter((item) => isAsked(item, query)) };
    },
    async deliveriesToWake(until, limit) {
      const ids: string[] = [];
      for await (const row of table.query({
        IndexName: 'wake',
        KeyConditionExpression: 'wakePk = :deliveries AND wakeAt <= :until',
        ExpressionAttributeValues: { ':deliveries': { S: 'WAKE#D' }, ':until': { N: String(until) } },
        Limit: limit,
      })) {
        ids.push(idIn(row));
        if (ids.length === limit) break;
      }
      return ids;
    },
  };
}

function searchedOf(delivery: Delivery, keptMs: number): Attributes {
  const { deliveryId, scheduleId, pool, poolId, state, dueAt, wakeAt } = delivery;
  return {
    logPk: { S: logPartition(kind, dueAt) },
    logSk: { S: `${secondsKey(Math.floor(dueAt / second))}#${deliveryId}` },
    scheduleId: { S: scheduleId },
    pool: { S: pool },
    ...textIfAny('poolId', poolId),
    state: { S: state },
    ...keptUntil(dueAt + keptMs),
    ...(wakeAt === undefined ? {} : { wakePk: { S: 'WAKE#D' }, wakeAt: { N: String(wakeAt) } }),
  };
}

const idPattern = /^([a-z0-9-]{1,64})\.([a-z0-9]{7})\.([0-9a-f]{1,64})$/;

function keyOf(deliveryId: string): Key | undefined {
  const [, scheduleId, dueAt, hash] = idPattern.exec(deliveryId) ?? [];
  return scheduleId === undefined ? undefined : { pk: scheduleKey(scheduleId), sk: `D#${dueAt}#${hash}` };
}

function idIn(row: Attributes): string {
  const { pk, sk } = keyIn(row);
  const [, dueAt, hash] = sk.split('#');
  return `${pk.slice('S#'.length)}.${dueAt}.${hash}`;
}

function secondsFrom(from: Instant = 0): string {
  return secondsKey(Math.ceil(from / second));
}

/** Where the list begins, in the sort keys of one schedule and of the log, and as an instant. */
function belowOf({ to, cursor }: DeliveryQuery): { own: string; all: string; at: Instant } {
  const first = to === undefined ? '~' : secondsFrom(to);
  const [, , dueAt, hash] = positionOf(cursor, idPattern) ?? [];
  if (cursor === undefined || dueAt === undefined)
    return { own: first, all: first, at: Number.POSITIVE_INFINITY };
  const own = `${dueAt}#${hash}`;
  const all = `${dueAt}#${cursor}`;
  return {
    own: own < first ? own : first,
    all: all < first ? all : first,
    at: Number.parseInt(dueAt, 36) * second,
  };
}

function filterOf({ pool, states }: DeliveryQuery): Filter {
  return joinFilters([
    pool === undefined
      ? undefined
      : {
          expression: '#pool = :pool OR poolId = :pool',
          names: { '#pool': 'pool' },
          values: { ':pool': { S: pool } },
        },
    states === undefined || states.length === 0
      ? undefined
      : {
          expression: `#state IN (${states.map((_, i) => `:state${i}`).join(', ')})`,
          names: { '#state': 'state' },
          values: Object.fromEntries(states.map((state, i) => [`:state${i}`, { S: state }])),
        },
  ]);
}

function isAsked({ pool, poolId, state }: Delivery, query: DeliveryQuery): boolean {
  const { states = [] } = query;
  const isOfPool = query.pool === undefined || query.pool === pool || query.pool === poolId;
  return isOfPool && (states.length === 0 || states.includes(state));
}
