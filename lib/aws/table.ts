import { DeskbellError, messageOf, StoreError } from '../domain/codes/errors.ts';
import type { WriteResult } from '../ports.ts';
import { type AwsApi, AwsError } from './api.ts';

export type Key = { readonly pk: string; readonly sk: string };

/** A value in DynamoDB's own words, as far as they are used. */
export type AttributeValue = { S?: string; N?: string; L?: readonly AttributeValue[] };
export type Attributes = Record<string, AttributeValue>;

/** What a put asks of the item that is there, in DynamoDB's own words. */
export type Condition = {
  ConditionExpression: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Attributes;
};

/** A query in DynamoDB's own words. */
export type Query = {
  IndexName?: string;
  KeyConditionExpression: string;
  FilterExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues: Attributes;
  ScanIndexForward?: boolean;
  ConsistentRead?: boolean;
  Limit?: number;
};

/** How many pages of up to 1 MB may still be read, and the key at which that was too little. */
export type ReadBudget = { pages: number; stoppedAt?: Attributes };

/** The one table, as far as Deskbell uses it. Everything throws StoreError when the table cannot be used. */
export type DynamoTable = {
  /** What was written last, not what a replica still has. */
  get(key: Key): Promise<Attributes | undefined>;
  /** `conflict` when the condition does not hold, which may be because this very put took effect before. */
  put(attributes: Attributes, condition?: Condition): Promise<WriteResult>;
  /** Every page, as long as somebody asks and the budget lasts. */
  query(query: Query, budget?: ReadBudget): AsyncGenerator<Attributes, void>;
  /** Each once, in the order of the keys; those that are not there are left out. */
  getAll(keys: readonly Key[]): Promise<Attributes[]>;
};

type BatchAnswer = {
  Responses?: Record<string, Attributes[]>;
  UnprocessedKeys?: Record<string, { Keys?: Attributes[] }>;
};
type PageAnswer = { Items?: Attributes[]; LastEvaluatedKey?: Attributes };

/** DynamoDB: most keys of one BatchGetItem. */
const longestBatch = 100;
/** Keys that were left unprocessed are asked for again so often, after 50, 100, 200 … ms. */
const mostRounds = 6;

export function createTable(call: AwsApi, TableName: string): DynamoTable {
  async function use(operation: string, input: object): Promise<unknown> {
    try {
      return await call(operation, input);
    } catch (cause) {
      throw storeError(cause);
    }
  }

  async function getBatch(keys: readonly Key[]): Promise<Attributes[]> {
    const found: Attributes[] = [];
    let asked: Attributes[] = keys.map(attributesOf);
    for (let round = 0; asked.length > 0; round += 1) {
      if (round === mostRounds) throw new StoreError('the table is too busy to be read; try again');
      if (round > 0) await new Promise((resolve) => setTimeout(resolve, 25 * 2 ** round));
      const RequestItems = { [TableName]: { Keys: asked, ConsistentRead: true } };
      const answer = (await use('BatchGetItem', { RequestItems })) as BatchAnswer;
      found.push(...(answer.Responses?.[TableName] ?? []));
      asked = answer.UnprocessedKeys?.[TableName]?.Keys ?? [];
    }
    return found;
  }

  return {
    async get(key) {
      const input = { TableName, Key: attributesOf(key), ConsistentRead: true };
      return ((await use('GetItem', input)) as { Item?: Attributes }).Item;
    },
    async put(Item, condition) {
      try {
        await call('PutItem', { TableName, Item, ...condition });
        return 'written';
      } catch (cause) {
        if (cause instanceof AwsError && cause.name === 'ConditionalCheckFailedException') return 'conflict';
        throw storeError(cause);
      }
    },
    async *query(query, budget) {
      let start: Attributes | undefined;
      do {
        const input = { TableName, ...query, ...(start === undefined ? {} : { ExclusiveStartKey: start }) };
        const page = (await use('Query', input)) as PageAnswer;
        yield* page.Items ?? [];
        start = page.LastEvaluatedKey;
        if (budget === undefined) continue;
        budget.pages -= 1;
        if (budget.pages <= 0 && start !== undefined) {
          budget.stoppedAt = start;
          return;
        }
      } while (start !== undefined);
    },
    async getAll(keys) {
      // An index may show an item twice while its place in it changes, and a batch with a key twice is refused.
      const unique = [...new Map(keys.map((key) => [nameOf(attributesOf(key)), key]))];
      const found = new Map<string, Attributes>();
      for (let from = 0; from < unique.length; from += longestBatch) {
        const batch = unique.slice(from, from + longestBatch).map(([, key]) => key);
        for (const item of await getBatch(batch)) found.set(nameOf(item), item);
      }
      return unique.map(([name]) => found.get(name)).filter((item) => item !== undefined);
    },
  };
}

function attributesOf({ pk, sk }: Key): Attributes {
  return { pk: { S: pk }, sk: { S: sk } };
}

function nameOf({ pk, sk }: Attributes): string {
  return `${pk?.S}\n${sk?.S}`;
}

function storeError(cause: unknown): DeskbellError {
  return cause instanceof DeskbellError
    ? cause
    : new StoreError(`the table cannot be used: ${messageOf(cause)}`, { cause });
}
