import { describe, expect, it } from 'vitest';
import { StoreError } from '../../../lib/domain/codes/errors.ts';
import { planDelivery } from '../../../lib/domain/delivery/delivery.ts';
import { day, hour, type Instant, minute, second } from '../../../lib/domain/time/instant.ts';
import { dryRun } from '../../../lib/usecases/planning/dry-run.ts';
import { tick } from '../../../lib/usecases/planning/tick.ts';
import { aDefinition, createRig, start } from '../../rig.ts';

describe('a tick', () => {
  it('puts no schedule off for what the queue cannot do, so that all is well when it can again', async () => {
    const rig = createRig();
    await rig.prove();
    await rig.save(aDefinition({ cron: '* * * * *' }));
    const outage = { from: start, to: start + 26 * minute };
    const queue = {
      ...rig.queue,
      enqueueSend: (...message: Parameters<typeof rig.queue.enqueueSend>) =>
        rig.clock.now() < outage.to
          ? Promise.reject(new StoreError('the queue cannot be used'))
          : rig.queue.enqueueSend(...message),
    };
    for (let now = start + minute; now <= start + 40 * minute; now += minute) {
      rig.clock.moveTo(now);
      await tick({ ...rig.deps, queue }, now);
      await rig.workDue();
    }
    const after = (await rig.deliveries()).filter(
      ({ dueAt }) => dueAt >= outage.to && dueAt <= start + 38 * minute,
    );
    expect(after).toHaveLength(13);
    expect(after.filter(({ state }) => state === 'expired')).toEqual([]);
  });

  it('says of which schedules it cannot write what comes of them, until it can', async () => {
    const rig = createRig();
    await rig.save(aDefinition({ cron: '* * * * *' }));
    const queue = { ...rig.queue, enqueueSend: () => Promise.reject(new StoreError('the queue is away')) };
    const now = start + minute;
    rig.clock.moveTo(now);
    await tick({ ...rig.deps, queue }, now);
    await tick({ ...rig.deps, queue }, now + second);
    expect(await rig.store.failingSchedules(10)).toMatchObject([{ planError: 'the queue is away' }]);
    await tick(rig.deps, now + 2 * second);
    expect(await rig.store.failingSchedules(10)).toEqual([]);
  });

  it('plans the others although a thousand cannot be written', { timeout: 60_000 }, async () => {
    const rig = createRig();
    for (let i = 0; i < 1_000; i += 1) await rig.save(aDefinition({ id: `p${i}`, cron: '* * * * *' }));
    rig.clock.moveTo(start + minute);
    await rig.save(aDefinition({ id: 'good', cron: '* * * * *' }));
    const queue = {
      ...rig.queue,
      enqueueSend: (...message: Parameters<typeof rig.queue.enqueueSend>) =>
        message[0].deliveryId.startsWith('p')
          ? Promise.reject(new StoreError('away'))
          : rig.queue.enqueueSend(...message),
    };
    const now = start + 10 * minute;
    rig.clock.moveTo(now);
    expect((await tick({ ...rig.deps, queue }, now)).failed).toHaveLength(1_000);
    expect((await rig.store.getSchedule('good'))?.cursor).toBeGreaterThan(now);
  });

  it('plans although more open deliveries want to be swept than it has time for', async () => {
    const rig = createRig();
    await rig.save(aDefinition({ id: 'other', cron: '* * * * *' }));
    for (let i = 0; i < 300; i += 1) await rig.store.writeDelivery(anOpenDelivery(i));
    const deliveries = {
      ...rig.deps.deliveries,
      async writeDelivery(delivery: Parameters<typeof rig.store.writeDelivery>[0]) {
        if (delivery.scheduleId === 'big') rig.clock.moveTo(rig.clock.now() + 100);
        return rig.store.writeDelivery(delivery);
      },
    };
    const now = start + minute;
    rig.clock.moveTo(now);
    const result = await tick({ ...rig.deps, deliveries }, now, { budgetMs: 20 * second });
    expect(result).toMatchObject({ more: true, due: 1, failed: [] });
    expect(result.planned).toBeGreaterThan(0);
    expect(result.swept).toBeGreaterThanOrEqual(100);
    expect(result.swept).toBeLessThan(200);
    const next = await tick({ ...rig.deps, deliveries }, now, { budgetMs: 400 * second });
    expect(next.more).toBe(false);
    expect((await rig.store.deliveriesToWake(now, 1_000)).filter((id) => id.startsWith('big.'))).toEqual([]);
  });

  it('that fails does not count as one that ended', async () => {
    const rig = createRig();
    const schedulesToWake = () => Promise.reject(new StoreError('the store is away'));
    const schedules = { ...rig.store, schedulesToWake };
    await expect(tick({ ...rig.deps, schedules }, start)).rejects.toThrow('the store is away');
    expect(await rig.store.getLastTickAt()).toBeUndefined();
  });

  it('sweeps the others although a thousand cannot be swept', async () => {
    const rig = createRig();
    for (let i = 0; i < 1_001; i += 1) await rig.store.writeDelivery(anOpenDelivery(i));
    const deliveries = {
      ...rig.deps.deliveries,
      getDelivery: (id: string) =>
        id === last ? rig.store.getDelivery(id) : Promise.reject(new StoreError('away')),
    };
    const last = (await rig.store.deliveriesToWake(start, 2_000)).at(-1);
    const result = await tick({ ...rig.deps, deliveries }, start);
    expect(result.swept).toBe(1);
    expect(result.failed).toHaveLength(1_000);
  });

  it('works off a long gap at once when it has the time', async () => {
    const rig = createRig();
    const pools = Array.from({ length: 60 }, (_, i) => `pool-${i}`);
    await rig.save(aDefinition({ cron: '* * * * *', pools, maxLateness: '24h' }));
    rig.clock.moveTo(start + hour);
    await rig.tick();
    expect((await rig.store.getSchedule('maintenance'))?.cursor).toBe(start + hour + 150 * second);
  });

  it('looks at a schedule whose next look is further ahead than any right clock writes', async () => {
    const rig = createRig();
    await rig.save(aDefinition({ cron: '0 10 * * *' }));
    const schedule = await rig.store.getSchedule('maintenance');
    if (schedule === undefined) throw new Error('it was saved');
    const wakeAt = start + 400 * day;
    await rig.store.writeSchedule({ ...schedule, wakeAt, version: schedule.version + 1, writeId: 'w' });
    rig.clock.moveTo(start + 58 * minute);
    await rig.tick();
    expect(await rig.deliveries()).toMatchObject([{ dueAt: start + hour }]);
  });

  it('begins no look after its time, however many were due at once', async () => {
    const rig = createRig();
    for (let i = 0; i < 300; i += 1) await rig.save(aDefinition({ id: `s${i}`, cron: '* * * * *' }));
    let looks = 0;
    const schedules = {
      ...rig.deps.schedules,
      getSchedule(id: string) {
        looks += 1;
        if (looks % 64 === 0) rig.clock.moveTo(rig.clock.now() + 10 * second);
        return rig.store.getSchedule(id);
      },
    };
    const now: Instant = start + minute;
    rig.clock.moveTo(now);
    const result = await tick({ ...rig.deps, schedules }, now, { budgetMs: 20 * second });
    expect(result.more).toBe(true);
    expect(rig.clock.now() - now).toBeLessThan(40 * second);
    expect(await rig.store.getLastTickAt()).toBe(now);
  });
});

function anOpenDelivery(n: number) {
  const dueAt = start - 5 * minute;
  const key = { scheduleId: 'big', eventAt: start + day, leadSeconds: 0, dueAt, pool: `p${n}` };
  return planDelivery({ ...key, rev: 1, deadline: start + day }, start - 6 * minute, 'w');
}

describe('a dry run', () => {
  it('hands nothing over, notes no gap, and counts as no tick', async () => {
    const rig = createRig();
    await rig.save(aDefinition({ cron: '* * * * *' }));
    const handed: string[] = [];
    const enqueueSend = async ({ deliveryId }: { deliveryId: string }) => void handed.push(deliveryId);
    rig.clock.moveTo(start + day);
    const result = await dryRun({ ...rig.deps, queue: { ...rig.queue, enqueueSend } }, start + day);
    expect(result.planned).toBeGreaterThan(100);
    expect(handed).toEqual([]);
    expect(await rig.store.listGaps('maintenance')).toEqual([]);
    expect(await rig.store.getLastTickAt()).toBeUndefined();
  });
});
