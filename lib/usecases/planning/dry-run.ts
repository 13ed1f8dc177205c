import type { Instant } from '../../domain/time/instant.ts';
import type { Versioned } from '../../domain/versioned.ts';
import type { WriteResult } from '../../ports.ts';
import { type TickDeps, type TickResult, tick } from './tick.ts';

/** Says what a tick would do now. It is the real tick, but its writes go nowhere. */
export function dryRun(deps: TickDeps, now: Instant): Promise<TickResult> {
  const schedules = overlay(deps.schedules.getSchedule, ({ scheduleId }) => scheduleId);
  const deliveries = overlay(deps.deliveries.getDelivery, ({ deliveryId }) => deliveryId);
  const nothing = async () => {};
  return tick(
    {
      ...deps,
      schedules: {
        ...deps.schedules,
        getSchedule: schedules.get,
        writeSchedule: schedules.write,
        putAct: nothing,
        putGap: nothing,
      },
      deliveries: { ...deps.deliveries, getDelivery: deliveries.get, writeDelivery: deliveries.write },
      queue: { ...deps.queue, enqueueSend: nothing, enqueueTrack: nothing },
      tickLog: { ...deps.tickLog, putLastTickAt: nothing },
      log: { info: () => {}, warn: () => {}, error: () => {} },
    },
    now,
  );
}

/** What is written stays in memory, where the same run reads it back. */
function overlay<T extends Versioned>(
  read: (id: string) => Promise<T | undefined>,
  idOf: (item: T) => string,
): { get: (id: string) => Promise<T | undefined>; write: (item: T) => Promise<WriteResult> } {
  const written = new Map<string, T>();
  const get = async (id: string) => written.get(id) ?? (await read(id));
  return {
    get,
    async write(item) {
      const id = idOf(item);
      if (((await get(id))?.version ?? 0) !== item.version - 1) return 'conflict';
      written.set(id, item);
      return 'written';
    },
  };
}
