import { readConfig } from '../lib/config.ts';
import { parseDefinition } from '../lib/domain/table/definition-parser.ts';
import { minute } from '../lib/domain/time/instant.ts';
import { type LocalRuntime, openLocalRuntime } from '../lib/runtime/local.ts';
import { saveDefinition } from '../lib/usecases/changes/schedules.ts';
import { settleEach } from '../lib/usecases/each.ts';
import { poolIdAt } from './pools.ts';
import { idleSchedules, type Wanted } from './schedules.ts';

/** Written to the store together. */
const atOnce = 10_000;

/**
 * The product's settings for a run over `dataDir`.
 *
 * @param endpoint a receiver's address.
 */
export function settingsFor(dataDir: string, endpoint: string): Record<string, string> {
  return {
    DESKBELL_DATA_DIR: dataDir,
    DESKBELL_SENDS_PER_MINUTE: 'off',
    DESKBELL_READS_PER_MINUTE: 'off',
    HUAWEICLOUD_WORKSPACE_ENDPOINT: endpoint,
    PORT: '0',
  };
}

/** Saves them as a person would have done ten minutes ago, so that none is planned ahead yet. */
export async function fillStore(
  runtime: LocalRuntime,
  schedules: readonly Wanted[],
  now: number,
): Promise<void> {
  const savedAt = now - 10 * minute;
  const context = { calendars: {}, messageLimit: runtime.messageLimit, now: savedAt };
  await settleEach(
    [...schedules.entries()],
    128,
    async ([i, wanted]) => {
      const { id, text: message, ...when } = wanted;
      const trigger = 'at' in when ? { at: new Date(when.at).toISOString().slice(0, 19) } : when;
      const { definition } = parseDefinition({ id, message, pools: [poolIdAt(i)], ...trigger }, context);
      if (definition === undefined) throw new Error(`${id} is no schedule`);
      const past = { ...runtime, clock: { now: () => savedAt } };
      await saveDefinition(past, definition, { who: 'bench', owner: 'console' });
    },
    (_, cause) => {
      throw cause;
    },
  );
}

/**
 * Puts schedules that are not due for long straight into the store: copies of one that was saved, each with its own
 * name and time. A million are too many to be checked one by one.
 *
 * @param from the number of the first one.
 */
export async function fillIdle(runtime: LocalRuntime, count: number, now: number, from = 0): Promise<void> {
  const { store } = runtime;
  for (let next = from; next < from + count; next += atOnce) {
    const [first, ...others] = idleSchedules(Math.min(atOnce, from + count - next), now, next);
    if (first === undefined) return;
    await fillStore(runtime, [first], now);
    const saved = await store.getSchedule(first.id);
    if (saved === undefined) throw new Error(`${first.id} was not saved`);
    await Promise.all(
      others.map(async ({ id, cron }) => {
        const lastAct = { ...saved.lastAct, scheduleId: id };
        const definition = { ...saved.definition, id, cron };
        await store.writeSchedule({ ...saved, scheduleId: id, definition, lastAct, version: 1 });
        await store.putAct(lastAct);
      }),
    );
  }
}

/** The product's parts over a store, in this process; they log nothing, since our output is the report. */
export async function openStore(settings: Record<string, string>): Promise<LocalRuntime> {
  const silent = () => undefined;
  return {
    ...(await openLocalRuntime(readConfig(settings))),
    log: { info: silent, warn: silent, error: silent },
  };
}
