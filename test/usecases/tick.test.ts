import { describe, expect, it } from 'vitest';
import { planDelivery } from '../../lib/domain/delivery.ts';
import { StoreError } from '../../lib/domain/errors.ts';
import { day, type Instant, minute, second } from '../../lib/domain/instant.ts';
import { tick } from '../../lib/usecases/tick.ts';
import { aDefinition, createRig, start } from '../rig.ts';

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
