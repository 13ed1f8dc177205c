import { minute } from '../../../lib/domain/time/instant.ts';
import { pools } from '../world/huawei.ts';
import { start } from '../world/world.ts';
import type { Random } from './random.ts';
import type { ScheduleStory } from './story.ts';

/** Nothing happens later. */
export const length = 9 * minute;
const endAt = new Date(start + length + 1).toISOString();
const leadTimes = [['0m'], ['1m'], ['2m', '0m'], ['2m', '1m', '0m'], ['3m', '1m'], ['5m', '2m']];
const longLeadTimes = [
  ['5m', '2m'],
  ['3m', '1m'],
  ['4m', '0m'],
  ['5m', '3m', '1m'],
];
const poolLists = [['finance'], ['engineering'], ['finance', 'engineering']];

/** One that has warned people for minutes before its events, so that somebody may have a text for them. */
export function warningScheduleOf(random: Random, id: string): ScheduleStory {
  const rule = random.isOneIn(2)
    ? { at: `2026-11-24T09:0${random.between(4, 9)}` }
    : { cron: random.pick(['*/3 * * * *', '*/5 * * * *']), endAt };
  const fields = { ...commonFieldsOf(random), ...rule, leadTimes: random.pick(longLeadTimes) };
  return { id, fields: { ...fields, maxLateness: random.pick(['2m', '5m']) } };
}

/** What a schedule says, but for its id. */
export function fieldsOf(random: Random): Record<string, unknown> {
  const common = commonFieldsOf(random);
  switch (random.between(0, 3)) {
    case 0:
      return { ...common, cron: '* * * * *', endAt: new Date(start + 6 * minute).toISOString() };
    case 1:
      return { ...common, at: `2026-11-24T09:0${random.between(2, 9)}`, leadTimes: random.pick(leadTimes) };
    default:
      return {
        ...common,
        cron: random.pick(['*/5 * * * *', '*/3 * * * *']),
        endAt,
        leadTimes: random.pick(leadTimes),
      };
  }
}

function commonFieldsOf(random: Random): Record<string, unknown> {
  const list = random.pick(poolLists);
  return {
    pools: random.isOneIn(8) ? list.flatMap((pool) => spellingsOf(random, pool)) : list,
    maxLateness: random.pick(['1m', '2m', '5m']),
  };
}

/** A pool by its id, or by its name and its id. */
function spellingsOf(random: Random, name: string): string[] {
  const { id = name } = pools.find((pool) => pool.name === name) ?? {};
  return random.pick([[id], [id], [name, id], [id, name]]);
}
