import { describe, expect, it } from 'vitest';
import { StoreError } from '../../../lib/domain/codes/errors.ts';
import type { Schedule } from '../../../lib/domain/schedule/schedule.ts';
import { day, hour, minute, second } from '../../../lib/domain/time/instant.ts';
import { deleteSchedule } from '../../../lib/usecases/changes/schedules.ts';
import { plan } from '../../../lib/usecases/planning/plan.ts';
import { tick } from '../../../lib/usecases/planning/tick.ts';
import { aDefinition, createRig, start } from '../../rig.ts';

const acting = { who: 'test', owner: 'console' } as const;

async function stored(rig: ReturnType<typeof createRig>, id = 'maintenance'): Promise<Schedule> {
  const schedule = await rig.store.getSchedule(id);
  if (schedule === undefined) throw new Error(`no schedule ${id}`);
  return schedule;
}

type Rig = ReturnType<typeof createRig>;

async function poison(rig: Rig): Promise<void> {
  await rig.save(aDefinition({ id: 'poison', cron: '* * * * *' }));
  const seen = await stored(rig, 'poison');
  const definition = { ...seen.definition, cron: 'nonsense' };
  await rig.store.writeSchedule({ ...seen, definition, version: seen.version + 1 });
}

function gapsOf(rig: Rig) {
  return rig.database.sql
    .prepare('SELECT item FROM gaps ORDER BY from_at')
    .all()
    .map(({ item }) => JSON.parse(String(item)));
}

describe('planning', () => {
  it('writes what is due within the horizon at the first save, and nothing further ahead', async () => {
    const rig = createRig();
    await rig.save(aDefinition({ cron: '* * * * *' }));
    expect((await rig.deliveries()).map(({ dueAt }) => (dueAt - start) / minute)).toEqual([0, 1, 2]);
  });

  it('still plans what came due in the last 5 s before the first save arrived', async () => {
    const rig = createRig({ startAt: start + 4 * second });
    await rig.save(aDefinition({ at: '2026-11-24T09:00' }));
    expect(await rig.deliveries()).toMatchObject([{ dueAt: start, state: 'pending' }]);
  });

  it('does not plan what was due before that', async () => {
    const rig = createRig({ startAt: start + 6 * second });
    await rig.save(aDefinition({ at: '2026-11-24T09:00' }));
    expect(await rig.deliveries()).toEqual([]);
  });

  it('writes one delivery per notification and pool, however many ticks overlap', async () => {
    const rig = createRig();
    await rig.save(
      aDefinition({ cron: '2 9 * * *', pools: ['finance', 'support'], leadTimes: ['1m', '0m'] }),
    );
    await Promise.all([rig.tick(), rig.tick(), rig.tick()]);
    expect(await rig.deliveries()).toHaveLength(4);
  });

  it('looks at a schedule a day later at the latest', async () => {
    const rig = createRig();
    await rig.save(aDefinition({ cron: '0 0 1 1 *' }));
    expect((await stored(rig)).wakeAt).toBe(start + day);
  });

  it('never looks again at a schedule that is over', async () => {
    const rig = createRig();
    await rig.save(aDefinition({ at: '2026-11-24T09:02' }));
    const { wakeAt, cursor } = await stored(rig);
    expect(wakeAt).toBeUndefined();
    expect(cursor).toBe(start + 150 * second);
  });

  it('wakes at the next due time, less than the horizon after it was planned up to', async () => {
    const rig = createRig();
    await rig.save(aDefinition({ cron: '0 10 * * *' }));
    expect((await stored(rig)).wakeAt).toBe(start + hour);
  });

  it('hands over what was written before, if that went wrong', async () => {
    const rig = createRig();
    await rig.prove();
    await rig.save(aDefinition({ cron: '0 10 * * *' }));
    rig.clock.moveTo(start + 58 * minute);
    const queue = { ...rig.queue, enqueueSend: () => Promise.reject(new StoreError('away')) };
    await tick({ ...rig.deps, queue }, rig.clock.now());
    expect(await rig.deliveries()).toHaveLength(1);
    rig.clock.moveTo(start + 59 * minute);
    expect(await rig.tick()).toMatchObject({ planned: 0, queued: 1 });
    await rig.runUntil(start + hour);
    expect(rig.workspace.sent).toMatchObject([{ at: start + hour }]);
  });

  it('moves the cursor only if nobody moved it since', async () => {
    const rig = createRig();
    await rig.save(aDefinition({ cron: '* * * * *' }));
    const seen = await stored(rig);
    await plan(rig.deps, seen, start + minute, start + minute + 150 * second);
    const moved = await stored(rig);
    await plan(rig.deps, seen, start + minute, start + 200 * second);
    expect(await stored(rig)).toEqual(moved);
  });
});

