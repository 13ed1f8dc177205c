import { describe, expect, it } from 'vitest';
import {
  ConflictError,
  InvalidInputError,
  KeyReusedError,
  NotFoundError,
} from '../../../lib/domain/codes/errors.ts';
import { hour, minute, second } from '../../../lib/domain/time/instant.ts';
import { pause, postpone, resume, skip } from '../../../lib/usecases/changes/acts.ts';
import { notify, sendNow } from '../../../lib/usecases/changes/notify.ts';
import { deleteSchedule } from '../../../lib/usecases/changes/schedules.ts';
import { aDefinition, createRig, start } from '../../rig.ts';

const acting = { who: 'ana', owner: 'console' } as const;
const id = { scheduleId: 'maintenance', why: 'the patch is late' };
const event = Date.parse('2026-11-24T10:00:00Z');
const message = '{{eventTime}} in {{minutesLeft}}';

/** Daily at 10:00, with warnings 30 and 10 minutes before. */
async function aRig(fields: Record<string, unknown> = {}) {
  const rig = createRig();
  await rig.prove();
  await rig.save(aDefinition({ leadTimes: ['30m', '10m'], message, ...fields }));
  const sent = () => rig.workspace.sent.map(({ at, text }) => [(at - start) / minute, text]);
  const states = async () =>
    (await rig.deliveries()).map(
      ({ state, reason, noticeId }) => `${noticeId ? 'notice ' : ''}${state}: ${reason?.code}`,
    );
  const acts = async () => (await rig.store.listActs({ limit: 50 })).items.toReversed();
  return { ...rig, sentTexts: sent, states, acts, now: () => rig.clock.now() };
}

describe('a pause', () => {
  it('lets nothing more out from the moment that it is answered', async () => {
    const rig = await aRig();
    await rig.runUntil(event - 10 * minute - 20 * second);
    const { goingOut, alreadyWarned } = await pause(rig.deps, id, acting);
    expect({ goingOut, alreadyWarned }).toEqual({ goingOut: [], alreadyWarned: ['finance'] });
    await rig.runUntil(event);
    expect(rig.sentTexts()).toEqual([[30, '10:00 in 30']]);
    expect(await rig.states()).toEqual(['delivered: all_succeeded', 'skipped: paused']);
  });

  it('that is resumed before a notification is due loses nothing', async () => {
    const rig = await aRig();
    await rig.runUntil(event - 10 * minute - 20 * second);
    await pause(rig.deps, id, acting);
    await rig.runUntil(event - 10 * minute - 10 * second);
    await resume(rig.deps, id, acting);
    await rig.runUntil(event);
    expect(rig.sentTexts()).toEqual([
      [30, '10:00 in 30'],
      [50, '10:00 in 10'],
    ]);
  });

  it('ends by itself when it has an end', async () => {
    const rig = await aRig();
    await pause(rig.deps, { ...id, until: event - 20 * minute }, acting);
    await rig.runUntil(event);
    expect(rig.sentTexts()).toEqual([[50, '10:00 in 10']]);
  });

  it('names what is going out at that very moment', async () => {
    const rig = await aRig();
    await rig.runUntil(event - 30 * minute - second);
    let answer = (_: { jobId: string; status: number }) => {};
    let begun = () => {};
    const isSending = new Promise<void>((resolve) => {
      begun = resolve;
    });
    rig.workspace.sendToPool = (_poolId, _text, mayStart) => {
      mayStart();
      begun();
      return new Promise((resolve) => {
        answer = resolve;
      });
    };
    rig.clock.moveTo(event - 30 * minute);
    const work = rig.workDue();
    await isSending;
    const { goingOut } = await pause(rig.deps, id, acting);
    expect(goingOut).toMatchObject([{ pool: 'finance', dueAt: event - 30 * minute }]);
    answer({ jobId: 'job-1', status: 200 });
    await work;
    expect((await rig.acts()).at(-1)?.goingOut).toEqual(goingOut.map(({ deliveryId }) => deliveryId));
  });

  it('is kept by an edit, and a resume of what is not paused changes nothing', async () => {
    const rig = await aRig();
    await pause(rig.deps, id, acting);
    await rig.save(aDefinition({ leadTimes: ['20m'], message }));
    expect(await rig.store.getSchedule('maintenance')).toMatchObject({ rev: 3, pause: { by: 'ana' } });
    await resume(rig.deps, id, acting);
    const again = await resume(rig.deps, { ...id, why: 'again' }, acting);
    expect(again).toMatchObject({ isDone: false, warnings: [{ code: 'not_paused' }], schedule: { rev: 4 } });
    expect(await resume(rig.deps, id, acting)).toMatchObject({ isDone: false, rev: 4, warnings: [] });
  });
});

