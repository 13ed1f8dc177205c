import { describe, expect, it } from 'vitest';
import { InvalidInputError, OutcomeUnknownError, StoreError } from '../../../lib/domain/codes/errors.ts';
import { hour, minute, second } from '../../../lib/domain/time/instant.ts';
import { pause, postpone, resume, skip } from '../../../lib/usecases/changes/acts.ts';
import { sendNow } from '../../../lib/usecases/changes/notify.ts';
import { deleteSchedule } from '../../../lib/usecases/changes/schedules.ts';
import { send } from '../../../lib/usecases/sending/send.ts';
import { aDefinition, createRig, financeId, start } from '../../rig.ts';

const acting = { who: 'ana', owner: 'console' } as const;
const id = { scheduleId: 'maintenance', why: 'the patch is late' };
const event = Date.parse('2026-11-24T10:00:00Z');
const message = '{{eventTime}} in {{minutesLeft}}';
const notify = 'Not at {{eventTime}}.';

/** Daily at 10:00 and 13:00, with a warning 30 minutes before. */
async function aRig(fields: Record<string, unknown> = {}) {
  const rig = createRig();
  await rig.prove();
  const definition = (more: Record<string, unknown> = {}) =>
    aDefinition({ cron: '0 10,13 * * *', leadTimes: ['30m'], message, ...fields, ...more });
  await rig.save(definition());
  const texts = () => rig.workspace.sent.map(({ text }) => text);
  const ends = async () =>
    (await rig.deliveries()).map(({ state, reason, noticeId }) =>
      noticeId === undefined ? state : `notice ${state}: ${reason?.code}`,
    );
  return { ...rig, definition, texts, ends, now: () => rig.clock.now() };
}

type Rig = Awaited<ReturnType<typeof aRig>>;

/** Holds the next request open until `answer` is called. */
function holdNextSend(rig: Rig) {
  const { sendToPool } = rig.workspace;
  const held = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  rig.workspace.sendToPool = async (poolId, text, mayStart) => {
    rig.workspace.sendToPool = sendToPool;
    mayStart();
    begun.resolve();
    await held.promise;
    return sendToPool.call(rig.workspace, poolId, text, mayStart);
  };
  return { begun: begun.promise, answer: held.resolve };
}

