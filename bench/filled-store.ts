import { readConfig } from '../lib/config.ts';
import { parseDefinition } from '../lib/domain/definition.ts';
import { minute } from '../lib/domain/instant.ts';
import { type LocalRuntime, openLocalRuntime } from '../lib/runtime/local.ts';
import { settleEach } from '../lib/usecases/each.ts';
import { saveDefinition } from '../lib/usecases/schedules.ts';
import { poolIdAt } from './pools.ts';
import type { Wanted } from './schedules.ts';

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
      await saveDefinition(runtime, definition, { who: 'bench', owner: 'console' }, savedAt);
    },
    (_, cause) => {
      throw cause;
    },
  );
}

/** The product's parts over a store in `dataDir`, in this process. */
export function openStore(settings: Record<string, string>): Promise<LocalRuntime> {
  return openLocalRuntime(readConfig(settings));
}
