import { callApi } from './client.ts';
import { readOptions } from './options.ts';
import { formatTable } from './table.ts';
import type { Command } from './terminal.ts';

type ScheduleItem = {
  id: string;
  cron?: string;
  at?: string;
  timeZone: string;
  leadTimes: (string | { before: string })[];
  pools: string[];
  enabled: boolean;
  rev: number;
  status: { owner: string; planError?: string };
};

type ScheduleList = { items: ScheduleItem[]; nextCursor?: string };

const columns = ['id', 'when', 'time zone', 'lead times', 'pools', 'from', 'rev', 'state'];

/** `deskbell schedules`: all of them, by id. */
export const listSchedules: Command = async (args, terminal) => {
  const { json } = readOptions(args, []);
  const items: ScheduleItem[] = [];
  let cursor: string | undefined;
  do {
    const query = new URLSearchParams({ limit: '200', ...(cursor === undefined ? {} : { cursor }) });
    const page = await callApi<ScheduleList>(terminal, { path: '/v1/schedules', query });
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  if (json) terminal.print(JSON.stringify({ items }));
  else terminal.print(items.length === 0 ? 'no schedules' : formatTable(columns, items.map(rowOf)));
  return 0;
};

function rowOf({ id, cron, at, timeZone, leadTimes, pools, enabled, rev, status }: ScheduleItem): string[] {
  const { owner, planError } = status;
  const leads = leadTimes.map((lead) => (typeof lead === 'string' ? lead : lead.before));
  const state =
    planError === undefined ? (enabled ? 'enabled' : 'disabled') : `cannot be planned: ${planError}`;
  return [id, cron ?? at ?? '', timeZone, leads.join(' '), pools.join(', '), owner, String(rev), state];
}
