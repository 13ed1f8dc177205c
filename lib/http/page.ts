import type { Page } from '../ports.ts';
import type { ApiAnswer } from './call.ts';
import type { ListRange } from './query.ts';

/** Lambda passes on 6 MB, and the body is a text in JSON there. */
const mostBytes = 5_500_000;

/** One page of a list; a shorter one than was asked for where it would be too large to be passed on. */
export async function answerPage<T>(
  range: ListRange,
  list: (range: ListRange) => Promise<Page<T>>,
  shapeOf: (item: T) => object,
): Promise<ApiAnswer> {
  for (let { limit } = range; ; limit = Math.ceil(limit / 2)) {
    const { items, nextCursor } = await list({ ...range, limit });
    const body = { items: items.map(shapeOf), nextCursor };
    if (limit === 1 || Buffer.byteLength(JSON.stringify(JSON.stringify(body))) <= mostBytes)
      return { status: 200, body };
  }
}
