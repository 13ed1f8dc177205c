import { callApi } from '../client.ts';
import { CommandError } from '../failure.ts';
import { readOptions } from '../options.ts';
import { formatTable } from '../output/table.ts';
import { shortTime } from '../output/times.ts';
import { either, flag, listOf, number, object, optional, text } from '../shape.ts';
import type { Command } from '../terminal.ts';

type ScheduleItem = {
  id: string;
  cron?: string;
  at?: string;
  timeZone: string;
  leadTimes: (string | { before: string })[];
  pools: string[];
  enabled: boolean;
  rev: number;
  status: { owner: string; planError?: string; pause?: { until?: string } };
};

type ScheduleList = { items: ScheduleItem[]; nextCursor?: string };

const status = object<ScheduleItem['status']>({
  owner: text,
  planError: optional(text),
  pause: optional(object<{ until?: string }>({ until: optional(text) })),
});
const scheduleItem = object<ScheduleItem>({
  id: text,
  cron: optional(text),
  at: optional(text),
  timeZone: text,
  leadTimes: listOf(either(text, object<{ before: string }>({ before: text }))),
  pools: listOf(text),
  enabled: flag,
  rev: number,
  status,
});
const scheduleList = object<ScheduleList>({ items: listOf(scheduleItem), nextCursor: optional(text) });

const columns = ['id', 'when', 'time zone', 'lead times', 'pools', 'from', 'rev', 'state'];

/** `deskbell schedules`: all of them, by id. */
export const listSchedules: Command = async (args, terminal) => {
  const { json } = readOptions(args, []);
  const items: ScheduleItem[] = [];
  const cursors = new Set<string>();
  let cursor: string | undefined;
  do {
    const query = new URLSearchParams({ limit: '200', ...(cursor === undefined ? {} : { cursor }) });
    const page = await callApi<ScheduleList>(terminal, {
      path: '/v1/schedules',
      query,
      answer: scheduleList,
    });
    items.push(...page.items);
    cursor = page.nextCursor;
    if (cursor !== undefined && cursors.has(cursor))
      throw new CommandError('the list of schedules repeats itself; is DESKBELL_URL right?', 1);
    if (cursor !== undefined) cursors.add(cursor);
  } while (cursor !== undefined);
  if (json) terminal.print(JSON.stringify({ items }));
  else terminal.print(items.length === 0 ? 'no schedules' : formatTable(columns, items.map(rowOf)));
  return 0;
};

function rowOf({
  id,
  cron,
  at,
  timeZone,
  leadTimes,
  pools,
  enabled,
  rev,
  status: now,
}: ScheduleItem): string[] {
  const leads = leadTimes.map((lead) => (typeof lead === 'string' ? lead : lead.before));
  const state = stateOf(enabled, now);
  return [id, cron ?? at ?? '', timeZone, leads.join(' '), pools.join(', '), now.owner, String(rev), state];
}

function stateOf(enabled: boolean, { planError, pause }: ScheduleItem['status']): string {
  if (planError !== undefined) return `cannot be planned: ${planError}`;
  if (!enabled) return 'disabled';
  if (pause === undefined) return 'enabled';
  return pause.until === undefined ? 'paused' : `paused until ${shortTime(pause.until)}`;
}
