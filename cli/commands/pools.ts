import { callApi } from '../client.ts';
import { readOptions } from '../options.ts';
import { formatTable } from '../output/table.ts';
import { shortTime } from '../output/times.ts';
import { listOf, number, object, optional, text } from '../shape.ts';
import type { Command } from '../terminal.ts';

type PoolItem = { id: string; name: string; status?: string; desktopCount?: number };

type PoolList = { items: PoolItem[]; asOf: string };

const poolItem = object<PoolItem>({
  id: text,
  name: text,
  status: optional(text),
  desktopCount: optional(number),
});
const poolList = object<PoolList>({ items: listOf(poolItem), asOf: text });

/** `deskbell pools`: Huawei's desktop pools, as of at most a minute ago. */
export const listPools: Command = async (args, terminal) => {
  const { json } = readOptions(args, []);
  const list = await callApi<PoolList>(terminal, { path: '/v1/pools', answer: poolList });
  if (json) terminal.print(JSON.stringify(list));
  else
    terminal.print(
      `${formatTable(['name', 'id', 'desktops', 'status'], list.items.map(rowOf))}\n\nas of ${shortTime(list.asOf)}`,
    );
  return 0;
};

function rowOf({ name, id, desktopCount, status }: PoolItem): string[] {
  return [name, id, desktopCount === undefined ? '-' : String(desktopCount), status ?? '-'];
}
