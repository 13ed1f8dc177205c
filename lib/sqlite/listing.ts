import type { StatementSync } from 'node:sqlite';
import type { Page } from '../ports.ts';
import { type Conditions, joinAll, joinConditions } from './conditions.ts';
import type { Database } from './database.ts';
import { createPage } from './rows.ts';

export type ListingOptions<T> = {
  table: string;
  /** What the list is ordered by, descending; an index has them. */
  key: readonly string[];
  /** Rows that are filtered at a time, so that nothing else waits for long. */
  windowLength: number;
  cursorOf: (item: T) => string;
};

/** The rows in a range, which an index finds, and of these the ones that pass the filter. */
export type Wanted = { range: Conditions; filter: Conditions; limit: number };

/** Gives one page of a list, the last key first, window by window: a filter may drop nearly every row. */
export function createListing<T>(
  { sql, read }: Pick<Database, 'sql' | 'read'>,
  { table, key, windowLength, cursorOf }: ListingOptions<T>,
): (wanted: Wanted) => Promise<Page<T>> {
  const order = key.map((column) => `${column} DESC`).join(', ');
  const places = key.map(() => '?').join(', ');
  const prepared = new Map<string, StatementSync>();

  function select(what: string, { where }: Conditions, rows: string): StatementSync {
    const text = `SELECT ${what} FROM ${table} WHERE ${where} ORDER BY ${order} LIMIT ${rows}`;
    const statement = prepared.get(text) ?? sql.prepare(text);
    prepared.set(text, statement);
    return statement;
  }

  function lastKeyOf(window: Conditions): (string | number)[] | undefined {
    const row = select(key.join(', '), window, `1 OFFSET ${windowLength - 1}`).get(...window.params);
    return row && key.map((column) => row[column] as string | number);
  }

  const compare = (sign: '<' | '>=', values: readonly (string | number)[]) =>
    joinConditions([[`(${key.join(', ')}) ${sign} (${places})`, ...values]]);

  return async ({ range, filter, limit }) => {
    const page = createPage<T>(limit, cursorOf);
    for (let rest = range; ; ) {
      const window = rest;
      const lastKey = await read(() => lastKeyOf(window));
      const rows = joinAll(window, ...(lastKey === undefined ? [] : [compare('>=', lastKey)]), filter);
      const isFull = await read(() => page.add(select('item', rows, '?'), rows.params));
      if (isFull || lastKey === undefined) return page.end();
      rest = joinAll(range, compare('<', lastKey));
    }
  };
}