describe('a skipped event', () => {
  it('is passed over, and the next one is not', async () => {
    const rig = await aRig({ cron: '0,30 10 * * *', leadTimes: ['10m'] });
    await skip(rig.deps, { ...id, eventAt: event }, acting);
    await rig.runUntil(event + hour);
    expect(rig.sentTexts()).toEqual([[80, '10:30 in 10']]);
    expect(await rig.states()).toEqual(['skipped: skipped', 'delivered: all_succeeded']);
  });

  it('comes back when it is resumed', async () => {
    const rig = await aRig();
    await skip(rig.deps, { ...id, eventAt: event }, acting);
    await resume(rig.deps, { ...id, eventAt: event }, acting);
    await rig.runUntil(event);
    expect(rig.sentTexts()).toHaveLength(2);
  });

  it('tells exactly those who were warned', async () => {
    const rig = await aRig({ pools: ['finance', 'support'] });
    const { sendToPool } = rig.workspace;
    rig.workspace.sendToPool = async (poolId, text, mayStart) => {
      if (poolId.startsWith('3333') && text.includes('in 30')) throw new Error('nothing was sent');
      mayStart();
      return sendToPool(poolId, text, mayStart);
    };
    await rig.runUntil(event - 30 * minute + second);
    await skip(rig.deps, { ...id, eventAt: event, notify: 'No restart at {{eventTime}}.' }, acting);
    await rig.runUntil(event);
    expect(rig.workspace.sent.map(({ poolId, text }) => [poolId.slice(0, 4), text])).toEqual([
      ['1111', '10:00 in 30'],
      ['1111', 'No restart at 10:00.'],
    ]);
  });

  it('tells those, too, who were warned by a lead time that is no longer there', async () => {
    const rig = await aRig({ at: '2026-12-01T10:00', cron: undefined, leadTimes: ['6d'] });
    const eventAt = Date.parse('2026-12-01T10:00:00Z');
    await rig.runUntil(eventAt - 6 * 24 * hour + minute);
    await rig.save(aDefinition({ at: '2026-12-01T10:00', cron: undefined, leadTimes: ['10m'], message }));
    rig.clock.moveTo(eventAt - 3 * 24 * hour);
    const skipped = await skip(rig.deps, { ...id, eventAt, notify: 'No restart.' }, acting);
    expect(skipped.alreadyWarned).toEqual(['finance']);
  });

  it('tells nobody when nobody was warned', async () => {
    const rig = await aRig();
    await skip(rig.deps, { ...id, eventAt: event, notify: 'No restart.' }, acting);
    await rig.runUntil(event);
    expect(rig.workspace.sent).toEqual([]);
  });
});