describe('a gap', () => {
  it('keeps the newest 100 missed notifications one by one, and the older ones as one gap', async () => {
    const rig = createRig();
    await rig.save(aDefinition({ cron: '* * * * *', pools: ['finance', 'support'] }));
    await rig.runUntil(start + 150 * second);
    const before = (await rig.deliveries()).length;
    rig.clock.moveTo(start + 6 * hour);
    await rig.tick();
    const rows = (await rig.deliveries()).slice(before);
    const missed = rows.filter(({ state }) => state === 'expired');
    expect(missed).toHaveLength(200);
    expect(missed.every(({ reason }) => reason?.code === 'missed')).toBe(true);
    const [gap, ...others] = gapsOf(rig);
    expect(others).toEqual([]);
    const planned = rows.length / 2;
    const covered = gap.notifications + planned;
    const total = (start + 6 * hour + 150 * second - (await firstMissed(rig, before))) / minute;
    expect(covered).toBe(Math.floor(total) + 1);
  });

  it('keeps no rows for what its newest slice pushes out, however long it is', async () => {
    const rig = createRig();
    await rig.save(aDefinition({ cron: '* * * * *' }));
    const before = (await rig.deliveries()).length;
    rig.clock.moveTo(start + 60 * day);
    await rig.tick();
    const missed = (await rig.deliveries()).slice(before).filter(({ state }) => state === 'expired');
    expect(missed.length).toBeLessThanOrEqual(100);
  });

  it('is worked off in slices that never part two deliveries due at the same instant', async () => {
    const rig = createRig();
    const pools = Array.from({ length: 60 }, (_, i) => `pool-${i}`);
    await rig.save(aDefinition({ cron: '* * * * *', pools, maxLateness: '24h' }));
    const before = await stored(rig);
    const until = start + hour;
    const { hasMore } = await plan(rig.deps, before, start, until);
    expect(hasMore).toBe(true);
    const { cursor } = await stored(rig);
    const written = (await rig.deliveries()).filter(({ dueAt }) => dueAt > before.cursor);
    expect(written.length % 60).toBe(0);
    expect(Math.max(...written.map(({ dueAt }) => dueAt))).toBe(cursor);
  });

  it('of a year does not keep other schedules from being planned in the same tick', async () => {
    const rig = createRig();
    await rig.save(aDefinition({ id: 'every-minute', cron: '* * * * *' }));
    await rig.save(aDefinition({ id: 'other', cron: '0 10 * * *' }));
    rig.clock.moveTo(start + 365 * day + 58 * minute + 30 * second);
    await tick(rig.deps, rig.clock.now());
    const other = (await rig.deliveries()).filter(({ scheduleId }) => scheduleId === 'other');
    expect(other.at(-1)).toMatchObject({ dueAt: start + 365 * day + hour, state: 'pending' });
  });

  it('is worked off to its end though the schedule has ended meanwhile', async () => {
    const rig = createRig();
    const pools = Array.from({ length: 60 }, (_, i) => `pool-${i}`);
    const rule = { cron: '* * * * *', pools, maxLateness: '24h' };
    await rig.save(aDefinition({ ...rule, endAt: '2026-11-24T10:00:00Z' }));
    rig.clock.moveTo(start + 2 * hour);
    await rig.tick();
    expect(await rig.deliveries()).toHaveLength(60 * 60);
    expect((await stored(rig)).wakeAt).toBeUndefined();
  });

  async function firstMissed(rig: ReturnType<typeof createRig>, before: number): Promise<number> {
    const planned = (await rig.deliveries())[before - 1];
    return (planned?.dueAt ?? 0) + minute;
  }
});

