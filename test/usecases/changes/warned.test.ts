import { describe, expect, it } from 'vitest';
import { planDelivery } from '../../../lib/domain/delivery/delivery.ts';
import { hour, minute, second } from '../../../lib/domain/time/instant.ts';
import { pause, postpone, skip } from '../../../lib/usecases/changes/acts.ts';
import { aDefinition, createRig, financeId, start } from '../../rig.ts';

const acting = { who: 'ana', owner: 'console' } as const;
const id = { scheduleId: 'maintenance', why: 'the patch is late' };
const event = Date.parse('2026-11-24T10:00:00Z');

async function aRig(fields: Record<string, unknown> = {}) {
  const rig = createRig();
  await rig.prove();
  await rig.save(aDefinition(fields));
  return rig;
}

describe('who was warned', () => {
  it('is going out, too, when a warning leaves hours late', async () => {
    const rig = await aRig({ maxLateness: '23h' });
    const begun = Promise.withResolvers<void>();
    rig.workspace.sendToPool = (_poolId, _text, mayStart) => {
      mayStart();
      begun.resolve();
      return new Promise(() => {});
    };
    rig.clock.moveTo(event + 5 * hour);
    await rig.tick();
    void rig.workDue();
    await begun.promise;
    const { goingOut } = await pause(rig.deps, id, acting);
    expect(goingOut).toMatchObject([{ pool: 'finance', eventAt: event }]);
  });

  it('is known of a warning that was due in the seconds before its move arrived', async () => {
    const rig = await aRig({ leadTimes: ['10m'] });
    await rig.runUntil(start + 10 * minute + 400);
    const to = start + 20 * minute;
    await postpone(rig.deps, { ...id, eventAt: event, to }, acting);
    await rig.runUntil(start + 11 * minute);
    expect(rig.workspace.sent).toHaveLength(1);
    await postpone(rig.deps, { ...id, eventAt: to, byMs: hour }, acting);
    const { alreadyWarned } = await skip(rig.deps, { ...id, eventAt: to + hour }, acting);
    expect(alreadyWarned).toEqual(['finance']);
  });

  it('is nobody once the event is over', async () => {
    const rig = await aRig({ leadTimes: ['10m'] });
    await rig.runUntil(event + minute);
    expect(rig.workspace.sent).toHaveLength(1);
    const paused = await pause(rig.deps, { ...id, notify: 'Paused.' }, acting);
    expect(paused).toMatchObject({ alreadyWarned: [], notified: [] });
  });

  it('is found behind hundreds of later warnings of the same event', async () => {
    const rig = await aRig({ pools: ['support'], leadTimes: ['30m'] });
    const key = { scheduleId: 'maintenance', eventAt: event, rev: 1, deadline: event };
    const tell = (pool: string, leadSeconds: number) => {
      const plan = { ...key, pool, leadSeconds, dueAt: event - leadSeconds * second };
      return rig.store.writeDelivery({ ...planDelivery(plan, start, 'w'), state: 'delivered' });
    };
    await tell('finance', 3_000);
    for (let i = 0; i < 250; i += 1) await tell(`pool-${i}`, 2_400);
    rig.clock.moveTo(event - 35 * minute);
    const { alreadyWarned } = await skip(rig.deps, { ...id, eventAt: event }, acting);
    expect(alreadyWarned).toHaveLength(251);
    expect(alreadyWarned).toContain('finance');
  });

  it('is one pool, though its id was written in two ways', async () => {
    const fields = { leadTimes: ['30m', '20m'], pools: [financeId] };
    const bare = financeId.replaceAll('-', '');
    const rig = await aRig(fields);
    await rig.runUntil(event - 25 * minute);
    await rig.save(aDefinition({ ...fields, pools: [bare] }));
    await rig.runUntil(event - 15 * minute);
    expect(rig.workspace.sent).toHaveLength(2);
    const skipped = await skip(rig.deps, { ...id, eventAt: event, notify: 'Cancelled.' }, acting);
    expect(skipped.notified).toEqual([bare]);
    await rig.runUntil(event);
    expect(rig.workspace.sent).toHaveLength(3);
  });
});
