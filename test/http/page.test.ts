import { expect, it } from 'vitest';
import { answerPage } from '../../lib/http/page.ts';
import type { Page } from '../../lib/ports.ts';

const text = '桌'.repeat(10_000);

/** A list of so many items, each about 30 kB long. */
function listOf(count: number) {
  return async ({ limit, cursor = '0' }: { limit: number; cursor?: string }): Promise<Page<number>> => {
    const from = Number(cursor);
    const items = Array.from({ length: Math.min(limit, count - from) }, (_, i) => from + i);
    const end = from + items.length;
    return end < count ? { items, nextCursor: String(end) } : { items };
  };
}

it('gives shorter pages where long ones would be too large to be passed on, and loses nothing', async () => {
  const seen: number[] = [];
  let cursor: string | undefined;
  let pages = 0;
  do {
    const range = cursor === undefined ? { limit: 200 } : { limit: 200, cursor };
    const { body } = await answerPage(range, listOf(400), (n) => ({ n, text }));
    const { items, nextCursor } = body as { items: { n: number }[]; nextCursor?: string };
    expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThan(6_000_000);
    seen.push(...items.map(({ n }) => n));
    cursor = nextCursor;
    pages += 1;
  } while (cursor !== undefined);
  expect(seen).toEqual(Array.from({ length: 400 }, (_, n) => n));
  expect(pages).toBe(4);
});

it('counts a body as Lambda passes it on: as a text in JSON', async () => {
  const { body } = await answerPage({ limit: 200 }, listOf(200), (n) => ({ n, text: '"'.repeat(10_000) }));
  expect(Buffer.byteLength(JSON.stringify(JSON.stringify(body)))).toBeLessThan(6_000_000);
});

it('gives a page of one item whatever its size', async () => {
  const { body } = await answerPage({ limit: 2 }, listOf(2), () => ({ text: 'x'.repeat(6_000_000) }));
  expect(body).toMatchObject({ items: [{}], nextCursor: '1' });
});