describe('a schedule that cannot be planned', () => {
  it('keeps its cursor, says why, and does not stop the others', async () => {
    const rig = createRig();
    await poison(rig);
    await rig.save(aDefinition({ id: 'good', cron: '* * * * *' }));
    const { cursor } = await stored(rig, 'poison');
    rig.clock.moveTo(start + minute);
    const { failed } = await rig.tick();
    expect(failed).toMatchObject([{ id: 'poison' }]);
    expect(await stored(rig, 'poison')).toMatchObject({ cursor, planFailures: 1 });
    expect((await stored(rig, 'poison')).planError).toContain('cron');
    const good = (await rig.deliveries()).filter(({ scheduleId }) => scheduleId === 'good');
    expect(good.at(-1)?.dueAt).toBe(start + 3 * minute);
  });

  it('is looked at less and less often, up to once an hour', async () => {
    const rig = createRig();
    await poison(rig);
    const waits: number[] = [];
    for (let i = 0; i < 7; i += 1) {
      const { wakeAt = 0 } = await stored(rig, 'poison');
      rig.clock.moveTo(Math.max(wakeAt, rig.clock.now()));
      await rig.tick();
      waits.push(((await stored(rig, 'poison')).wakeAt ?? 0) - rig.clock.now());
    }
    expect(waits.map((wait) => wait / minute)).toEqual([2, 4, 8, 16, 32, 60, 60]);
  });

  it('is put off for a little only when it could be planned in between', async () => {
    const rig = createRig();
    await rig.save(aDefinition({ cron: '* * * * *' }));
    let isBroken = true;
    const getDelivery = (deliveryId: string) =>
      isBroken ? Promise.reject(new Error('cannot be read')) : rig.store.getDelivery(deliveryId);
    const lookOnce = async () => {
      const { wakeAt = 0 } = await stored(rig);
      rig.clock.moveTo(Math.max(wakeAt, rig.clock.now()));
      await tick({ ...rig.deps, deliveries: { ...rig.store, getDelivery } }, rig.clock.now());
    };
    for (let i = 0; i < 4; i += 1) await lookOnce();
    expect(await stored(rig)).toMatchObject({ planFailures: 4 });
    isBroken = false;
    await lookOnce();
    isBroken = true;
    await lookOnce();
    expect((await stored(rig)).wakeAt).toBe(rig.clock.now() + 2 * minute);
  });

  it('is mended by a save', async () => {
    const rig = createRig();
    await poison(rig);
    rig.clock.moveTo(start + minute);
    await rig.save(aDefinition({ id: 'poison', cron: '2 9 * * *' }));
    expect((await rig.deliveries()).at(-1)).toMatchObject({ dueAt: start + 2 * minute, state: 'pending' });
    expect((await stored(rig, 'poison')).planError).toBeUndefined();
  });
});

describe('a save', () => {
  it('first plans what came due under the old rule', async () => {
    const rig = createRig();
    await rig.save(aDefinition({ cron: '0 10 * * *' }));
    rig.clock.moveTo(start + hour + 10 * second);
    await rig.save(aDefinition({ cron: '0 11 * * *' }));
    expect(await rig.deliveries()).toMatchObject([{ dueAt: start + hour, state: 'pending', rev: 1 }]);
  });

  it('keeps one record of each act, also when the first look comes after a crash', async () => {
    const rig = createRig();
    await rig.save(aDefinition());
    await rig.save(aDefinition({ message: 'Other.' }));
    await deleteSchedule(rig.deps, 'maintenance', acting);
    const acts = rig.database.sql.prepare('SELECT item FROM acts ORDER BY rev').all();
    expect(acts.map(({ item }) => JSON.parse(String(item)))).toMatchObject([
      { rev: 1, what: 'save', who: 'test' },
      { rev: 2, what: 'save', before: { message: 'Save your work.' } },
      { rev: 3, what: 'delete', before: { message: 'Other.' } },
    ]);
  });

  it('that moves a one-off event reaches back as far as a first save', async () => {
    const rig = createRig();
    await rig.save(aDefinition({ at: '2026-11-24T08:00' }));
    rig.clock.moveTo(start + 300);
    await rig.save(
      aDefinition({ at: '2026-11-24T09:30', leadTimes: ['30m', '10m'], message: '{{timeLeft}}' }),
    );
    expect((await rig.deliveries()).map(({ dueAt }) => dueAt)).toEqual([start]);
  });

  it.each([
    ['deleted', (rig: Rig) => deleteSchedule(rig.deps, 'maintenance', acting)],
    ['disabled', (rig: Rig) => rig.save(aDefinition({ enabled: false }))],
  ])(
    'leaves its record even if a crash comes first, and lets a %s schedule sleep for good',
    async (_, act) => {
      const rig = createRig();
      await rig.save(aDefinition());
      const { putAct } = rig.deps.schedules;
      rig.deps.schedules.putAct = async (kept) => {
        if (kept.rev === 2) throw new StoreError('the process dies here');
        return putAct(kept);
      };
      await expect(act(rig)).rejects.toThrow(StoreError);
      rig.deps.schedules.putAct = putAct;
      await rig.tick();
      expect(rig.database.sql.prepare('SELECT rev FROM acts WHERE rev = 2').all()).toHaveLength(1);
      expect(await rig.tick()).toMatchObject({ due: 0 });
    },
  );

  it('over a rule that cannot be planned leaves a gap for what nobody knows', async () => {
    const rig = createRig();
    await poison(rig);
    const { cursor } = await stored(rig, 'poison');
    rig.clock.moveTo(start + hour);
    await rig.save(aDefinition({ id: 'poison' }));
    expect(gapsOf(rig)).toEqual([
      { scheduleId: 'poison', from: cursor, to: start + hour, pools: ['finance'] },
    ]);
  });

  it('that changes nothing makes no revision', async () => {
    const rig = createRig();
    await rig.save(aDefinition());
    expect(await rig.save(aDefinition())).toMatchObject({ what: 'unchanged', schedule: { rev: 1 } });
  });

  it('after a deletion goes on counting revisions', async () => {
    const rig = createRig();
    await rig.save(aDefinition());
    await deleteSchedule(rig.deps, 'maintenance', acting);
    expect(await rig.save(aDefinition())).toMatchObject({ what: 'created', schedule: { rev: 3 } });
  });
});