describe('a postponed event', () => {
  it('counts all its lead times from its new time; what was sent stays sent', async () => {
    const rig = await aRig();
    await rig.runUntil(event - 29 * minute);
    const moved = { ...id, eventAt: event, byMs: hour, notify: 'Moved to {{eventTime}}.' };
    expect(await postpone(rig.deps, moved, acting)).toMatchObject({ alreadyWarned: ['finance'] });
    await rig.runUntil(event + hour);
    expect(rig.sentTexts().map(([, text]) => text)).toEqual([
      '10:00 in 30',
      'Moved to 11:00.',
      '11:00 in 30',
      '11:00 in 10',
    ]);
    expect(await rig.states()).toContain('notice delivered: all_succeeded');
  });

  it('does not send lead times that are past already', async () => {
    const rig = await aRig();
    await rig.runUntil(event - 5 * minute);
    await postpone(rig.deps, { ...id, eventAt: event, to: event + 15 * minute }, acting);
    await rig.runUntil(event + hour);
    expect(rig.sentTexts().map(([, text]) => text)).toEqual(['10:00 in 30', '10:00 in 10', '10:15 in 10']);
  });

  it('may be named by its new time, from which it then moves again, and can be put back', async () => {
    const rig = await aRig();
    await postpone(rig.deps, { ...id, eventAt: event, byMs: hour }, acting);
    await postpone(rig.deps, { ...id, eventAt: event + hour, byMs: 2 * hour }, acting);
    const { exceptions } = (await rig.store.getSchedule('maintenance')) ?? {};
    expect(exceptions).toEqual([{ eventAt: event, movedTo: event + 3 * hour }]);
    await resume(rig.deps, { ...id, eventAt: event + 3 * hour }, acting);
    await rig.runUntil(event);
    expect(rig.sentTexts()).toHaveLength(2);
  });

  it('that lands on a regular event is one with it', async () => {
    const rig = await aRig({ cron: '0,30 10 * * *', leadTimes: ['10m'] });
    await postpone(rig.deps, { ...id, eventAt: event, byMs: 30 * minute }, acting);
    await rig.runUntil(event + hour);
    expect(rig.sentTexts()).toEqual([[80, '10:30 in 10']]);
  });

  it('that lands on a regular event is skipped, moved and put back with it', async () => {
    const rig = await aRig({ cron: '0,30 10 * * *', leadTimes: ['10m'] });
    const merged = { ...id, eventAt: event + 30 * minute };
    await postpone(rig.deps, { ...id, eventAt: event, byMs: 30 * minute }, acting);
    await postpone(rig.deps, { ...merged, byMs: hour }, acting);
    const both = [event, event + 30 * minute].map((eventAt) => ({ eventAt, movedTo: event + 90 * minute }));
    expect((await rig.store.getSchedule('maintenance'))?.exceptions).toEqual(both);
    await resume(rig.deps, { ...id, eventAt: event + 90 * minute }, acting);
    expect((await rig.store.getSchedule('maintenance'))?.exceptions).toEqual([]);
    await postpone(rig.deps, { ...id, eventAt: event, byMs: 30 * minute }, acting);
    await skip(rig.deps, merged, acting);
    await rig.runUntil(event + 2 * hour);
    expect(rig.workspace.sent).toEqual([]);
  });

  it('that is skipped tells those who were warned of its first time', async () => {
    const rig = await aRig();
    await rig.runUntil(event - 29 * minute);
    await postpone(rig.deps, { ...id, eventAt: event, byMs: hour }, acting);
    const cancelled = { ...id, eventAt: event + hour, notify: 'Cancelled.' };
    expect(await skip(rig.deps, cancelled, acting)).toMatchObject({ alreadyWarned: ['finance'] });
    await rig.runUntil(event + hour);
    expect(rig.sentTexts().map(([, text]) => text)).toEqual(['10:00 in 30', 'Cancelled.']);
  });

  it('may be named by its first time even when that is past', async () => {
    const rig = await aRig();
    await postpone(rig.deps, { ...id, eventAt: event, byMs: hour }, acting);
    await rig.runUntil(event + minute);
    await skip(rig.deps, { ...id, eventAt: event }, acting);
    await rig.runUntil(event + hour);
    expect(rig.sentTexts()).toEqual([]);
  });

  it('that would be put back into the past is put back with a warning', async () => {
    const rig = await aRig();
    await postpone(rig.deps, { ...id, eventAt: event, byMs: hour }, acting);
    await rig.runUntil(event + minute);
    const { warnings } = await resume(rig.deps, { ...id, eventAt: event + hour }, acting);
    expect(warnings).toMatchObject([{ code: 'event_past', path: 'eventAt' }]);
  });

  it('that is put back is announced with its first time', async () => {
    const rig = await aRig();
    await rig.runUntil(event - 29 * minute);
    await postpone(rig.deps, { ...id, eventAt: event, byMs: hour }, acting);
    const back = { ...id, eventAt: event + hour, notify: 'At {{eventTime}} after all.' };
    await resume(rig.deps, back, acting);
    await rig.runUntil(event - 28 * minute);
    expect(rig.sentTexts().map(([, text]) => text)).toEqual(['10:00 in 30', 'At 10:00 after all.']);
  });

  it('goes with its definition: an edit that has no such event ends it', async () => {
    const rig = await aRig();
    await postpone(rig.deps, { ...id, eventAt: event, byMs: 30 * minute }, acting);
    await rig.save(aDefinition({ cron: '0 12 * * *', leadTimes: ['10m'], message }));
    await rig.runUntil(event + hour);
    expect(rig.workspace.sent).toEqual([]);
  });
});

