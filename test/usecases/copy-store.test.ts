import { describe, expect, it } from 'vitest';
import { hour, minute } from '../../lib/domain/time/instant.ts';
import { pause, skip } from '../../lib/usecases/changes/acts.ts';
import { deleteSchedule } from '../../lib/usecases/changes/schedules.ts';
import { exportStore, importStore, type StoredRecord } from '../../lib/usecases/copy-store.ts';
import { aDefinition, createRig, start } from '../rig.ts';

const acting = { who: 'ana', owner: 'console' } as const;

async function* from<T>(items: Iterable<T>): AsyncGenerator<T, void> {
  yield* items;
}

const copyDeps = ({ deps, store }: ReturnType<typeof createRig>) => ({ ...deps, binding: store });

/** A store with a warned and a skipped event, a paused and a deleted schedule, a gap, calendars and an open delivery. */
async function aStore() {
  const rig = createRig();
  await rig.prove();
  await rig.store.stamp('https://example.com project p');
  await rig.store.putCalendars({ holidays: { exclude: ['2026-12-25'], include: [] } });
  await rig.save(aDefinition({ id: 'daily', cron: '*/30 * * * *' }));
  await rig.save(aDefinition({ id: 'gone' }));
  await skip(rig.deps, { scheduleId: 'daily', eventAt: start + hour, why: 'late' }, acting);
  await deleteSchedule(rig.deps, 'gone', acting);
  await rig.store.putGap({ scheduleId: 'daily', from: start - hour, to: start, pools: ['finance'] });
  await rig.runUntil(start + 30 * minute);
  await pause(rig.deps, { scheduleId: 'daily', why: 'wait' }, acting);
  rig.clock.moveTo(start + 58 * minute);
  await rig.tick();
  const records: StoredRecord[] = [];
  for await (const record of exportStore(copyDeps(rig))) records.push(record);
  return { ...rig, records };
}

const withoutVersion = (record: StoredRecord) =>
  record.kind === 'schedule' || record.kind === 'delivery' ? { ...record.item, version: 0 } : record;

describe('a store that is exported and imported elsewhere', () => {
  it('is the same, but for the versions of its items', async () => {
    const { records } = await aStore();
    const other = createRig();
    await importStore(copyDeps(other), from(records));
    const again: StoredRecord[] = [];
    for await (const record of exportStore(copyDeps(other))) again.push(record);
    expect(again.map(withoutVersion)).toEqual(records.map(withoutVersion));
    expect(new Set(records.map(({ kind }) => kind)).size).toBe(7);
  });

  it('goes on where it was: what was sent stays sent, what is open is sent, revisions go on counting', async () => {
    const { records } = await aStore();
    const other = createRig({ startAt: start + 58 * minute });
    await other.prove();
    await importStore(copyDeps(other), from(records));
    await other.save(aDefinition({ id: 'gone' }));
    await other.runUntil(start + 3 * hour);
    expect((await other.store.getSchedule('gone'))?.rev).toBe(3);
    const states = (await other.deliveries()).map(({ scheduleId, state }) => `${scheduleId} ${state}`);
    expect(new Set(states)).toEqual(new Set(['daily delivered', 'daily skipped', 'gone delivered']));
  });

  it('takes the text of a deletion with it, and what a file that left a schedule out has to give back', async () => {
    const rig = createRig();
    await rig.prove();
    await rig.save(aDefinition({ leadTimes: ['30m'] }));
    await rig.runUntil(start + 31 * minute);
    await pause(rig.deps, { scheduleId: 'maintenance', why: 'wait' }, acting);
    const deletion = { notify: 'Cancelled.', isLeftOut: true };
    await deleteSchedule(rig.deps, 'maintenance', acting, deletion);
    const records: StoredRecord[] = [];
    for await (const record of exportStore(copyDeps(rig))) records.push(record);
    const other = createRig({ startAt: start + 31 * minute });
    await other.prove();
    await importStore(copyDeps(other), from(records));
    await other.runUntil(start + 34 * minute);
    expect(other.workspace.sent.map(({ text }) => text)).toEqual(['Cancelled.']);
    await other.save(aDefinition({ leadTimes: ['30m'] }));
    expect(await other.store.getSchedule('maintenance')).toMatchObject({ rev: 4, pause: { why: 'wait' } });
  });

  it('has all of it, however much there is, and the gaps of what was deleted', async () => {
    const rig = createRig();
    const ids = Array.from({ length: 210 }, (_, i) => `s${i}`);
    for (const id of ids) await rig.save(aDefinition({ id, enabled: false }));
    await rig.store.putGap({ scheduleId: 's7', from: start - hour, to: start, pools: ['finance'] });
    await deleteSchedule(rig.deps, 's7', acting);
    const records: StoredRecord[] = [];
    for await (const record of exportStore(copyDeps(rig))) records.push(record);
    const count = (kind: string) => records.filter((record) => record.kind === kind).length;
    expect(count('schedule')).toBe(210);
    expect(count('act')).toBe(211);
    expect(count('gap')).toBe(1);
  });

  it('may be imported twice', async () => {
    const { records } = await aStore();
    const other = createRig();
    await importStore(copyDeps(other), from(records.slice(0, 5))).catch(() => {});
    const { alreadyThere } = await importStore(copyDeps(other), from(records));
    expect(alreadyThere).toBeGreaterThan(0);
  });

  it('is refused when it belongs to another project', async () => {
    const { records } = await aStore();
    const other = createRig();
    await other.store.stamp('simulator');
    await expect(importStore(copyDeps(other), from(records))).rejects.toThrow('belongs to');
    expect((await other.store.listSchedules({ limit: 1 })).items).toEqual([]);
  });

  it('is refused when the file was cut off or lacks a line, or the other store holds something else', async () => {
    const { records } = await aStore();
    await expect(importStore(copyDeps(createRig()), from(records.slice(0, -1)))).rejects.toMatchObject({
      problems: [{ code: 'export_incomplete' }],
    });
    await expect(importStore(copyDeps(createRig()), from(records.toSpliced(-2, 1)))).rejects.toMatchObject({
      problems: [{ code: 'export_incomplete' }],
    });
    const other = createRig();
    await other.save(aDefinition({ id: 'daily' }));
    await expect(importStore(copyDeps(other), from(records))).rejects.toThrow('import into an empty store');
  });
});