describe('the all-clear of an event', () => {
  it('reaches those who were warned of a time between the first and the last', async () => {
    const rig = await aRig({ leadTimes: ['5m'] });
    await postpone(rig.deps, { ...id, eventAt: event, byMs: hour }, acting);
    await rig.runUntil(event + hour - 4 * minute);
    await postpone(rig.deps, { ...id, eventAt: event, byMs: 2 * hour }, acting);
    const skipped = await skip(rig.deps, { ...id, eventAt: event + 2 * hour, notify }, acting);
    expect(skipped).toMatchObject({ alreadyWarned: ['finance'], notified: ['finance'] });
    await rig.runUntil(event + 2 * hour);
    expect(rig.texts()).toEqual(['11:00 in 5', 'Not at 12:00.']);
  });

  it('reaches those who were warned of a time from which it was put back', async () => {
    const rig = await aRig({ leadTimes: ['45m'] });
    await postpone(rig.deps, { ...id, eventAt: event + 3 * hour, to: event }, acting);
    await rig.runUntil(event - 40 * minute);
    await resume(rig.deps, { ...id, eventAt: event }, acting);
    const { alreadyWarned } = await skip(rig.deps, { ...id, eventAt: event + 3 * hour }, acting);
    expect(alreadyWarned).toEqual(['finance']);
  });

  it('reaches those of whom nobody knows whether they were warned', async () => {
    const rig = await aRig();
    const { sendToPool } = rig.workspace;
    rig.workspace.sendToPool = () => Promise.reject(new OutcomeUnknownError('reset'));
    await rig.runUntil(event - 20 * minute);
    rig.workspace.sendToPool = sendToPool;
    const skipped = await skip(rig.deps, { ...id, eventAt: event, notify }, acting);
    expect(skipped).toMatchObject({ alreadyWarned: ['finance'], notified: ['finance'] });
  });

  it('survives a crash between the act and its text', async () => {
    const rig = await aRig();
    await rig.runUntil(event - 20 * minute);
    const dying = {
      ...rig.deps,
      deliveries: {
        ...rig.store,
        listDeliveries: () => Promise.reject(new StoreError('the process is dying')),
      },
    };
    await expect(deleteSchedule(dying, 'maintenance', acting, { notify: 'Cancelled.' })).rejects.toThrow(
      StoreError,
    );
    await rig.runUntil(event);
    expect(rig.texts()).toEqual(['10:00 in 30', 'Cancelled.']);
    expect((await rig.store.getSchedule('maintenance'))?.announcements).toBeUndefined();
  });

  it('comes after a warning that was slow to go out', async () => {
    const rig = await aRig();
    await rig.runUntil(event - 30 * minute - second);
    const { begun, answer } = holdNextSend(rig);
    rig.clock.moveTo(event - 30 * minute);
    const work = rig.workDue();
    await begun;
    const skipped = await skip(rig.deps, { ...id, eventAt: event, notify }, acting);
    expect(skipped).toMatchObject({ goingOut: [{ pool: 'finance' }], notified: ['finance'] });
    rig.clock.moveTo(rig.now() + 5 * second);
    await Promise.all(rig.dueNow().map((due) => send(rig.deps, due)));
    expect(rig.texts()).toEqual([]);
    answer();
    await work;
    await rig.runUntil(event - 29 * minute);
    expect(rig.texts()).toEqual(['10:00 in 30', 'Not at 10:00.']);
  });

  it('does not reach those whose warning it stopped at the last moment', async () => {
    const rig = await aRig();
    await rig.runUntil(event - 30 * minute - second);
    rig.clock.moveTo(event - 30 * minute);
    const { writeDelivery } = rig.store;
    const claimed = Promise.withResolvers<void>();
    const acted = Promise.withResolvers<void>();
    rig.deps.deliveries.writeDelivery = async (delivery) => {
      const result = await writeDelivery(delivery);
      if (delivery.state === 'sending') {
        claimed.resolve();
        await acted.promise;
      }
      return result;
    };
    const work = rig.workDue();
    await claimed.promise;
    const skipped = await skip(rig.deps, { ...id, eventAt: event, notify }, acting);
    expect(skipped.goingOut).toHaveLength(1);
    acted.resolve();
    await work;
    await rig.runUntil(event);
    expect(rig.texts()).toEqual([]);
    expect(await rig.ends()).toEqual(['skipped', 'notice skipped: not_warned']);
  });

  it('reaches those whose last warning it stopped when they have had one before', async () => {
    const rig = await aRig({ leadTimes: ['30m', '20m'] });
    await rig.runUntil(event - 20 * minute - second);
    rig.clock.moveTo(event - 20 * minute);
    const { writeDelivery } = rig.store;
    let isClaimed = false;
    rig.deps.deliveries.writeDelivery = async (delivery) => {
      const result = await writeDelivery(delivery);
      if (delivery.state === 'sending' && !isClaimed) {
        isClaimed = true;
        await skip(rig.deps, { ...id, eventAt: event, notify }, acting);
      }
      return result;
    };
    await rig.workDue();
    await rig.runUntil(event);
    expect(rig.texts()).toEqual(['10:00 in 30', 'Not at 10:00.']);
  });

  it('comes once though it is asked for twice, the second time with the old revision', async () => {
    const rig = await aRig();
    await rig.runUntil(event - 20 * minute);
    const said = { ...id, eventAt: event, notify };
    const onRevision = { ...acting, ifMatch: [1] };
    await skip(rig.deps, said, onRevision);
    rig.clock.moveTo(rig.now() + 3 * second);
    const again = await skip(rig.deps, said, onRevision);
    expect(again).toMatchObject({ isDone: false, notified: ['finance'] });
    await rig.runUntil(event);
    expect(rig.texts()).toEqual(['10:00 in 30', 'Not at 10:00.']);
  });

  it('comes once to a pool that was given by its name and then by its id', async () => {
    const rig = await aRig({ leadTimes: ['30m', '20m'] });
    await rig.runUntil(event - 25 * minute);
    await rig.save(rig.definition({ leadTimes: ['30m', '20m'], pools: [financeId] }));
    await rig.runUntil(event - 15 * minute);
    const { notified } = await skip(rig.deps, { ...id, eventAt: event, notify }, acting);
    expect(notified).toEqual([financeId]);
    await rig.runUntil(event);
    expect(rig.texts()).toEqual(['10:00 in 30', '10:00 in 20', 'Not at 10:00.']);
  });

  it('of one that was moved onto another stops both, whichever time it is called by', async () => {
    const rig = await aRig({ leadTimes: ['10m'] });
    await postpone(rig.deps, { ...id, eventAt: event, byMs: 3 * hour }, acting);
    await skip(rig.deps, { ...id, eventAt: event, notify }, acting);
    await rig.runUntil(event + 4 * hour);
    expect(rig.texts()).toEqual([]);
  });
});