describe('what cannot be done', () => {
  const attempts: [string, (rig: Awaited<ReturnType<typeof aRig>>) => Promise<unknown>, string][] = [
    [
      'skip what is no event',
      (rig) => skip(rig.deps, { ...id, eventAt: event + 1 }, acting),
      'event_unknown',
    ],
    ['skip what is past', (rig) => skip(rig.deps, { ...id, eventAt: start }, acting), 'event_past'],
    [
      'postpone into the past',
      (rig) => postpone(rig.deps, { ...id, eventAt: event, to: start }, acting),
      'move_past',
    ],
    [
      'postpone to where it is',
      (rig) => postpone(rig.deps, { ...id, eventAt: event, to: event }, acting),
      'move_nowhere',
    ],
    [
      'resume what was not changed',
      (rig) => resume(rig.deps, { ...id, eventAt: event }, acting),
      'event_not_changed',
    ],
    ['pause until the past', async (rig) => pause(rig.deps, { ...id, until: start }, acting), 'until_past'],
  ];
  it.each(attempts)('%s', async (_, attempt, code) => {
    const rig = await aRig();
    const before = await rig.store.getSchedule('maintenance');
    const error = await attempt(rig).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(error).toMatchObject({ problems: [{ code }] });
    expect(await rig.store.getSchedule('maintenance')).toEqual(before);
  });

  it('act on a revision that is not there any more, or on no schedule', async () => {
    const rig = await aRig();
    await expect(pause(rig.deps, id, { ...acting, ifMatch: [7] })).rejects.toThrow(ConflictError);
    await expect(pause(rig.deps, { ...id, scheduleId: 'other' }, acting)).rejects.toThrow(NotFoundError);
  });
});

describe('a dry run', () => {
  it('answers as the act would, and changes nothing', async () => {
    const rig = await aRig();
    await rig.runUntil(event - 20 * minute);
    const before = await rig.store.getSchedule('maintenance');
    const answer = await skip(rig.deps, { ...id, eventAt: event, isDryRun: true }, acting);
    expect(answer).toMatchObject({ isDone: true, alreadyWarned: ['finance'] });
    expect(await rig.store.getSchedule('maintenance')).toEqual(before);
  });
});

describe('a deletion', () => {
  it('can tell those who were warned', async () => {
    const rig = await aRig();
    await rig.runUntil(event - 20 * minute);
    const notice = { why: 'done', notify: 'No restart at {{eventTime}}.' };
    await deleteSchedule(rig.deps, 'maintenance', acting, notice);
    await rig.runUntil(event);
    expect(rig.sentTexts().map(([, text]) => text)).toEqual(['10:00 in 30', 'No restart at 10:00.']);
    expect((await rig.acts()).at(-1)).toMatchObject({ what: 'delete', why: 'done' });
  });

  it('still tells them when the schedule is made anew at once', async () => {
    const rig = await aRig();
    await rig.runUntil(event - 20 * minute);
    await deleteSchedule(rig.deps, 'maintenance', acting, { notify: 'Cancelled.' });
    rig.clock.moveTo(rig.now() + 300);
    await rig.save(aDefinition({ cron: '0 12 * * *' }));
    await rig.runUntil(event);
    expect(rig.sentTexts().map(([, text]) => text)).toEqual(['10:00 in 30', 'Cancelled.']);
  });
});

