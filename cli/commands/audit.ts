import { callApi } from '../client.ts';
import { readOptions } from '../options.ts';
import { formatTable } from '../output/table.ts';
import { shortTime } from '../output/times.ts';
import { listOf, number, object, optional, text } from '../shape.ts';
import type { Command } from '../terminal.ts';

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

type ActList = { items: ActItem[]; nextCursor?: string };

const actItem = object<ActItem>({
  scheduleId: text,
  rev: number,
  at: text,
  who: text,
  what: text,
  why: optional(text),
  eventAt: optional(text),
  movedTo: optional(text),
  until: optional(text),
});
const actList = object<ActList>({ items: listOf(actItem), nextCursor: optional(text) });

const filters = ['schedule', 'pool', 'from', 'to', 'limit', 'cursor'] as const;
const columns = ['at (UTC)', 'schedule', 'rev', 'who', 'what', 'event', 'why'];

/** `deskbell audit`: what people did to the schedules, the latest first. */
export const listActs: Command = async (args, terminal) => {
  const { json, values } = readOptions(args, filters);
  const given = filters.flatMap((name) =>
    (values[name] ?? []).map((value): [string, string] => [name, value]),
  );
  const list = await callApi<ActList>(terminal, {
    path: '/v1/audit',
    query: new URLSearchParams(given),
    answer: actList,
  });
  if (json) terminal.print(JSON.stringify(list));
  else if (list.items.length > 0) terminal.print(formatTable(columns, list.items.map(rowOf)));
  else terminal.print(list.nextCursor === undefined ? 'no acts' : 'no acts so far');
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
