import { isScheduleId } from '../domain/schedule/definition.ts';
import type { Act, Gap, Schedule } from '../domain/schedule/schedule.ts';
import { day, type Instant } from '../domain/time/instant.ts';
import type { ActQuery, ScheduleStore } from '../ports.ts';
import {
  absent,
  contentOf,
  keptUntil,
  keyIn,
  padded,
  pageOf,
  positionOf,
  putVersion,
  scheduleKey,
  textIfAny,
} from './items.ts';
import { backwards, budgetOfList, type Filter, joinFilters, logBackwards, logPartition } from './months.ts';
import type { Attributes, DynamoTable, Key, Query, ReadBudget } from './table.ts';

const kind = 'A';
/** A tombstone outlives the records of the acts before it: a schedule that is made again goes on counting. */
const tombstoneKept = 30 * day;

type Options = { now: () => Instant; keptMs: number };

/** Schedules, and under each the record of what people did to it and of what was missed. */
export function createScheduleStore(table: DynamoTable, options: Options): ScheduleStore {
  const { keptMs } = options;
  return {
    ...createActStore(table, options),
    async getSchedule(scheduleId) {
      // DynamoDB refuses a key that is too long instead of finding nothing.
      return isScheduleId(scheduleId) ? contentOf<Schedule>(await table.get(keyOf(scheduleId))) : undefined;
    },
    writeSchedule(schedule) {
      return putVersion(table, keyOf(schedule.scheduleId), schedule, searchedOf(schedule, keptMs));
    },
    async listSchedules({ limit, cursor = '', owner }) {
      const rows = table.query({
        IndexName: 'log',
        KeyConditionExpression: 'logPk = :schedules AND logSk > :cursor',
        ...(owner === undefined
          ? { Limit: limit + 1 }
          : { FilterExpression: '#owner = :owner', ExpressionAttributeNames: { '#owner': 'owner' } }),
        ExpressionAttributeValues: {
          ':schedules': { S: 'SCHEDULES' },
          // No key may be empty, and this comes before all ids.
          ':cursor': { S: cursor === '' ? ' ' : cursor },
          ...(owner === undefined ? {} : { ':owner': { S: owner } }),
        },
      });
      const page = await pageOf(rows, limit, (row) => idIn(row));
      const found = await table.getAll(page.items.map((row) => keyOf(idIn(row))));
      const items = found.flatMap((row) => contentOf<Schedule>(row) ?? []);
      // The index may be a little behind.
      const isAsked = (item: Schedule) =>
        item.deletedAt === undefined && (owner ?? item.owner) === item.owner;
      return { ...page, items: items.filter(isAsked) };
    },
    async schedulesToWake({ until, beyond }, limit) {
      const ranges = [
        ['WAKE#S', '<=', until],
        ['WAKE#S!', '<=', until],
        ['WAKE#S', '>', beyond],
        ['WAKE#S!', '>', beyond],
      ] as const;
      const found = await Promise.all(
        ranges.map(([partition, sign, at]) => waking(table, partition, { sign, at }, limit)),
      );
      return found
        .flat()
        .sort((a, b) => a.wakeAt - b.wakeAt)
        .map(({ scheduleId }) => scheduleId);
    },
    async failingSchedules(limit) {
      const anyTime = { sign: '>', at: 0 } as const;
      const failing = await waking(table, 'WAKE#S!', anyTime, limit);
      const found = await table.getAll(failing.map(({ scheduleId }) => keyOf(scheduleId)));
      return found
        .flatMap((row) => contentOf<Schedule>(row) ?? [])
        .filter(({ planError, deletedAt }) => planError !== undefined && deletedAt === undefined)
        .sort((a, b) => (a.scheduleId < b.scheduleId ? -1 : 1));
    },
    async putGap(gap) {
      const { scheduleId, from, to } = gap;
      await table.put(
        {
          ...keyAttributes(scheduleId, `G#${padded(from, 15)}`),
          item: { S: JSON.stringify(gap) },
          until: { N: String(to) },
          ...keptUntil(to + keptMs),
        },
        {
          ConditionExpression: 'attribute_not_exists(pk) OR #until < :until',
          ExpressionAttributeNames: { '#until': 'until' },
          ExpressionAttributeValues: { ':until': { N: String(to) } },
        },
      );
    },
    async listGaps(scheduleId) {
      const rows = await Array.fromAsync(table.query(ownQuery(scheduleId, 'G#')));
      return rows.flatMap((row) => contentOf<Gap>(row) ?? []);
    },
  };
}

