import { describe, expect, it } from 'vitest';
import { HuaweiUnavailableError, StoreError } from '../../../lib/domain/codes/errors.ts';
import { reason } from '../../../lib/domain/codes/reasons.ts';
import type { Schedule } from '../../../lib/domain/schedule/schedule.ts';
import { day, minute, second } from '../../../lib/domain/time/instant.ts';
import { postpone, resume, skip } from '../../../lib/usecases/changes/acts.ts';
import { announce } from '../../../lib/usecases/changes/announce.ts';
import { sendNow } from '../../../lib/usecases/changes/notify.ts';
import { horizon, plan } from '../../../lib/usecases/planning/plan.ts';
import { aDefinition, createRig } from '../../rig.ts';

const acting = { who: 'ana', owner: 'console' } as const;
const id = { scheduleId: 'maintenance', why: 'the patch is late' };
const event = Date.parse('2026-11-24T10:00:00Z');
const notify = 'Cancelled.';

/** Daily at 10:00, its warning of 30 minutes has been sent. */
async function aRig(fields: Record<string, unknown> = {}) {
  const rig = createRig();
  await rig.prove();
  await rig.save(aDefinition({ leadTimes: ['30m'], message: 'It begins.', ...fields }));
  await rig.runUntil(event - 20 * minute);
  const stored = async (): Promise<Schedule> => {
    const schedule = await rig.store.getSchedule('maintenance');
    if (schedule === undefined) throw new Error('it was saved');
    return schedule;
  };
  return {
    ...rig,
    stored,
    now: () => rig.clock.now(),
    texts: () => rig.workspace.sent.map(({ text }) => text).slice(1),
    /** Skips the event, and dies before the promised text is made. */
    skipAndDie: async () => {
      const listDeliveries = () => Promise.reject(new StoreError('the process is dying'));
      const dying = { ...rig.deps, deliveries: { ...rig.store, listDeliveries } };
      await expect(skip(dying, { ...id, eventAt: event, notify }, acting)).rejects.toThrow(StoreError);
      return stored();
    },
    change: (next: Schedule) =>
      rig.store.writeSchedule({ ...next, version: next.version + 1, writeId: 'changed' }),
  };
}

describe('a text that an act promised before its process died', () => {
  it('goes out although another process has planned the schedule meanwhile', async () => {
    const { skipAndDie, deps, now, runUntil, texts } = await aRig();
    const promised = await skipAndDie();
    await plan(deps, promised, now(), now() + horizon);
    await runUntil(now() + 3 * minute);
    expect(texts()).toEqual([notify]);
  });

  it('goes out with every other one that was promised', async () => {
    const { skipAndDie, change, now, runUntil, texts } = await aRig();
    const promised = await skipAndDie();
    const { announcements = [] } = promised;
    const others = announcements.map((one) => ({ ...one, noticeId: 'other', message: 'Sorry.' }));
    await change({ ...promised, announcements: [...announcements, ...others] });
    await runUntil(now() + 3 * minute);
    expect(texts().sort()).toEqual([notify, 'Sorry.']);
  });

  it('stays where it is when an act stops it while it is made', async () => {
    const { skipAndDie, change, deps, now, runUntil, texts } = await aRig();
    const promised = await skipAndDie();
    const stops = [{ why: reason('changed', {}) }];
    const announcements = promised.announcements?.map((one) => ({ ...one, stops })) ?? [];
    await change({ ...promised, announcements });
    await announce(deps, promised, now());
    await runUntil(now() + 3 * minute);
    expect(texts()).toEqual([]);
  });

  it('is named by the next act if that one stops it', async () => {
    const { skipAndDie, deps } = await aRig();
    await skipAndDie();
    const { warnings } = await resume(deps, { ...id, eventAt: event }, acting);
    expect(warnings).toMatchObject([{ code: 'text_stopped', params: { text: notify, pools: ['finance'] } }]);
  });
});

describe('a text', () => {
  it('that announces a new time does not come after it', async () => {
    const { deps, workspace, now, runUntil, texts } = await aRig();
    const { sendToPool } = workspace;
    workspace.sendToPool = async () => {
      throw new HuaweiUnavailableError('busy', { status: 503 });
    };
    const to = now() + 2 * minute;
    await postpone(deps, { ...id, eventAt: event, to, notify: 'At {{eventTime}}.' }, acting);
    await runUntil(to + 30 * second);
    workspace.sendToPool = sendToPool;
    await runUntil(to + 10 * minute);
    expect(texts()).toEqual([]);
  });

  it('that was sent months ahead of an event is remembered', async () => {
    const { deps, clock, now, runUntil } = await aRig({ cron: undefined, at: '2027-03-01T10:00' });
    await sendNow(deps, id, acting);
    await runUntil(now() + minute);
    clock.moveTo(now() + 60 * day);
    const eventAt = Date.parse('2027-03-01T10:00:00Z');
    const { alreadyWarned } = await skip(deps, { ...id, eventAt }, acting);
    expect(alreadyWarned).toEqual(['finance']);
  });
});
