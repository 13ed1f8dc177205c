import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/client-dynamodb';
import { DeskbellError, messageOf, StoreError } from '../domain/errors.ts';
import type { WriteResult } from '../ports.ts';

export type Key = { readonly pk: string; readonly sk: string };
export type Attributes = Record<string, AttributeValue>;

/** What a put asks of the item that is there, in DynamoDB's own words. */
export type Condition = {
  ConditionExpression: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Attributes;
};

export type Query = Omit<QueryCommandInput, 'TableName'>;

/** The one table, as far as Deskbell uses it. Everything throws StoreError when the table cannot be used. */
export type Table = {
  /** What was written last, not what a replica still has. */
  get(key: Key): Promise<Attributes | undefined>;
  /** `conflict` when the condition does not hold, which may be because this very put took effect before. */
  put(attributes: Attributes, condition?: Condition): Promise<WriteResult>;
  /** Every page, as long as somebody asks. */
  query(query: Query): AsyncGenerator<Attributes, void>;
  /** In the order of the keys; those that are not there are left out. */
  getAll(keys: readonly Key[]): Promise<Attributes[]>;
};

/** DynamoDB: most keys of one BatchGetItem. */
const longestBatch = 100;
/** Keys that were left unprocessed are asked for again so often, after 50, 100, 200 … ms. */
const mostRounds = 6;

export function createTable(client: DynamoDBClient, TableName: string): Table {
  async function getBatch(keys: readonly Key[]): Promise<Attributes[]> {
    const found: Attributes[] = [];
    let asked: Attributes[] = keys.map(attributesOf);
    for (let round = 0; asked.length > 0; round += 1) {
      if (round === mostRounds) throw new StoreError('the table is too busy to be read; try again');
      if (round > 0) await new Promise((resolve) => setTimeout(resolve, 25 * 2 ** round));
      const RequestItems = { [TableName]: { Keys: asked, ConsistentRead: true } };
      const answer = await use(() => client.send(new BatchGetItemCommand({ RequestItems })));
      found.push(...(answer.Responses?.[TableName] ?? []));
      asked = answer.UnprocessedKeys?.[TableName]?.Keys ?? [];
    }
    return found;
  }

  return {
    async get(key) {
      const command = new GetItemCommand({ TableName, Key: attributesOf(key), ConsistentRead: true });
      return (await use(() => client.send(command))).Item;
    },
    async put(Item, condition) {
      try {
        await client.send(new PutItemCommand({ TableName, Item, ...condition }));
        return 'written';
      } catch (cause) {
        if (cause instanceof ConditionalCheckFailedException) return 'conflict';
        throw storeError(cause);
      }
    },
    async *query(query) {
      let start: Attributes | undefined;
      do {
        const input = { TableName, ...query, ...(start === undefined ? {} : { ExclusiveStartKey: start }) };
        const page = await use(() => client.send(new QueryCommand(input)));
        yield* page.Items ?? [];
        start = page.LastEvaluatedKey;
      } while (start !== undefined);
    },
    async getAll(keys) {
      const found = new Map<string, Attributes>();
      for (let from = 0; from < keys.length; from += longestBatch) {
        for (const item of await getBatch(keys.slice(from, from + longestBatch)))
          found.set(nameOf(item), item);
      }
      return keys.map((key) => found.get(nameOf(attributesOf(key)))).filter((item) => item !== undefined);
    },
  };
}

function attributesOf({ pk, sk }: Key): Attributes {
  return { pk: { S: pk }, sk: { S: sk } };
}

function nameOf({ pk, sk }: Attributes): string {
  return `${pk?.S}\n${sk?.S}`;
}

async function use<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (cause) {
    throw storeError(cause);
  }
}

function storeError(cause: unknown): DeskbellError {
  return cause instanceof DeskbellError
    ? cause
    : new StoreError(`the table cannot be used: ${messageOf(cause)}`, { cause });
}
