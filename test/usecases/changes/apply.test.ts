import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../../lib/domain/codes/errors.ts';
import { apply, differs } from '../../../lib/usecases/changes/apply.ts';
import { saveInput } from '../../../lib/usecases/changes/schedules.ts';
import { aDefinition, createRig, start } from '../../rig.ts';

const one = '{ id: one, pools: [finance], cron: "0 10 * * *", message: Hi, calendars: [cn] }';
const two = '{ id: two, pools: [finance], cron: "0 11 * * *", message: Hi }';

function table(schedules: string[], excluded = '2026-11-24'): string {
  return `calendars: { cn: { exclude: [${excluded}] } }\nschedules: [${schedules.join(', ')}]`;
}

describe('applying a schedule file', () => {
  it('creates, changes, leaves alone and, last, deletes what an earlier file brought', async () => {
    const { deps } = createRig();
    expect(await apply(deps, table([one, two]), { who: 'test' })).toMatchObject({ created: ['one', 'two'] });
    const changed = one.replace('Hi', 'Hello');
    expect(await apply(deps, table([changed]), { who: 'test' })).toMatchObject({
      created: [],
      changed: ['one'],
      deleted: ['two'],
    });
    expect(await apply(deps, table([changed]), { who: 'test' })).toMatchObject({
      unchanged: ['one'],
      deleted: [],
    });
  });

  it('never deletes what people made over HTTP', async () => {
    const rig = createRig();
    await rig.save(aDefinition({ id: 'mine' }));
    expect(await apply(rig.deps, table([one]), { who: 'test' })).toMatchObject({ deleted: [] });
    expect(await rig.store.getSchedule('mine')).toMatchObject({ rev: 1 });
  });

  it('brings a changed calendar to those who use it and are not in the file', async () => {
    const rig = createRig();
    await apply(rig.deps, table([one]), { who: 'test' });
    const input = { id: 'mine', pools: ['finance'], cron: '0 9 * * *', message: 'Hi', calendars: ['cn'] };
    await saveInput(rig.deps, input, { who: 'test', owner: 'console', scheduleId: 'mine' });
    await apply(rig.deps, table([one], '2026-12-24'), { who: 'test' });
    expect(await rig.store.getSchedule('mine')).toMatchObject({
      owner: 'console',
      rev: 2,
      definition: { calendars: [{ name: 'cn', exclude: ['2026-12-24'] }] },
    });
  });

  it('changes nothing when the file has a problem', async () => {
    const rig = createRig();
    const broken = table([one, two.replace('0 11', 'nonsense')]);
    await expect(apply(rig.deps, broken, { who: 'test' })).rejects.toThrow(InvalidInputError);
    expect(rig.store.isEmpty()).toBe(true);
  });

  it('goes on with the others when one cannot be saved', async () => {
    const rig = createRig();
    const schedules = {
      ...rig.store,
      writeSchedule: async (schedule: Parameters<typeof rig.store.writeSchedule>[0]) => {
        if (schedule.scheduleId === 'one') throw new Error('the disk is full');
        return rig.store.writeSchedule(schedule);
      },
    };
    expect(await apply({ ...rig.deps, schedules }, table([one, two]), { who: 'test' })).toMatchObject({
      created: ['two'],
      failed: [{ id: 'one', message: 'the disk is full' }],
    });
  });

  it('knows whether a file differs from what is stored', async () => {
    const { deps } = createRig();
    await apply(deps, table([one, two]), { who: 'test' });
    expect(await differs(deps, table([two, one]), start)).toBe(false);
    expect(await differs(deps, table([one]), start)).toBe(true);
    const more = [one, two, two.replace('two', 'three')];
    expect(await differs(deps, table(more), start)).toBe(true);
  });
});
