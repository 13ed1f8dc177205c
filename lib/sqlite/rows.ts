import type { StatementSync } from 'node:sqlite';
import type { Page, WriteResult } from '../ports.ts';

/** The parsed `item` column of the one row, if there is one. */
export function itemOf<T>(row: Record<string, unknown> | undefined): T | undefined {
  return row === undefined ? undefined : (JSON.parse(String(row.item)) as T);
}

/** The parsed `item` column of every row. */
export function itemsOf<T>(statement: StatementSync, params: (string | number)[]): T[] {
  return statement.all(...params).map(({ item }) => JSON.parse(String(item)) as T);
}

/** What a conditional write of one row came to. */
export function writeResult({ changes }: { changes: number | bigint }): WriteResult {
  return Number(changes) === 1 ? 'written' : 'conflict';
}

/** Cuts a list that was read one item longer than asked, and says where the next page begins. */
export function pageOf<T>(items: T[], limit: number, cursorOf: (item: T) => string): Page<T> {
  const page = items.slice(0, limit);
  const last = page.at(-1);
  return items.length > limit && last !== undefined
    ? { items: page, nextCursor: cursorOf(last) }
    : { items: page };
}
