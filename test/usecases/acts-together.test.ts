import { expect, it } from 'vitest';
import type { Schedule } from '../../lib/domain/schedule.ts';
import { pause } from '../../lib/usecases/acts.ts';
import { sendNow } from '../../lib/usecases/notify.ts';
import { aDefinition, createRig, start } from '../rig.ts';

const acting = { who: 'test', owner: 'console' } as const;

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
        await sendNow(rig.deps, { scheduleId: 'maintenance', why: 'now' }, acting, first);
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
  await pause({ ...rig.deps, schedules, queue }, { scheduleId: 'maintenance', why: 'drill' }, acting, second);
  const notices = (await rig.deliveries()).filter(({ noticeId }) => noticeId !== undefined);
  expect(queued).toEqual(notices.map(({ deliveryId }) => deliveryId));
  expect(notices).toHaveLength(1);
});
