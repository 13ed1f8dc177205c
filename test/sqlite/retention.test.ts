import { describe, expect, it } from 'vitest';
import { day, hour, minute } from '../../lib/domain/time/instant.ts';
import { notify } from '../../lib/usecases/changes/notify.ts';
import { deleteSchedule } from '../../lib/usecases/changes/schedules.ts';
import { aDefinition, createRig, start } from '../rig.ts';

const acting = { who: 'ana', owner: 'adhoc' } as const;

/** A schedule that warned yesterday and lives on, one that was deleted, and a single notification that is over. */
async function aRig() {
  const rig = createRig();
  await rig.prove();
  await rig.save(aDefinition({ id: 'alive' }));
  await rig.save(aDefinition({ id: 'gone' }));
  await deleteSchedule(rig.deps, 'gone', acting);
  await notify(rig.deps, { pools: ['finance'], message: 'Hi' }, acting);
  await rig.runUntil(start + 2 * hour);
  const count = (table: string) =>
    Number(rig.database.sql.prepare(`SELECT COUNT(*) AS n FROM ${table}`).get()?.n);
  return { ...rig, count };
}

describe('retention', () => {
  it('deletes what is older than it is kept, but for the schedules that live on', async () => {
    const rig = await aRig();
    await rig.store.forget(start + day);
    expect(['deliveries', 'acts', 'schedules'].map(rig.count)).toEqual([0, 0, 1]);
    expect(await rig.store.getSchedule('alive')).toMatchObject({ rev: 1 });
  });

  it('keeps a schedule that has no more events, unless it was a single notification', async () => {
    const rig = createRig();
    await rig.prove();
    await rig.save(aDefinition({ id: 'over', at: '2026-11-24T09:30' }));
    await rig.runUntil(start + 2 * hour);
    await rig.store.forget(start + 30 * day);
    expect(await rig.store.getSchedule('over')).toMatchObject({ rev: 1 });
  });

  it('keeps all that is younger', async () => {
    const rig = await aRig();
    expect(await rig.store.forget(start - day)).toBe(0);
    expect(['deliveries', 'acts', 'schedules'].map(rig.count)).toEqual([2, 4, 3]);
  });

  it('never deletes a delivery that is open, nor a notification that is still to come', async () => {
    const rig = await aRig();
    const about = { pools: ['finance'], message: 'Hi', eventAt: start + 40 * day };
    const { schedule } = await notify(rig.deps, about, acting);
    rig.clock.moveTo(start + day + hour - minute);
    await rig.tick();
    await rig.store.forget(start + 30 * day);
    expect((await rig.deliveries()).map(({ state }) => state)).toEqual(['pending']);
    expect(await rig.store.getSchedule(schedule.scheduleId)).toBeDefined();
  });

  it('deletes more than one batch', async () => {
    const rig = await aRig();
    const insert = rig.database.sql.prepare(
      "INSERT INTO gaps (schedule_id, from_at, to_at, item) VALUES ('s', ?, ?, '{}')",
    );
    for (let i = 0; i < 2_500; i += 1) insert.run(i, i);
    expect(await rig.store.forget(start - day)).toBe(2_500);
    expect(rig.count('gaps')).toBe(0);
  });
});
