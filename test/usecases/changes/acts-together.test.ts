import { describe, expect, it } from 'vitest';
import { StoreError } from '../../../lib/domain/codes/errors.ts';
import type { Schedule } from '../../../lib/domain/schedule/schedule.ts';
import { hour, minute, second } from '../../../lib/domain/time/instant.ts';
import { pause, skip } from '../../../lib/usecases/changes/acts.ts';
import { sendNow } from '../../../lib/usecases/changes/notify.ts';
import { deleteSchedule, saveDefinition } from '../../../lib/usecases/changes/schedules.ts';
import { aDefinition, createRig, start } from '../../rig.ts';

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
  const later = first + 20_000;
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
  rig.clock.moveTo(later);
  await pause({ ...rig.deps, schedules, queue }, { scheduleId: 'maintenance', why: 'drill' }, acting);
  const notices = (await rig.deliveries()).filter(({ noticeId }) => noticeId !== undefined);
  expect(queued).toEqual(notices.map(({ deliveryId }) => deliveryId));
  expect(notices).toHaveLength(1);
});

describe('an act after one that stopped half-way', () => {
  /** Warned of 13:00 long before; the skip of that event dies before its text is made. */
  async function halfSkipped() {
    const rig = createRig();
    await rig.prove();
    await rig.save(aDefinition({ cron: '0 13 * * *', leadTimes: ['235m'] }));
    await rig.runUntil(start + 6 * minute);
    const dying = {
      ...rig.deps,
      deliveries: { ...rig.store, listDeliveries: () => Promise.reject(new StoreError('dying')) },
    };
    const eventAt = start + 4 * hour;
    const operation = { scheduleId: 'maintenance', why: 'drill', eventAt, notify: 'Cancelled.' };
    const keyed = { ...acting, idempotencyKey: 'k' };
    await expect(skip(dying, operation, keyed)).rejects.toThrow('dying');
    return { ...rig, sayAgain: () => skip(rig.deps, operation, keyed) };
  }

  it('keeps its record', async () => {
    const { deps, store, clock } = await halfSkipped();
    clock.moveTo(clock.now() + second);
    await pause(deps, { scheduleId: 'maintenance', why: 'drill' }, acting);
    const { items } = await store.listActs({ scheduleId: 'maintenance', limit: 10 });
    expect(items.map(({ rev, what }) => `${rev} ${what}`)).toEqual(['3 pause', '2 skip', '1 save']);
  });

  it('leaves its answer to tell whom it reached, also when its text is long forgotten', async () => {
    const { deps, runUntil, workspace, sayAgain } = await halfSkipped();
    await runUntil(start + 2 * hour);
    await sendNow(deps, { scheduleId: 'maintenance', why: 'now' }, acting);
    expect(workspace.sent.at(-1)).toMatchObject({ text: 'Cancelled.' });
    expect(await sayAgain()).toMatchObject({ isDone: false, rev: 2, notified: ['finance'] });
  });
});

describe('what comes due while an act is written', () => {
  it('is planned by the rule of before when others write first', async () => {
    const rig = createRig();
    await rig.save(aDefinition());
    rig.clock.moveTo(start + hour - second);
    let isFirst = true;
    const writeSchedule = async (schedule: Schedule) => {
      if (isFirst && schedule.rev === 2) {
        isFirst = false;
        rig.clock.moveTo(start + hour + second);
        return 'conflict' as const;
      }
      return rig.store.writeSchedule(schedule);
    };
    const schedules = { ...rig.store, writeSchedule };
    const edited = aDefinition({ cron: '0 18 * * *' });
    await saveDefinition({ ...rig.deps, schedules }, edited, acting);
    expect((await rig.deliveries()).map(({ dueAt }) => dueAt)).toEqual([start + hour]);
  });

  it('is not given up because the queue is away: the act is refused', async () => {
    const rig = createRig();
    await rig.save(aDefinition());
    rig.clock.moveTo(start + hour + second);
    const queue = { ...rig.queue, enqueueSend: () => Promise.reject(new StoreError('the queue is away')) };
    const paused = pause({ ...rig.deps, queue }, { scheduleId: 'maintenance', why: 'drill' }, acting);
    await expect(paused).rejects.toThrow('the queue is away');
    expect((await rig.store.getSchedule('maintenance'))?.rev).toBe(1);
    expect(await rig.store.listGaps('maintenance')).toEqual([]);
  });
});
