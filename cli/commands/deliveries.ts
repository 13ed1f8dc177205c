import { callApi } from '../client.ts';
import { UsageError } from '../failure.ts';
import { readOptions } from '../options.ts';
import { deliveryShape, describeDelivery, type ShownDelivery } from '../output/delivery.ts';
import { formatTable } from '../output/table.ts';
import { shortTime } from '../output/times.ts';
import { listOf, number, object, optional, text } from '../shape.ts';
import type { Command, ExitCode, Terminal } from '../terminal.ts';

type DeliveryItem = {
  deliveryId: string;
  pool: { name: string };
  leadTime: string;
  dueAt: string;
  state: string;
  reason?: string;
  jobId?: string;
  desktops?: { total: number; delivered: number };
};

type DeliveryList = { items: DeliveryItem[]; nextCursor?: string };

const deliveryItem = object<DeliveryItem>({
  deliveryId: text,
  pool: object<DeliveryItem['pool']>({ name: text }),
  leadTime: text,
  dueAt: text,
  state: text,
  reason: optional(text),
  jobId: optional(text),
  desktops: optional(object<{ total: number; delivered: number }>({ total: number, delivered: number })),
});
const deliveryList = object<DeliveryList>({ items: listOf(deliveryItem), nextCursor: optional(text) });

const filters = ['schedule', 'pool', 'state', 'from', 'to', 'limit', 'cursor'] as const;
/** The id begins with the schedule's. */
const columns = ['due (UTC)', 'id', 'pool', 'lead', 'state', 'job_id', 'desktops', 'reason'];
/** Where the width of the terminal is not known, and the least that is left to a reason in a narrow one. */
const reasonWidths = { usual: 80, least: 20 };

/** `deskbell deliveries`: the latest due first; with an id, one of them in full. */
export const deliveries: Command = async (args, terminal) => {
  const { words, json, values } = readOptions(args, filters, [], 1);
  const given = filters.flatMap((name) =>
    (values[name] ?? []).map((value): [string, string] => [name, value]),
  );
  const [id] = words;
  if (id === undefined) return listDeliveries(terminal, given, json);
  if (given.length > 0) throw new UsageError('an ID names one delivery already; leave the filters out');
  return showDelivery(terminal, id, json);
};

async function showDelivery(terminal: Terminal, id: string, json: boolean): Promise<ExitCode> {
  const path = `/v1/deliveries/${encodeURIComponent(id)}`;
  const delivery = await callApi<ShownDelivery>(terminal, { path, answer: deliveryShape });
  terminal.print(json ? JSON.stringify(delivery) : describeDelivery(delivery));
  return 0;
}

async function listDeliveries(
  terminal: Terminal,
  given: [string, string][],
  json: boolean,
): Promise<ExitCode> {
  const list = await callApi<DeliveryList>(terminal, {
    path: '/v1/deliveries',
    query: new URLSearchParams(given),
    answer: deliveryList,
  });
  if (json) terminal.print(JSON.stringify(list));
  else
    terminal.print(list.items.length === 0 ? describeNone(given, list) : describeList(list.items, terminal));
  if (!json && list.nextCursor !== undefined) terminal.complain(`more: --cursor ${list.nextCursor}`);
  return 0;
}

/** A large store is searched a part at a time. */
function describeNone(given: readonly [string, string][], { nextCursor }: DeliveryList): string {
  const asked = given.filter(([name]) => name !== 'limit').map(([name, value]) => `${name} ${value}`);
  const none = asked.length === 0 ? 'no deliveries' : `no deliveries for ${asked.join(', ')}`;
  return nextCursor === undefined ? none : `${none} so far`;
}

function describeList(items: readonly DeliveryItem[], { width }: Terminal): string {
  const { usual, least } = reasonWidths;
  return formatTable(columns, items.map(rowOf), (before) =>
    width === undefined ? usual : Math.max(least, width - before),
  );
}

function rowOf({
  dueAt,
  deliveryId,
  pool,
  leadTime,
  state,
  jobId,
  desktops,
  reason,
}: DeliveryItem): string[] {
  const reached = desktops === undefined ? '-' : `${desktops.delivered}/${desktops.total}`;
  return [shortTime(dueAt), deliveryId, pool.name, leadTime, state, jobId ?? '-', reached, reason ?? ''];
}
