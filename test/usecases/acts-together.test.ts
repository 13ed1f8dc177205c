import { expect, it } from 'vitest';
import { StoreError } from '../../lib/domain/errors.ts';
import type { Schedule } from '../../lib/domain/schedule.ts';
import { pause } from '../../lib/usecases/acts.ts';
import { sendNow } from '../../lib/usecases/notify.ts';
import { deleteSchedule } from '../../lib/usecases/schedules.ts';
import { aDefinition, createRig, start } from '../rig.ts';

const acting = { who: 'test', owner: 'console' } as const;

it.each([
  ['at once', 0],
  ['after a tick has moved the cursor', 1],
])('is told that it was done though the store lost the answer, %s', async (_, ticks) => {
  const rig = createRig();
  await rig.save(aDefinition({ at: '2026-11-24T12:00' }));
  const schedules = {
    ...rig.store,
    async writeSchedule(schedule: Schedule) {
      const result = await rig.store.writeSchedule(schedule);
      if (schedule.rev === 1) return result;
      for (let i = 0; i < ticks; i += 1) await rig.tick();
      return rig.store.writeSchedule(schedule);
    },
  };
  rig.clock.moveTo(start + 1_000);
  const deleted = await deleteSchedule({ ...rig.deps, schedules }, 'maintenance', acting);
  expect(deleted).toMatchObject({ isDone: true, schedule: { rev: 2, deletedAt: start + 1_000 } });
});

it('keeps the record of an act that stopped halfway when another one comes between', async () => {
  const rig = createRig();
  await rig.save(aDefinition({ at: '2026-11-24T12:00' }));
  const first = start + 600_000;
  let hasCome = false;
  const broken = {
    ...rig.deps,
    deliveries: { ...rig.store, listDeliveries: () => Promise.reject(new StoreError('the store is away')) },
  };
  const schedules = {
    ...rig.store,
    async writeSchedule(schedule: Schedule) {
      if (!hasCome) {
        hasCome = true;
        const operation = { scheduleId: 'maintenance', why: 'drill' };
        await expect(pause(broken, operation, acting)).rejects.toThrow('the store is away');
      }
      return rig.store.writeSchedule(schedule);
    },
  };
  rig.clock.moveTo(first);
  await deleteSchedule({ ...rig.deps, schedules }, 'maintenance', acting);
  const { items } = await rig.store.listActs({ scheduleId: 'maintenance', limit: 10 });
  expect(items.map(({ rev, what }) => `${rev} ${what}`)).toEqual(['3 delete', '2 pause', '1 save']);
});

it('loses nothing of an act that another one, later by its clock, overtakes', async () => {
  const rig = createRig();
  await rig.save(aDefinition({ at: '2026-11-24T12:00' }));
  const first = start + 600_000;
  const second = first + 20_000;
  let hasCome = false;
  const schedules = {
    ...rig.store,
    // The other act comes between this one's reading and its planning.
    async writeSchedule(schedule: Schedule) {
      if (!hasCome) {
        hasCome = true;
        await sendNow(
          { ...rig.deps, clock: { now: () => first } },
          { scheduleId: 'maintenance', why: 'now' },
          acting,
        );
        const stored = await rig.store.getSchedule('maintenance');
        // As if its process had stopped before it planned its own notice.
        if (stored !== undefined)
          await rig.store.writeSchedule({
            ...stored,
            cursor: first,
            version: stored.version + 1,
            writeId: 'stopped',
          });
      }
      return rig.store.writeSchedule(schedule);
    },
  };
  const queued: string[] = [];
  const queue = {
    ...rig.queue,
    async enqueueSend(...args: Parameters<typeof rig.queue.enqueueSend>) {
      queued.push(args[0].deliveryId);
      await rig.queue.enqueueSend(...args);
    },
  };
  rig.clock.moveTo(second);
  await pause({ ...rig.deps, schedules, queue }, { scheduleId: 'maintenance', why: 'drill' }, acting);
  const notices = (await rig.deliveries()).filter(({ noticeId }) => noticeId !== undefined);
  expect(queued).toEqual(notices.map(({ deliveryId }) => deliveryId));
  expect(notices).toHaveLength(1);
});