describe('sending now', () => {
  it('sends the own message to all pools about the next event, paused or not', async () => {
    const rig = await aRig({ pools: ['finance', 'support'] });
    await pause(rig.deps, id, acting);
    await sendNow(rig.deps, id, acting);
    await rig.runUntil(start + minute);
    expect(rig.workspace.sent.map(({ at, text }) => [at - start, text])).toEqual([
      [second, '10:00 in 60'],
      [second, '10:00 in 60'],
    ]);
  });

  it('happens once for one key, and refuses the key for another request', async () => {
    const rig = await aRig();
    const keyed = { ...acting, idempotencyKey: 'k' };
    await sendNow(rig.deps, id, keyed);
    expect(await sendNow(rig.deps, id, keyed)).toMatchObject({ isDone: false });
    await expect(sendNow(rig.deps, { ...id, why: 'other' }, keyed)).rejects.toThrow(KeyReusedError);
    await rig.runUntil(start + minute);
    expect(rig.workspace.sent).toHaveLength(1);
  });
});

describe('a single notification', () => {
  const input = { pools: ['finance'], message: 'The network fails.' };

  it('goes out at once', async () => {
    const rig = await aRig();
    await notify(rig.deps, input, acting);
    await rig.workDue();
    expect(rig.sentTexts()).toEqual([[0, 'The network fails.']]);
  });

  it('warns of an event with lead times, in the zone that was asked for', async () => {
    const rig = createRig();
    await rig.prove();
    const about = { ...input, message, eventAt: event, leadTimes: ['10m'], timeZone: 'Asia/Shanghai' };
    await notify(rig.deps, about, acting);
    await rig.runUntil(event);
    expect(rig.workspace.sent).toMatchObject([{ at: event - 10 * minute, text: '18:00 in 10' }]);
  });

  it('happens once for one key, and refuses the key for another request', async () => {
    const rig = await aRig();
    await notify(rig.deps, input, { ...acting, idempotencyKey: 'k' });
    rig.clock.moveTo(start + 3 * second);
    await notify(rig.deps, input, { ...acting, idempotencyKey: 'k' });
    const other = { ...input, message: 'Other.' };
    await expect(notify(rig.deps, other, { ...acting, idempotencyKey: 'k' })).rejects.toThrow(KeyReusedError);
    await rig.runUntil(start + minute);
    expect(rig.workspace.sent).toHaveLength(1);
  });

  it('is refused with its problems', async () => {
    const rig = await aRig();
    const bad = { ...input, pools: [], leadTimes: ['10m'] };
    await expect(notify(rig.deps, bad, acting)).rejects.toThrow(InvalidInputError);
  });
});

describe('the record of acts', () => {
  it('has exactly one per revision: who, when, why, what', async () => {
    const rig = await aRig();
    await pause(rig.deps, id, acting);
    await resume(rig.deps, id, acting);
    await skip(rig.deps, { ...id, eventAt: event }, acting);
    expect(
      (await rig.acts()).map(({ rev, what, who, why, eventAt }) => [rev, what, who, why, eventAt]),
    ).toEqual([
      [1, 'save', 'test', undefined, undefined],
      [2, 'pause', 'ana', id.why, undefined],
      [3, 'resume', 'ana', id.why, undefined],
      [4, 'skip', 'ana', id.why, event],
    ]);
  });

  it('finds an edit by the pools before it and by those since', async () => {
    const rig = await aRig();
    await rig.save(aDefinition({ pools: ['support'] }));
    const revsOf = async (pool: string) =>
      (await rig.store.listActs({ pool, limit: 10 })).items.map(({ rev }) => rev);
    expect(await Promise.all(['finance', 'support'].map(revsOf))).toEqual([[2, 1], [2]]);
  });
});
