import { callApi } from './client.ts';
import { readOptions } from './options.ts';
import { formatTable } from './table.ts';
import type { Command } from './terminal.ts';
import { shortTime } from './times.ts';

type DeliveryItem = {
  scheduleId: string;
  pool: { name: string };
  leadTime: string;
  dueAt: string;
  state: string;
  reason?: string;
  jobId?: string;
  desktops?: { total: number; delivered: number };
};

const filters = ['schedule', 'pool', 'state', 'from', 'to', 'limit', 'cursor'] as const;
const columns = ['due (UTC)', 'schedule', 'pool', 'lead', 'state', 'job_id', 'desktops', 'reason'];

/** `deskbell deliveries`: the latest due first. */
export const listDeliveries: Command = async (args, terminal) => {
  const { json, values } = readOptions(args, filters);
  const given = filters.flatMap((name) =>
    (values[name] ?? []).map((value): [string, string] => [name, value]),
  );
  const query = new URLSearchParams(given);
  const list = await callApi<{ items: DeliveryItem[]; nextCursor?: string }>(terminal, {
    path: '/v1/deliveries',
    query,
  });
  if (json) terminal.print(JSON.stringify(list));
  else
    terminal.print(list.items.length === 0 ? 'no deliveries' : formatTable(columns, list.items.map(rowOf)));
  if (!json && list.nextCursor !== undefined) terminal.complain(`more: --cursor ${list.nextCursor}`);
  return 0;
};

function rowOf({
  dueAt,
  scheduleId,
  pool,
  leadTime,
  state,
  jobId,
  desktops,
  reason,
}: DeliveryItem): string[] {
  const reached = desktops === undefined ? '-' : `${desktops.delivered}/${desktops.total}`;
  return [shortTime(dueAt), scheduleId, pool.name, leadTime, state, jobId ?? '-', reached, reason ?? ''];
}
