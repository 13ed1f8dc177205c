import type { StatementSync } from 'node:sqlite';
import type { Page, WriteResult } from '../ports.ts';

type Params = readonly (string | number)[];

/** Characters of one page, but for its last item: reading more would hold up notifications. */
const longestPage = 1_000_000;

/** The parsed `item` column of the one row, if there is one. */
export function itemOf<T>(row: Record<string, unknown> | undefined): T | undefined {
  return row === undefined ? undefined : (JSON.parse(String(row.item)) as T);
}

/** The parsed `item` column of every row. */
export function itemsOf<T>(statement: StatementSync, params: Params): T[] {
  return statement.all(...params).map(({ item }) => JSON.parse(String(item)) as T);
}

/** What a conditional write of one row came to. */
export function writeResult({ changes }: { changes: number | bigint }): WriteResult {
  return Number(changes) === 1 ? 'written' : 'conflict';
}

/** A page as it fills: `add` reads rows until there is one more than asked for, or enough for now. */
export function createPage<T>(limit: number, cursorOf: (item: T) => string) {
  const items: T[] = [];
  let length = 0;
  let nextCursor: string | undefined;
  return {
    /** The last parameter of the statement is how many rows are wanted. @returns whether the page is full. */
    add(statement: StatementSync, params: Params): boolean {
      for (const { item } of statement.iterate(...params, limit - items.length + 1)) {
        const last = items.at(-1);
        if (last !== undefined && (items.length === limit || length > longestPage)) {
          nextCursor = cursorOf(last);
          return true;
        }
        const text = String(item);
        length += text.length;
        items.push(JSON.parse(text) as T);
      }
      return false;
    },
    end: (): Page<T> => (nextCursor === undefined ? { items } : { items, nextCursor }),
  };
}

/** One page of a list that one statement reads. */
export function readPage<T>(
  statement: StatementSync,
  params: Params,
  limit: number,
  cursorOf: (item: T) => string,
): Page<T> {
  const page = createPage<T>(limit, cursorOf);
  page.add(statement, params);
  return page.end();
}
