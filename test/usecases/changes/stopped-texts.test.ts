import { describe, expect, it } from 'vitest';
import { HuaweiUnavailableError } from '../../../lib/domain/codes/errors.ts';
import { hour, minute, second } from '../../../lib/domain/time/instant.ts';
import { pause, postpone, skip } from '../../../lib/usecases/changes/acts.ts';
import { apply } from '../../../lib/usecases/changes/apply.ts';
import { sendNow } from '../../../lib/usecases/changes/notify.ts';
import { deleteSchedule } from '../../../lib/usecases/changes/schedules.ts';
import { aDefinition, createRig, financeId, start } from '../../rig.ts';

const acting = { who: 'ana', owner: 'console' } as const;
const event = Date.parse('2026-11-24T10:00:00Z');
const why = 'as the night goes';
const patch = { scheduleId: 'patch', why };
const night = { scheduleId: 'night', why };
const own = 'Save your work.';

async function aRig(fields: Record<string, unknown> = {}) {
  const rig = createRig();
  await rig.prove();
  const definition = (id: string, more: Record<string, unknown> = {}) => ({
    id,
    pools: ['finance'],
    cron: '0 10 * * *',
    leadTimes: ['10m'],
    message: own,
    ...fields,
    ...more,
  });
  const applyFile = (id: string) =>
    apply(rig.deps, JSON.stringify({ schedules: [definition(id)] }), { who: 'file' });
  await applyFile('patch');
  const { sendToPool } = rig.workspace;
  return {
    ...rig,
    applyFile,
    edit: (more: Record<string, unknown>) => rig.save(aDefinition(definition('patch', more))),
    now: () => rig.clock.now(),
    /** Huawei cannot be used by the pools whose ids begin so, until `answer` is called. */
    refuse: (digits = '') => {
      rig.workspace.sendToPool = async (...call) => {
        call[2]();
        if (call[0].startsWith(digits)) throw new HuaweiUnavailableError('busy', { status: 503 });
        return sendToPool.call(rig.workspace, ...call);
      };
    },
    answer: () => {
      rig.workspace.sendToPool = sendToPool;
    },
    texts: () => rig.workspace.sent.map(({ text }) => text),
  };
}

describe('a text that waits while a file renames its schedule', () => {
  it('still goes out', async () => {
    const { deps, refuse, answer, applyFile, runUntil, texts } = await aRig();
    refuse();
    await sendNow(deps, patch, acting);
    await runUntil(start + 3 * second);
    await applyFile('night');
    answer();
    await runUntil(start + 2 * minute);
    expect(texts()).toEqual([own]);
  });

  it('goes out before a newer one', async () => {
    const { deps, refuse, answer, applyFile, runUntil, texts } = await aRig({ leadTimes: ['1h'] });
    await runUntil(start + minute);
    refuse();
    await pause(deps, { ...patch, notify: 'Paused.' }, acting);
    await runUntil(start + 90 * second);
    await applyFile('night');
    answer();
    await sendNow(deps, night, acting);
    await runUntil(start + 4 * minute);
    expect(texts()).toEqual([own, 'Paused.', own]);
  });

  it.each([
    ['a deletion', (deps: Parameters<typeof pause>[0]) => deleteSchedule(deps, 'night', acting)],
    ['a pause hours later', (deps: Parameters<typeof pause>[0]) => pause(deps, night, acting)],
  ])('is stopped by %s under the new id', async (_, act) => {
    const { deps, refuse, answer, applyFile, runUntil, texts } = await aRig({
      cron: '0 10 1 * *',
      maxLateness: '23h',
    });
    refuse();
    await sendNow(deps, patch, acting);
    await runUntil(start + 3 * second);
    await applyFile('night');
    await runUntil(start + 2 * hour);
    await act(deps);
    answer();
    await runUntil(start + 3 * hour);
    expect(texts()).toEqual([]);
  });
});

describe('a text that waits for a pool that an edit writes by its id', () => {
  it('goes out before a newer one', async () => {
    const { deps, refuse, answer, edit, runUntil, texts } = await aRig({ leadTimes: ['1h'] });
    await runUntil(start + minute);
    refuse();
    await pause(deps, { ...patch, notify: 'Paused.' }, acting);
    await runUntil(start + 90 * second);
    await edit({ leadTimes: ['1h'], pools: [financeId] });
    answer();
    await sendNow(deps, patch, acting);
    await runUntil(start + 4 * minute);
    expect(texts()).toEqual([own, 'Paused.', own]);
  });
});

describe('an act', () => {
  it('names of a text that it stops only the pools that have not had it', async () => {
    const { deps, refuse, runUntil } = await aRig({ pools: ['finance', 'support'] });
    refuse('3333');
    await sendNow(deps, patch, acting);
    await runUntil(start + 3 * second);
    const { warnings } = await pause(deps, patch, acting);
    expect(warnings).toMatchObject([{ code: 'text_stopped', params: { text: own, pools: ['support'] } }]);
  });

  it('names what people have read of an event that it moves again, unless it tells them', async () => {
    const { deps, runUntil, now } = await aRig({ leadTimes: ['1h'] });
    await runUntil(start + minute);
    const moved = { ...patch, eventAt: event, byMs: hour };
    await postpone(deps, { ...moved, notify: 'An hour later.' }, acting);
    await runUntil(now() + minute);
    const again = { ...moved, eventAt: event + hour };
    const told = await postpone(deps, { ...again, notify: 'Later.', isDryRun: true }, acting);
    expect(told.warnings.map(({ code }) => code)).not.toContain('text_read');
    const { warnings } = await postpone(deps, again, acting);
    expect(warnings).toContainEqual(
      expect.objectContaining({ code: 'text_read', params: { text: 'An hour later.', pools: ['finance'] } }),
    );
  });

  it('that is rehearsed says who would be told', async () => {
    const { deps, runUntil } = await aRig({ leadTimes: ['1h'] });
    await runUntil(start + minute);
    const said = { ...patch, eventAt: event, isDryRun: true };
    expect((await skip(deps, said, acting)).notified).toEqual([]);
    expect((await skip(deps, { ...said, notify: 'Cancelled.' }, acting)).notified).toEqual(['finance']);
  });
});
