import { type Instant, isoOf } from '../domain/time/instant.ts';
import type { Attributes, DynamoTable, Query, ReadBudget } from './table.ts';

/** What is listed over all schedules has one partition of the log index for each kind and month, in UTC. */
export function logPartition(kind: string, at: Instant): string {
  return `${kind}#${isoOf(at).slice(0, 7)}`;
}

/** A part of a list, the latest first. */
export type Span = {
  /** Sort keys from here on, this one included, … */
  atLeast: string;
  /** … up to here, this one not included. */
  below: string;
};

/** Where a list is read, and how many of its rows are asked for at the most; each that is read costs. */
type Place = { partition: string; most: number };

/** What one call may read for a list: some 20 MB, a second or two. Where little is found it goes on at the next call. */
export function budgetOfList(): ReadBudget {
  return { pages: 20 };
}

/** Which rows of a query are wanted, in DynamoDB's own words. */
export type Filter = { expression: string; names: Record<string, string>; values: Attributes };

/** The rows of one partition of the table or of an index in a span, the latest first. */
export async function* backwards(
  table: DynamoTable,
  { IndexName, partition, most }: Pick<Query, 'IndexName'> & Place,
  { atLeast, below }: Span,
  { expression, names, values }: Filter,
  budget?: ReadBudget,
): AsyncGenerator<Attributes, void> {
  if (atLeast >= below) return;
  const [pk, sk] = IndexName === undefined ? ['pk', 'sk'] : ['logPk', 'logSk'];
  const query = {
    ...(IndexName === undefined ? { ConsistentRead: true } : { IndexName }),
    KeyConditionExpression: `${pk} = :partition AND ${sk} BETWEEN :atLeast AND :below`,
    ScanIndexForward: false,
    // With a filter nobody knows how many must be read for so many.
    ...(expression === '' ? { Limit: most + 1 } : { FilterExpression: expression }),
    ...(Object.keys(names).length === 0 ? {} : { ExpressionAttributeNames: names }),
    ExpressionAttributeValues: {
      ':partition': { S: partition },
      ':atLeast': { S: atLeast },
      ':below': { S: below },
      ...values,
    },
  };
  // BETWEEN includes both ends.
  for await (const row of table.query(query, budget)) if (row[sk]?.S !== below) yield row;
}

/** The same over all schedules, month after month. */
export async function* logBackwards(
  table: DynamoTable,
  { kind, latest, earliest, most }: { kind: string; latest: Instant; earliest: Instant; most: number },
  span: Span,
  filter: Filter,
  budget: ReadBudget,
): AsyncGenerator<Attributes, void> {
  const last = logPartition(kind, earliest);
  for (let at = latest; ; at = monthBefore(at)) {
    const partition = logPartition(kind, at);
    if (partition < last) return;
    yield* backwards(table, { IndexName: 'log', partition, most }, span, filter, budget);
    if (budget.stoppedAt !== undefined) return;
  }
}

function monthBefore(at: Instant): Instant {
  const date = new Date(at);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 0);
}

/** Several conditions that must all hold; those without values are left out. */
export function joinFilters(conditions: readonly (Filter | undefined)[]): Filter {
  const given = conditions.filter((condition) => condition !== undefined);
  return {
    expression: given.map(({ expression }) => `(${expression})`).join(' AND '),
    names: Object.assign({}, ...given.map(({ names }) => names)),
    values: Object.assign({}, ...given.map(({ values }) => values)),
  };
}
