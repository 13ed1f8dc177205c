import type { Page } from '../ports.ts';

type List<T> = (page: { limit: number; cursor?: string }) => Promise<Page<T>>;

/** Every page of a list, one after the other. */
export async function* everyPage<T>(list: List<T>): AsyncGenerator<T[], void> {
  let cursor: string | undefined;
  do {
    const page = await list({ limit: 200, ...(cursor === undefined ? {} : { cursor }) });
    yield page.items;
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}

/** Every item of a list, page by page. */
export async function* everyItem<T>(list: List<T>): AsyncGenerator<T, void> {
  for await (const items of everyPage(list)) yield* items;
}
