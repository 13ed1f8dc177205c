import { describe, expect, it } from 'vitest';
import { ConflictError } from '../../../lib/domain/codes/errors.ts';
import type { Schedule } from '../../../lib/domain/schedule/schedule.ts';
import { hour, minute, second } from '../../../lib/domain/time/instant.ts';
import { pause } from '../../../lib/usecases/changes/acts.ts';
import { apply } from '../../../lib/usecases/changes/apply.ts';
import { saveInput } from '../../../lib/usecases/changes/schedules.ts';
import { aDefinition, createRig, start } from '../../rig.ts';

const acting = { who: 'ana', owner: 'console' } as const;
const fields = { pools: ['finance'], cron: '0 10 * * *', message: 'Hi' };

function aRig() {
  const rig = createRig();
  const table = (schedules: object[], calendars: object) => JSON.stringify({ calendars, schedules });
  return {
    ...rig,
    applyIds: (ids: string[], options: { deps?: typeof rig.deps; key?: string; calendars?: object } = {}) => {
      const { deps = rig.deps, key, calendars = {} } = options;
      const schedules = ids.map((id) => ({ id, ...fields }));
      return apply(deps, table(schedules, calendars), { who: 'file', idempotencyKey: key });
    },
    /** The store, where something happens once, right before the first write of that kind. */
    before: (isIt: (schedule: Schedule) => boolean, happen: () => Promise<unknown>) => {
      let hasHappened = false;
      const writeSchedule = async (schedule: Schedule) => {
        if (isIt(schedule) && !hasHappened) {
          hasHappened = true;
          await happen();
        }
        return rig.store.writeSchedule(schedule);
      };
      return { ...rig.deps, schedules: { ...rig.store, writeSchedule } };
    },
    pauseIt: (scheduleId: string) => pause(rig.deps, { scheduleId, why: 'drill' }, acting),
    pauseOf: async (scheduleId: string) => (await rig.store.getSchedule(scheduleId))?.pause,
  };
}

describe('while a file is applied, what somebody else does', () => {
  it('to a schedule that it leaves out does not keep that one', async () => {
    const { applyIds, before, pauseIt } = aRig();
    await applyIds(['one', 'two']);
    const deps = before(
      ({ deletedAt }) => deletedAt !== undefined,
      () => pauseIt('two'),
    );
    expect(await applyIds(['one'], { deps })).toMatchObject({ deleted: ['two'], failed: [] });
  });

  it('to a schedule that it renames goes with it', async () => {
    const { applyIds, before, pauseIt, pauseOf } = aRig();
    await applyIds(['patch']);
    const deps = before(
      ({ deletedAt }) => deletedAt !== undefined,
      () => pauseIt('patch'),
    );
    await applyIds(['night'], { deps });
    expect(await pauseOf('night')).toMatchObject({ why: 'drill' });
  });

  it('under the new id of a schedule holds', async () => {
    const { deps: own, applyIds, before, pauseIt, pauseOf } = aRig();
    await applyIds(['patch']);
    const deps = before(
      ({ deletedAt }) => deletedAt !== undefined,
      async () => {
        await pauseIt('night');
        // So that the deletion is made again, and looks at both once more.
        await pause(own, { scheduleId: 'patch', why: 'over soon', until: start + second }, acting);
      },
    );
    await applyIds(['night'], { deps });
    expect(await pauseOf('night')).toMatchObject({ why: 'drill' });
  });

  it('to a schedule outside it is kept beside the changed calendar', async () => {
    const { deps, store, applyIds, before } = aRig();
    const calendars = (date: string) => ({ cn: { exclude: [date] } });
    await applyIds(['one'], { calendars: calendars('2026-11-24') });
    const input = { id: 'mine', ...fields, calendars: ['cn'] };
    const save = (message: string) =>
      saveInput(deps, { ...input, message }, { ...acting, scheduleId: 'mine' });
    await save('Hi');
    const edited = before(
      ({ scheduleId }) => scheduleId === 'mine',
      () => save('As edited meanwhile.'),
    );
    await applyIds(['one'], { deps: edited, calendars: calendars('2026-12-24') });
    expect((await store.getSchedule('mine'))?.definition).toMatchObject({
      message: 'As edited meanwhile.',
      calendars: [{ exclude: ['2026-12-24'] }],
    });
  });

  it('by another file makes it fail, though it stood still at its last step only', async () => {
    const { applyIds, before, clock } = aRig();
    await applyIds(['one', 'two']);
    const deps = before(
      ({ deletedAt }) => deletedAt !== undefined,
      async () => {
        clock.moveTo(start + 2 * minute);
        await applyIds(['one', 'two', 'three']);
      },
    );
    await expect(applyIds(['one'], { deps })).rejects.toThrow(ConflictError);
  });
});

describe('a file that fails', () => {
  it('lets the next one begin at once', async () => {
    const { deps, applyIds } = aRig();
    const putCalendars = () => Promise.reject(new Error('the disk is full'));
    const calendars = { ...deps.calendars, putCalendars };
    await expect(applyIds(['one'], { deps: { ...deps, calendars } })).rejects.toThrow('the disk is full');
    expect(await applyIds(['one'])).toMatchObject({ created: ['one'] });
  });

  it('in one schedule may be applied again with its key', async () => {
    const { applyIds, before } = aRig();
    const deps = before(
      ({ scheduleId }) => scheduleId === 'one',
      () => Promise.reject(new Error('the disk is full')),
    );
    expect(await applyIds(['one', 'two'], { deps, key: 'k' })).toMatchObject({ failed: [{ id: 'one' }] });
    expect(await applyIds(['one', 'two'], { key: 'k' })).toMatchObject({ created: ['one'], failed: [] });
  });
});

describe('a file that leaves a schedule out', () => {
  it('gives it back what operators did when it has it again an hour later', async () => {
    const { applyIds, pauseIt, pauseOf, clock } = aRig();
    await applyIds(['one', 'two']);
    await pauseIt('two');
    await applyIds(['one']);
    clock.moveTo(start + hour);
    await applyIds(['one', 'two']);
    expect(await pauseOf('two')).toMatchObject({ why: 'drill' });
  });

  it('does not take one that is there already for its new name', async () => {
    const { applyIds, pauseIt, pauseOf } = aRig();
    await applyIds(['one', 'two']);
    await pauseIt('two');
    await applyIds(['one']);
    expect(await pauseOf('one')).toBeUndefined();
  });

  it('renames it to one of two new ones, and makes the other', async () => {
    const { applyIds } = aRig();
    await applyIds(['patch']);
    expect(await applyIds(['day', 'night'])).toMatchObject({
      created: ['day', 'night'],
      deleted: ['patch'],
      failed: [],
    });
  });

  it('deletes all that it leaves out, however many', async () => {
    const { applyIds } = aRig();
    const ids = Array.from({ length: 210 }, (_, i) => `s${i}`);
    await applyIds(ids);
    expect((await applyIds([])).deleted).toHaveLength(210);
  });

  it('deletes what it took over, as it says, from people', async () => {
    const { applyIds, save } = aRig();
    await save(aDefinition({ id: 'mine', ...fields }));
    expect(await applyIds(['mine'])).toMatchObject({ changed: ['mine'] });
    expect(await applyIds([])).toMatchObject({ deleted: ['mine'] });
  });
});
