import { describe, expect, it } from 'vitest';
import { HuaweiClockError, HuaweiUnavailableError } from '../../../lib/domain/codes/errors.ts';
import { hour, minute, second } from '../../../lib/domain/time/instant.ts';
import { sendNow } from '../../../lib/usecases/changes/notify.ts';
import { track } from '../../../lib/usecases/sending/track.ts';
import { aDefinition, createRig, financeId, start } from '../../rig.ts';

const acting = { who: 'ana', owner: 'console' } as const;

/** A house whose clock is two hours ahead, with one warning that may be sent for a day. */
async function aheadRig() {
  const rig = createRig({ startAt: start + 2 * hour });
  await rig.prove();
  await rig.save(aDefinition({ cron: undefined, at: '2026-11-24T11:01', maxLateness: '24h' }));
  return rig;
}

describe('a clock that was hours ahead and is set back', () => {
  it('holds back nothing that it had put off', async () => {
    const rig = await aheadRig();
    const { sendToPool } = rig.workspace;
    rig.workspace.sendToPool = async (_poolId, _text, mayStart) => {
      mayStart();
      throw new HuaweiClockError("this machine's clock is 7200 s ahead of Huawei's; set it", 7_200);
    };
    await rig.runUntil(start + 2 * hour + 2 * minute);
    const [held] = await rig.deliveries();
    expect(held).toMatchObject({ state: 'pending', waitingFor: { code: 'clock' } });
    rig.workspace.sendToPool = sendToPool;
    await rig.prove();
    // The warning had come due by the wrong clock, and has not by the right one.
    rig.clock.moveTo(start + hour);
    await rig.runUntil(start + 2 * hour + 2 * minute);
    expect(rig.workspace.sent.map(({ at }) => at)).toEqual([start + 2 * hour + minute]);
  });

  it('tries again at once what is due by the right clock, too', async () => {
    const rig = await aheadRig();
    rig.workspace.listPools = async () => {
      throw new HuaweiClockError("this machine's clock is 7200 s ahead of Huawei's; set it", 7_200);
    };
    await rig.runUntil(start + 2 * hour + 2 * minute);
    const delivery = (await rig.deliveries())[0];
    if (delivery === undefined) throw new Error('nothing was planned');
    const { retryAt = 0 } = delivery;
    // As if it had been due long before.
    const dueAt = start - minute;
    await rig.store.writeDelivery({ ...delivery, dueAt, eventAt: dueAt, version: delivery.version + 1 });
    expect(retryAt).toBeGreaterThan(start + 2 * hour);
    rig.clock.moveTo(start + second);
    await rig.tick();
    expect(rig.dueNow().map(({ deliveryId }) => deliveryId)).toEqual([delivery.deliveryId]);
  });

  it('asks soon for the jobs that it had to follow, and ends what nobody sends any more', async () => {
    const rig = await aheadRig();
    let jobs = 0;
    rig.workspace.showJob = async () => {
      jobs += 1;
      const desktops = { total: 3, succeeded: 3, failed: 0 };
      return { status: 'SUCCESS', hasEnded: true, desktops, failures: [] };
    };
    await rig.runUntil(start + 2 * hour + minute);
    const [accepted] = await rig.deliveries();
    expect(accepted?.state).toBe('accepted');
    rig.clock.moveTo(start + minute);
    await rig.tick();
    for (const message of rig.dueNow()) await track(rig.deps, message);
    expect([jobs, (await rig.deliveries())[0]?.state]).toEqual([1, 'delivered']);
  });

  it('asks again in time for a job that had not ended at the first look', async () => {
    const rig = await aheadRig();
    let hasEnded = false;
    rig.workspace.showJob = async () => {
      const desktops = { total: 3, succeeded: hasEnded ? 3 : 0, failed: 0 };
      return { status: hasEnded ? 'SUCCESS' : 'RUNNING', hasEnded, desktops, failures: [] };
    };
    await rig.runUntil(start + 2 * hour + minute);
    rig.clock.moveTo(start + minute);
    await rig.tick();
    await rig.workDue();
    expect((await rig.deliveries())[0]).toMatchObject({ state: 'accepted', polls: 1 });
    hasEnded = true;
    await rig.runUntil(start + 5 * minute);
    expect((await rig.deliveries())[0]).toMatchObject({ state: 'delivered' });
  });

  it('looks at once at a schedule that it had put off', async () => {
    const rig = createRig();
    await rig.prove();
    await rig.save(aDefinition({ cron: '* * * * *' }));
    const schedule = await rig.store.getSchedule('maintenance');
    if (schedule === undefined) throw new Error('it was saved');
    const wrong = start + 20 * hour;
    const putOff = { planError: 'x', planFailures: 6, wakeAt: wrong + hour };
    await rig.store.writeSchedule({ ...schedule, ...putOff, version: schedule.version + 1 });
    await rig.store.putLastTickAt(wrong);
    rig.clock.moveTo(start + minute);
    await rig.tick();
    const { planError, wakeAt = wrong } = (await rig.store.getSchedule('maintenance')) ?? {};
    expect(planError).toBeUndefined();
    expect(wakeAt).toBeLessThan(start + hour);
  });

  it('sends a text that was asked for meanwhile only where it has not arrived', async () => {
    const rig = createRig({ startAt: start + 2 * hour });
    await rig.prove();
    await rig.save(aDefinition({ cron: undefined, at: '2026-11-24T20:00', pools: ['finance', 'support'] }));
    const { sendToPool } = rig.workspace;
    rig.workspace.sendToPool = async (...call) => {
      if (call[0] === financeId) return sendToPool.call(rig.workspace, ...call);
      throw new HuaweiUnavailableError('busy', { status: 503 });
    };
    await rig.tick();
    await sendNow(rig.deps, { scheduleId: 'maintenance', why: 'now' }, acting);
    await rig.runUntil(start + 2 * hour + 3 * second);
    rig.workspace.sendToPool = sendToPool;
    rig.clock.moveTo(start + minute);
    await rig.tick();
    await rig.runUntil(start + 3 * minute);
    expect(rig.workspace.sent.map(({ poolId }) => poolId.slice(0, 4))).toEqual(['1111', '3333']);
  });

  it('gives such a text no more time than it has by any clock', async () => {
    const rig = createRig({ startAt: start + 2 * hour });
    await rig.prove();
    await rig.save(aDefinition({ cron: undefined, at: '2026-11-24T20:00', maxLateness: '5m' }));
    const { sendToPool } = rig.workspace;
    rig.workspace.sendToPool = async () => {
      throw new HuaweiUnavailableError('busy', { status: 503 });
    };
    await rig.tick();
    await sendNow(rig.deps, { scheduleId: 'maintenance', why: 'now' }, acting);
    rig.clock.moveTo(start + minute);
    await rig.tick();
    await rig.runUntil(start + 10 * minute);
    rig.workspace.sendToPool = sendToPool;
    await rig.runUntil(start + 15 * minute);
    expect(rig.workspace.sent).toEqual([]);
  });

  it('sends nothing that was due before the rule was saved', async () => {
    const rig = createRig({ startAt: start + hour });
    await rig.prove();
    const rule = (cron: string) => aDefinition({ cron, maxLateness: '1h' });
    await rig.save(rule('0 20 * * *'));
    rig.clock.moveTo(start + hour + minute);
    await rig.save(rule('0 10 * * *'));
    rig.clock.moveTo(start + 40 * hour);
    await rig.tick();
    rig.clock.moveTo(start + hour + minute + 10 * second);
    await rig.tick();
    await rig.runUntil(start + hour + 5 * minute);
    expect(rig.workspace.sent).toEqual([]);
  });

  it('still sends what came due in the seconds before, of a schedule that it had saved', async () => {
    const real = start + hour - 5 * second;
    const rig = createRig({ startAt: real + 3 * hour });
    await rig.prove();
    await rig.save(aDefinition({ cron: undefined, at: '2026-11-24T10:00' }));
    await rig.tick();
    rig.clock.moveTo(real + 10 * second);
    await rig.tick();
    await rig.runUntil(real + minute);
    expect(rig.workspace.sent).toHaveLength(1);
  });

  it('leaves what was sent by nobody knows whom open for no longer than a lease', async () => {
    const rig = await aheadRig();
    rig.workspace.sendToPool = async (_poolId, _text, mayStart) => {
      mayStart();
      return new Promise(() => {});
    };
    rig.clock.moveTo(start + 2 * hour + 30 * second);
    await rig.tick();
    rig.clock.moveTo(start + 2 * hour + minute);
    void rig.workDue();
    await expect.poll(async () => (await rig.deliveries())[0]?.state).toBe('sending');
    rig.clock.moveTo(start + second);
    await rig.tick();
    rig.clock.moveTo(start + 2 * minute);
    await rig.tick();
    expect((await rig.deliveries())[0]).toMatchObject({ state: 'unknown', reason: { code: 'interrupted' } });
  });
});
