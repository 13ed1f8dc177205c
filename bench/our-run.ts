import type { ChildProcess } from 'node:child_process';
import type { Delivery } from '../lib/domain/delivery/delivery.ts';
import { everyItem } from '../lib/usecases/pages.ts';
import { startChild, temporaryFolder } from './children.ts';
import { fillIdle, fillStore, openStore, settingsFor } from './filled-store.ts';
import { type Batch, dueSchedules } from './schedules.ts';

/** As `npm start` has them in package.json: V8's young space would grow to 48 MiB for nothing. */
const flagsOfStart = ['--max-semi-space-size=4'];

/** A store of the product with schedules in it, and how it is run. */
export type Ours = { settings: Record<string, string>; batches: Batch[] };

/**
 * Fills a new store: first with schedules that are not due for long, since that may take its time, then with
 * batches that are reckoned from now.
 */
export async function prepareOurs(
  endpoint: string,
  batchesFrom: (now: number) => Batch[],
  idleCount = 0,
): Promise<Ours> {
  const settings = settingsFor(await temporaryFolder(), endpoint);
  const runtime = await openStore(settings);
  await fillIdle(runtime, idleCount, Date.now());
  const batches = batchesFrom(Date.now());
  await fillStore(runtime, batches.flatMap(dueSchedules), Date.now());
  await runtime.close();
  return { settings, batches };
}

/** The one-machine run, as `npm start` has it, in a process of its own. */
export function startOurs(settings: Record<string, string>): ChildProcess {
  return startChild('local/start.ts', { flags: flagsOfStart, env: settings });
}

/** What the store says became of a batch. */
export async function recordsOf({ settings }: Ours, { dueAt }: Batch): Promise<Delivery[]> {
  const runtime = await openStore(settings);
  const at = { from: dueAt, to: dueAt + 1 };
  const found = await Array.fromAsync(everyItem((page) => runtime.store.listDeliveries({ ...at, ...page })));
  await runtime.close();
  return found;
}