describe('the all-clear of a pause', () => {
  it('leaves out those whose event was skipped before', async () => {
    const rig = await aRig();
    await rig.runUntil(event - 20 * minute);
    await skip(rig.deps, { ...id, eventAt: event }, acting);
    const paused = await pause(rig.deps, { ...id, notify }, acting);
    expect(paused).toMatchObject({ alreadyWarned: [], notified: [] });
  });

  it('tells the new time of an event that was moved before', async () => {
    const rig = await aRig();
    await rig.runUntil(event - 20 * minute);
    await postpone(rig.deps, { ...id, eventAt: event, byMs: hour }, acting);
    await pause(rig.deps, { ...id, notify }, acting);
    await rig.runUntil(event);
    expect(rig.texts()).toEqual(['10:00 in 30', 'Not at 11:00.']);
  });

  it('goes out though the rule can no longer be planned, and the pause holds', async () => {
    const rig = await aRig();
    await rig.runUntil(event - 20 * minute);
    const stored = await rig.store.getSchedule('maintenance');
    if (stored === undefined) throw new Error('nothing is stored');
    const definition = { ...stored.definition, timeZone: 'Nowhere/Nothing' };
    await rig.store.writeSchedule({ ...stored, definition, version: stored.version + 1 });
    const paused = await pause(rig.deps, { ...id, notify: 'Paused.' }, acting);
    expect(paused).toMatchObject({ isDone: true, notified: ['finance'] });
    await rig.runUntil(event - 19 * minute);
    expect(await rig.ends()).toContain('notice delivered: all_succeeded');
  });
});

describe('what a schedule has room for', () => {
  it('refuses a text rather than drop one that is still to be sent', async () => {
    const rig = await aRig();
    for (let i = 0; i < 50; i += 1) await sendNow(rig.deps, id, acting);
    await expect(sendNow(rig.deps, id, acting)).rejects.toMatchObject({
      problems: [{ code: 'notices_full' }],
    });
    expect((await rig.store.getSchedule('maintenance'))?.notices).toHaveLength(50);
  });

  it('never holds more than an item of DynamoDB takes, however long the names of its pools', async () => {
    const rig = await aRig();
    const pools = Array.from({ length: 100 }, (_, i) => `${'研'.repeat(120)}${i}`);
    await rig.save(aDefinition({ pools, cron: '0 10 * * *', leadTimes: ['30m'] }));
    let sent = 0;
    await expect(async () => {
      for (; sent < 50; sent += 1) await sendNow(rig.deps, id, acting);
    }).rejects.toMatchObject({ problems: [{ code: 'notices_full' }] });
    expect(sent).toBeGreaterThan(0);
    const stored = await rig.store.getSchedule('maintenance');
    expect(Buffer.byteLength(JSON.stringify(stored))).toBeLessThan(350_000);
  });

  it('forgets skipped events that are past when there are new ones', async () => {
    const rig = await aRig({ cron: '* * * * *', leadTimes: ['0m'] });
    for (let i = 1; i <= 100; i += 1) await skip(rig.deps, { ...id, eventAt: start + i * minute }, acting);
    await expect(skip(rig.deps, { ...id, eventAt: start + 101 * minute }, acting)).rejects.toMatchObject({
      problems: [{ code: 'exceptions_full' }],
    });
    await rig.runUntil(start + 5 * minute);
    await skip(rig.deps, { ...id, eventAt: start + 101 * minute }, acting);
    const { exceptions = [] } = (await rig.store.getSchedule('maintenance')) ?? {};
    expect(exceptions).toHaveLength(100);
    expect(exceptions.at(-1)).toEqual({ eventAt: start + 101 * minute });
  });
});

describe('a message that is sent now', () => {
  it('is refused when it tells the time of an event and there is none', async () => {
    const rig = await aRig({ cron: undefined, at: '2026-11-24T09:10' });
    await rig.runUntil(start + 20 * minute);
    await expect(sendNow(rig.deps, id, acting)).rejects.toBeInstanceOf(InvalidInputError);
  });

  it('speaks of an event that is months ahead', async () => {
    const rig = await aRig({ cron: undefined, at: '2027-03-01T10:00', message: 'On {{eventDate}}.' });
    await sendNow(rig.deps, id, acting);
    await rig.runUntil(start + minute);
    expect(rig.texts()).toEqual(['On March 1, 2027.']);
  });
});
