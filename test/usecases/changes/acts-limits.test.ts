import { describe, expect, it } from 'vitest';
import { hour, minute, second } from '../../../lib/domain/time/instant.ts';
import { pause, postpone, resume, skip } from '../../../lib/usecases/changes/acts.ts';
import { aDefinition, createRig, start } from '../../rig.ts';

const acting = { who: 'ana', owner: 'console' } as const;
const id = { scheduleId: 'maintenance', why: 'the patch is late' };
const event = Date.parse('2026-11-24T10:00:00Z');

async function aRig(fields: Record<string, unknown> = {}) {
  const rig = createRig();
  await rig.prove();
  await rig.save(aDefinition(fields));
  return rig;
}

describe('a pause', () => {
  it('replaces none that has ended', async () => {
    const { deps, clock } = await aRig();
    await pause(deps, { ...id, until: start + minute }, acting);
    clock.moveTo(start + 2 * minute);
    expect((await pause(deps, { ...id, until: start + hour }, acting)).warnings).toEqual([]);
  });
});

describe('a moved event', () => {
  it('is at a whole second, as every event is', async () => {
    const { deps, runUntil, workspace } = await aRig({ leadTimes: ['0m'] });
    const { act } = await postpone(deps, { ...id, eventAt: event, to: event + hour + 400 }, acting);
    expect(act?.movedTo).toBe(event + hour);
    await runUntil(event + hour + second);
    expect(workspace.sent.map(({ at }) => at)).toEqual([event + hour]);
  });

  it('of a disabled schedule warns nobody, and the answer says so', async () => {
    const { deps } = await aRig({ enabled: false });
    const { warnings } = await postpone(deps, { ...id, eventAt: event, byMs: hour }, acting);
    expect(warnings.map(({ code }) => code)).toContain('disabled');
  });

  it('that is two is not put back with a text that tells one time', async () => {
    const { deps } = await aRig({ cron: '0,30 10 * * *' });
    const later = event + 30 * minute;
    await postpone(deps, { ...id, eventAt: event, to: later }, acting);
    await postpone(deps, { ...id, eventAt: later, byMs: hour }, acting);
    const back = { ...id, eventAt: later + hour };
    await expect(resume(deps, { ...back, notify: 'At {{eventTime}}.' }, acting)).rejects.toMatchObject({
      problems: [{ code: 'several_events' }],
    });
    expect(await resume(deps, { ...back, notify: 'As planned.' }, acting)).toMatchObject({ isDone: true });
  });
});

describe('a skipped event', () => {
  it('stays skipped for a warning that comes late, whatever is skipped since', async () => {
    const { deps, clock, runUntil, workspace, deliveries } = await aRig({
      cron: '0,30 10 * * *',
      maxLateness: '20m',
      message: 'At {{eventTime}}.',
    });
    await skip(deps, { ...id, eventAt: event }, acting);
    // Nobody plans or sends until then.
    clock.moveTo(event + 5 * minute);
    await skip(deps, { ...id, eventAt: event + 30 * minute }, acting);
    await runUntil(event + 40 * minute);
    expect(workspace.sent).toEqual([]);
    const ends = (await deliveries()).map(({ dueAt, reason }) => [(dueAt - event) / minute, reason?.code]);
    expect(ends).toEqual([
      [0, 'skipped'],
      [30, 'skipped'],
    ]);
  });

  it('is forgotten later than those before it when there is no room for all', async () => {
    const { deps, store, runUntil } = await aRig({ cron: '* * * * *' });
    for (let i = 1; i <= 100; i += 1) await skip(deps, { ...id, eventAt: start + i * minute }, acting);
    await runUntil(start + 5 * minute);
    await skip(deps, { ...id, eventAt: start + 102 * minute }, acting);
    await skip(deps, { ...id, eventAt: start + 103 * minute }, acting);
    const { exceptions = [] } = (await store.getSchedule('maintenance')) ?? {};
    const skipped = exceptions.map(({ eventAt }) => (eventAt - start) / minute);
    expect(skipped).toHaveLength(100);
    expect(skipped).toEqual(expect.arrayContaining([3, 4, 5, 102, 103]));
  });
});