describe('a clock that was wrong', () => {
  it('does not trap a schedule whose next look was written years ahead', async () => {
    const rig = createRig();
    await rig.save(aDefinition({ cron: '0 * * * *' }));
    await tick(rig.deps, start + 3_650 * day, { budgetMs: Number.POSITIVE_INFINITY });
    await tick(rig.deps, start + minute);
    expect((await stored(rig)).cursor).toBe(start + minute + 150 * second);
  });

  it.each([
    ['an hourly one', { cron: '0 * * * *' }],
    ['a single one', { at: '2026-11-24T10:00' }],
  ])('does not lose what was due between: %s, saved three hours ahead', async (_, when) => {
    const rig = createRig({ startAt: start + 3 * hour });
    await rig.prove();
    await rig.save(aDefinition(when));
    await rig.tick();
    rig.clock.moveTo(start);
    await rig.tick();
    await rig.runUntil(start + hour + minute);
    expect(rig.workspace.sent.map(({ at }) => at)).toContain(start + hour);
  });
});

describe('the sweep', () => {
  it('hands out again what was planned but whose message was lost', async () => {
    const rig = createRig();
    await rig.prove();
    await rig.save(aDefinition({ at: '2026-11-24T09:01' }));
    rig.database.sql.exec('UPDATE deliveries SET next_at = NULL');
    rig.clock.moveTo(start + 2 * minute);
    expect(await rig.tick()).toMatchObject({ swept: 1 });
    await rig.workDue();
    expect(rig.workspace.sent).toHaveLength(1);
  });

  it('calls a delivery unknown whose worker died while it was sending', async () => {
    const rig = createRig();
    await rig.prove();
    let started = () => {};
    const isSending = new Promise<void>((resolve) => {
      started = resolve;
    });
    rig.workspace.sendToPool = () => {
      started();
      return new Promise(() => {});
    };
    await rig.save(aDefinition({ at: '2026-11-24T09:01' }));
    rig.clock.moveTo(start + minute);
    void rig.workDue();
    await isSending;
    rig.clock.moveTo(start + 3 * minute);
    await rig.tick();
    expect(await rig.deliveries()).toMatchObject([{ state: 'unknown', reason: { code: 'interrupted' } }]);
  });

  it('ends what nobody could work on before its deadline', async () => {
    const rig = createRig();
    await rig.save(aDefinition({ at: '2026-11-24T09:01', maxLateness: '1m' }));
    rig.database.sql.exec('UPDATE deliveries SET next_at = NULL');
    rig.clock.moveTo(start + 10 * minute);
    await rig.tick();
    expect(await rig.deliveries()).toMatchObject([{ state: 'expired', reason: { code: 'missed' } }]);
  });
});
