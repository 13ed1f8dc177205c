import { callApi } from './client.ts';
import { readOptions } from './options.ts';
import { formatTable } from './table.ts';
import type { Command } from './terminal.ts';
import { shortTime } from './times.ts';

type ActItem = {
  scheduleId: string;
  rev: number;
  at: string;
  who: string;
  what: string;
  why?: string;
  eventAt?: string;
  movedTo?: string;
  until?: string;
};

const filters = ['schedule', 'pool', 'from', 'to', 'limit', 'cursor'] as const;
const columns = ['at (UTC)', 'schedule', 'rev', 'who', 'what', 'event', 'why'];

/** `deskbell audit`: what people did to the schedules, the latest first. */
export const listActs: Command = async (args, terminal) => {
  const { json, values } = readOptions(args, filters);
  const given = filters.flatMap((name) =>
    (values[name] ?? []).map((value): [string, string] => [name, value]),
  );
  const list = await callApi<{ items: ActItem[]; nextCursor?: string }>(terminal, {
    path: '/v1/audit',
    query: new URLSearchParams(given),
  });
  if (json) terminal.print(JSON.stringify(list));
  else terminal.print(list.items.length === 0 ? 'no acts' : formatTable(columns, list.items.map(rowOf)));
  if (!json && list.nextCursor !== undefined) terminal.complain(`more: --cursor ${list.nextCursor}`);
  return 0;
};

function rowOf({ at, scheduleId, rev, who, what, why, ...times }: ActItem): string[] {
  return [shortTime(at), scheduleId, String(rev), who, what, eventOf(times), why ?? ''];
}

function eventOf({ eventAt, movedTo, until }: Pick<ActItem, 'eventAt' | 'movedTo' | 'until'>): string {
  if (until !== undefined) return `until ${shortTime(until)}`;
  if (eventAt === undefined) return '-';
  return movedTo === undefined ? shortTime(eventAt) : `${shortTime(eventAt)} -> ${shortTime(movedTo)}`;
}
