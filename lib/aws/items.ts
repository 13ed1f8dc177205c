import { InvalidInputError } from '../domain/codes/errors.ts';
import { problem } from '../domain/codes/problems.ts';
import { type Instant, second } from '../domain/time/instant.ts';
import type { Versioned } from '../domain/versioned.ts';
import type { Page, WriteResult } from '../ports.ts';
import type { Attributes, Condition, DynamoTable, Key, ReadBudget } from './table.ts';

/** A number whose text sorts as it does. */
export function padded(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}

/** Whole seconds in seven base-36 digits, as in the id of a delivery: good until the year 4453. */
export function secondsKey(seconds: number): string {
  return Math.max(0, seconds).toString(36).padStart(7, '0');
}

/** The key of everything that belongs to one schedule. */
export function scheduleKey(scheduleId: string): string {
  return `S#${scheduleId}`;
}

/** The key of a row. */
export function keyIn({ pk, sk }: Attributes): Key {
  return { pk: pk?.S ?? '', sk: sk?.S ?? '' };
}

/** A text attribute, or none. */
export function textIfAny<N extends string>(name: N, value: string | undefined): Attributes {
  return value === undefined ? {} : { [name]: { S: value } };
}

/** Until when DynamoDB keeps an item. */
export function keptUntil(at: Instant): Attributes {
  return { ttl: { N: String(Math.floor(at / second)) } };
}

/** What an item holds. */
export function contentOf<T>(attributes: Attributes | undefined): T | undefined {
  const text = attributes?.item?.S;
  return text === undefined ? undefined : (JSON.parse(text) as T);
}

/** Writes one item over the version before it, and beside it what it is searched by. */
export function putVersion(
  table: DynamoTable,
  key: Key,
  item: Versioned,
  searched: Attributes,
): Promise<WriteResult> {
  return table.put(
    {
      pk: { S: key.pk },
      sk: { S: key.sk },
      version: { N: String(item.version) },
      item: { S: JSON.stringify(item) },
      ...searched,
    },
    item.version === 1
      ? absent
      : {
          ConditionExpression: '#version = :before',
          ExpressionAttributeNames: { '#version': 'version' },
          ExpressionAttributeValues: { ':before': { N: String(item.version - 1) } },
        },
  );
}

/** Nothing is there yet. */
export const absent: Condition = { ConditionExpression: 'attribute_not_exists(pk)' };

/** The first `limit` of what comes, fewer when the budget ends before, and where the next page begins. */
export async function pageOf(
  rows: AsyncIterable<Attributes>,
  limit: number,
  cursorOf: (row: Attributes) => string,
  budget?: ReadBudget,
): Promise<Page<Attributes>> {
  const items: Attributes[] = [];
  for await (const row of rows) {
    const last = items.at(-1);
    if (items.length === limit && last !== undefined) return { items, nextCursor: cursorOf(last) };
    items.push(row);
  }
  const { stoppedAt } = budget ?? {};
  return stoppedAt === undefined ? { items } : { items, nextCursor: cursorOf(stoppedAt) };
}

/**
 * The parts of the place that a cursor names; undefined without a cursor.
 *
 * @throws InvalidInputError when it is no cursor of this list.
 */
export function positionOf(cursor: string | undefined, pattern: RegExp): string[] | undefined {
  if (cursor === undefined) return undefined;
  const match = pattern.exec(cursor);
  if (match === null) throw new InvalidInputError([problem('cursor', 'bad_cursor', {})]);
  return match;
}