function createActStore(
  table: DynamoTable,
  { now, keptMs }: Options,
): Pick<ScheduleStore, 'putAct' | 'listActs'> {
  async function* rowsOf(query: ActQuery, budget: ReadBudget): AsyncGenerator<Attributes, void> {
    const { scheduleId, from, to, cursor } = query;
    const most = query.limit + 1;
    if (scheduleId !== undefined && !isScheduleId(scheduleId)) return;
    const filter = filterOf(query);
    const [, at, rev] = positionOf(cursor, /^(\d{15})#[a-z0-9-]{1,64}#(\d{10})$/) ?? [];
    if (scheduleId !== undefined) {
      const span = { atLeast: 'H#', below: rev === undefined ? 'H#~' : `H#${rev}` };
      yield* backwards(table, { partition: scheduleKey(scheduleId), most }, span, filter);
      return;
    }
    const first = to === undefined ? '~' : padded(to, 15);
    const below = at !== undefined && cursor !== undefined && cursor < first ? cursor : first;
    const latest = Math.min(to ?? Number.POSITIVE_INFINITY, at === undefined ? now() + day : Number(at));
    const earliest = Math.max(from ?? 0, now() - keptMs - day);
    yield* logBackwards(
      table,
      { kind, latest, earliest, most },
      { atLeast: padded(from ?? 0, 15), below },
      filter,
      budget,
    );
  }

  return {
    async putAct(act) {
      const { scheduleId, rev, at, pools, goingOut } = act;
      await table.put(
        {
          ...keyAttributes(scheduleId, `H#${padded(rev, 10)}`),
          logPk: { S: logPartition(kind, at) },
          logSk: { S: cursorOf(act) },
          at: { N: String(at) },
          pools: { L: pools.map((pool) => ({ S: pool })) },
          item: { S: JSON.stringify(act) },
          ...textIfAny('goingOut', goingOut?.join(' ')),
          ...keptUntil(at + keptMs),
        },
        goingOut === undefined
          ? absent
          : { ConditionExpression: 'attribute_not_exists(pk) OR attribute_not_exists(goingOut)' },
      );
    },
    async listActs(query) {
      const budget = budgetOfList();
      const page = await pageOf(rowsOf(query, budget), query.limit, (row) => row.logSk?.S ?? '', budget);
      // A schedule's own are read from the table; the index holds less of them.
      const isWhole = query.scheduleId !== undefined;
      const found = isWhole ? page.items : await table.getAll(page.items.map(keyIn));
      return { ...page, items: found.flatMap((row) => contentOf<Act>(row) ?? []) };
    },
  };
}

function keyOf(scheduleId: string): Key {
  return { pk: scheduleKey(scheduleId), sk: 'META' };
}

function idIn({ pk }: Attributes): string {
  return (pk?.S ?? '').slice('S#'.length);
}

function keyAttributes(scheduleId: string, sk: string): Attributes {
  return { pk: { S: scheduleKey(scheduleId) }, sk: { S: sk } };
}

function ownQuery(scheduleId: string, prefix: string): Query {
  return {
    KeyConditionExpression: 'pk = :own AND begins_with(sk, :prefix)',
    ConsistentRead: true,
    ExpressionAttributeValues: { ':own': { S: scheduleKey(scheduleId) }, ':prefix': { S: prefix } },
  };
}

/** One that cannot be planned has a wake partition of its own, so that it is found without a third index. */
function searchedOf(schedule: Schedule, keptMs: number): Attributes {
  const { scheduleId, owner, wakeAt, planError, deletedAt } = schedule;
  const partition = planError === undefined || deletedAt !== undefined ? 'WAKE#S' : 'WAKE#S!';
  const listed = { logPk: { S: 'SCHEDULES' }, logSk: { S: scheduleId } };
  return {
    owner: { S: owner },
    ...(deletedAt === undefined ? listed : keptUntil(deletedAt + keptMs + tombstoneKept)),
    ...(wakeAt === undefined ? {} : { wakePk: { S: partition }, wakeAt: { N: String(wakeAt) } }),
  };
}

async function waking(
  table: DynamoTable,
  partition: string,
  { sign, at }: { sign: '<=' | '>'; at: Instant },
  limit: number,
): Promise<{ scheduleId: string; wakeAt: Instant }[]> {
  const found: { scheduleId: string; wakeAt: Instant }[] = [];
  for await (const row of table.query({
    IndexName: 'wake',
    KeyConditionExpression: `wakePk = :partition AND wakeAt ${sign} :at`,
    ExpressionAttributeValues: { ':partition': { S: partition }, ':at': { N: String(at) } },
    Limit: limit,
  })) {
    found.push({ scheduleId: idIn(row), wakeAt: Number(row.wakeAt?.N) });
    if (found.length === limit) break;
  }
  return found;
}

function cursorOf({ at, scheduleId, rev }: Act): string {
  return `${padded(at, 15)}#${scheduleId}#${padded(rev, 10)}`;
}

function filterOf({ scheduleId, pool, from, to }: ActQuery): Filter {
  const isBounded = scheduleId !== undefined;
  return joinFilters([
    pool === undefined
      ? undefined
      : { expression: 'contains(pools, :pool)', names: {}, values: { ':pool': { S: pool } } },
    from === undefined || !isBounded
      ? undefined
      : { expression: '#at >= :from', names: { '#at': 'at' }, values: { ':from': { N: String(from) } } },
    to === undefined || !isBounded
      ? undefined
      : { expression: '#at < :to', names: { '#at': 'at' }, values: { ':to': { N: String(to) } } },
  ]);
}
