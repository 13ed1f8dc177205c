import { describe, expect, it } from 'vitest';
import { HuaweiUnavailableError } from '../../lib/domain/codes/errors.ts';
import { hour, minute, second } from '../../lib/domain/time/instant.ts';
import { aSchedule, createApi, type Sent } from '../http/api-rig.ts';

const path = '/v1/schedules/patch';
const eventAt = '2026-11-24T10:00:00.000Z';
const event = Date.parse(eventAt);
const reason = 'as the night goes';
const cancelled = 'CANCELLED';
const takesPlace = 'IT TAKES PLACE';

const answers = {
  503: () => new HuaweiUnavailableError('unavailable', { status: 503 }),
  429: () => new HuaweiUnavailableError('too many', { status: 429 }, { throttledForSeconds: 20 }),
};

/** Daily at 10:00 with a warning 30 minutes before, which has been sent; Huawei refuses on request. */
async function aNight(fields: Record<string, unknown> = {}) {
  const api = createApi();
  await api.prove();
  const message = 'Restart at {{eventTime}} in {{minutesLeft}}';
  await api.call('PUT', path, {
    body: aSchedule({ cron: '0 10 * * *', leadTimes: ['30m'], message, ...fields }),
  });
  await api.runUntil(event - 29 * minute);
  const { sendToPool } = api.workspace;
  let refusals: (() => Error)[] = [];
  api.workspace.sendToPool = async (poolId, text, mayStart) => {
    if (!mayStart()) throw new Error('it may not start');
    const refusal = refusals.shift();
    if (refusal !== undefined) throw refusal();
    return sendToPool(poolId, text, mayStart);
  };
  return {
    ...api,
    act: async (what: string, body: object = {}, sent: Sent = {}) =>
      (await api.call('POST', `${path}/${what}`, { as: 'operator', body: { reason, ...body }, ...sent }))
        .body,
    refuse: (status: 503 | 429, times = 1) => {
      refusals = new Array<() => Error>(times).fill(answers[status]);
    },
    texts: () => api.workspace.sent.map(({ text }) => text).slice(1),
    ends: async () =>
      (await api.deliveries())
        .filter(({ noticeId }) => noticeId !== undefined)
        .map(({ state, reason: why }) => `${state}: ${why?.code}`),
  };
}

type Night = Awaited<ReturnType<typeof aNight>>;

describe('of two texts about one event', () => {
  it.each([503, 429] as const)('the newer is read last, though Huawei answers %i', async (status) => {
    const { act, refuse, runUntil, clock, texts } = await aNight();
    refuse(status);
    await act('skip', { eventAt, notify: cancelled });
    await runUntil(clock.now() + 1_500);
    await act('resume', { eventAt, notify: takesPlace });
    await runUntil(event - minute);
    expect(texts()).toEqual([takesPlace]);
  });

  it.each([503, 429] as const)(
    'one that waits is stopped by a silent decision, though Huawei answers %i, and the answer says so',
    async (status) => {
      const { act, refuse, runUntil, clock, texts, ends } = await aNight();
      refuse(status);
      await act('skip', { eventAt, notify: cancelled });
      await runUntil(clock.now() + 1_500);
      const { warnings } = await act('resume', { eventAt });
      expect(warnings).toMatchObject([
        { code: 'text_stopped', params: { text: cancelled, pools: ['finance'] } },
      ]);
      await runUntil(event - minute);
      expect(texts()).toEqual([]);
      expect(await ends()).toEqual(['skipped: superseded']);
    },
  );

  it('one that people have read is named when they are told nothing else', async () => {
    const { act, runUntil, clock } = await aNight();
    await act('skip', { eventAt, notify: cancelled });
    await runUntil(clock.now() + minute);
    const warned = [{ code: 'text_read', params: { text: cancelled, pools: ['finance'] } }];
    expect((await act('resume', { eventAt, dryRun: true })).warnings).toMatchObject(warned);
    expect((await act('resume', { eventAt })).warnings).toMatchObject(warned);
    await act('skip', { eventAt, notify: cancelled });
    await runUntil(clock.now() + minute);
    await act('resume', { eventAt, notify: takesPlace });
    await runUntil(clock.now() + minute);
    await act('skip', { eventAt });
    expect((await act('resume', { eventAt })).warnings).toEqual([]);
  });

  it('one about all events goes to those who were warned of another one, and before the newer', async () => {
    const night = await aNight({ cron: '0,30 10 * * *', leadTimes: ['50m'] });
    const { act, refuse, runUntil, clock, texts } = night;
    await runUntil(clock.now() + 10 * minute);
    refuse(503, 3);
    await act('pause', { notify: 'PAUSED' });
    await runUntil(clock.now() + 1_500);
    await act('skip', { eventAt, notify: cancelled });
    await runUntil(event - minute);
    expect(texts().slice(-2)).toEqual(['PAUSED', cancelled]);
  });

  it('the newer waits while the older is on its way', async () => {
    const night = await aNight();
    const { act, runUntil, clock, workspace, workDue, texts } = night;
    const { sendToPool } = workspace;
    let release = () => {};
    workspace.sendToPool = async (poolId, text, mayStart) => {
      if (text !== cancelled) return sendToPool(poolId, text, mayStart);
      mayStart();
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return sendToPool(poolId, text, () => true);
    };
    await act('skip', { eventAt, notify: cancelled });
    clock.moveTo(clock.now() + second);
    const sending = workDue();
    await expect.poll(async () => (await night.deliveries()).at(-1)?.state).toBe('sending');
    const { goingOut } = await act('resume', { eventAt, notify: takesPlace });
    expect(goingOut).toHaveLength(1);
    clock.moveTo(clock.now() + second);
    await workDue();
    expect(texts()).toEqual([]);
    release();
    await sending;
    await runUntil(event - minute);
    expect(texts()).toEqual([cancelled, takesPlace]);
  });

  it('an all-clear comes after a warning that is on its way, though its pool was warned before', async () => {
    const night = await aNight({ leadTimes: ['30m', '28m'] });
    const { act, runUntil, clock, workspace, workDue, texts } = night;
    const { sendToPool } = workspace;
    let release = () => {};
    workspace.sendToPool = async (poolId, text, mayStart) => {
      if (text === cancelled) return sendToPool(poolId, text, mayStart);
      mayStart();
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return sendToPool(poolId, text, () => true);
    };
    await runUntil(event - 28 * minute - second);
    clock.moveTo(event - 28 * minute);
    const sending = workDue();
    await expect.poll(async () => (await night.deliveries()).at(-1)?.state).toBe('sending');
    await act('skip', { eventAt, notify: cancelled });
    clock.moveTo(clock.now() + 2 * second);
    await workDue();
    release();
    await sending;
    await runUntil(event - minute);
    expect(texts()).toEqual(['Restart at 10:00 in 28', cancelled]);
  });
});

describe('a text that was sent now and still waits', () => {
  const stops: [string, (night: Night) => Promise<unknown>][] = [
    ['a pause', ({ act }) => act('pause')],
    ['a skip of its event', ({ act }) => act('skip', { eventAt })],
    ['a postponement of its event', ({ act }) => act('postpone', { eventAt, by: '2h' })],
    ['a deletion', ({ call }) => call('DELETE', path)],
    [
      'an edit that takes its event away',
      ({ call }) => call('PUT', path, { body: aSchedule({ cron: '0 12 * * *' }) }),
    ],
    [
      'an edit that takes its pool away',
      ({ call }) =>
        call('PUT', path, { body: aSchedule({ cron: '0 10 * * *', pools: ['support'], leadTimes: ['5m'] }) }),
    ],
    [
      'an edit that disables the schedule',
      ({ call }) => call('PUT', path, { body: aSchedule({ cron: '0 10 * * *', enabled: false }) }),
    ],
  ];
  it.each(stops)('is stopped by %s', async (_, stop) => {
    const night = await aNight();
    night.refuse(503);
    await night.act('send');
    await night.runUntil(night.clock.now() + 1_500);
    await stop(night);
    await night.runUntil(event - 6 * minute);
    expect(night.texts()).toEqual([]);
    expect(await night.ends()).toEqual(['skipped: superseded']);
  });

  it('stays stopped after a resume, and one that is asked for since goes out', async () => {
    const { act, refuse, runUntil, clock, texts } = await aNight({ leadTimes: ['30m', '1m'] });
    refuse(429);
    await act('send');
    await runUntil(clock.now() + 1_500);
    expect(await act('pause')).toMatchObject({ goingOut: [], warnings: [{ code: 'text_stopped' }] });
    await act('resume');
    await runUntil(clock.now() + 2 * minute);
    expect(texts()).toEqual([]);
    await act('pause');
    await act('send');
    await runUntil(clock.now() + minute);
    expect(texts()).toHaveLength(1);
  });

  it('is no reason to stop an all-clear: a pause leaves what takes a warning back', async () => {
    const { act, refuse, runUntil, clock, texts } = await aNight();
    refuse(503);
    await act('skip', { eventAt, notify: cancelled });
    await runUntil(clock.now() + 1_500);
    await act('pause');
    await runUntil(event - minute);
    expect(texts()).toEqual([cancelled]);
  });
});

describe('a text that is sent now about an event', () => {
  it.each(['5m', '6h'])('does not come after it, however late it may be (%s)', async (maxLateness) => {
    const { act, refuse, runUntil, texts, ends } = await aNight({ maxLateness, leadTimes: ['30m'] });
    await runUntil(event - 2 * minute);
    refuse(503, 12);
    await act('send', { eventAt });
    await runUntil(event + 5 * hour);
    expect(texts().filter((text) => text.includes('in 0'))).toEqual([]);
    expect((await ends())[0]).toBe('expired: unavailable');
  });

  it('and tells no time of it has a minute in any case', async () => {
    const { act, refuse, runUntil, clock, texts } = await aNight({ message: 'Save your work.' });
    await runUntil(event - 10 * second);
    refuse(503);
    await act('send');
    await runUntil(clock.now() + minute);
    expect(texts()).toContain('Save your work.');
  });
});

describe('an event that is moved', () => {
  it('by half an hour, and by its new time by half an hour more, is an hour later', async () => {
    const { act, runUntil, texts } = await aNight();
    const moved = { by: '30m', notify: 'Moved to {{eventTime}}.' };
    const first = await act('postpone', { eventAt, ...moved });
    expect(first).toMatchObject({ eventAt, movedTo: '2026-11-24T10:30:00.000Z', timeZone: 'UTC' });
    await runUntil(event - 28 * minute);
    const second = await act('postpone', { eventAt: first.movedTo, ...moved });
    expect(second).toMatchObject({ eventAt, movedTo: '2026-11-24T11:00:00.000Z' });
    await runUntil(event);
    expect(texts()).toEqual(['Moved to 10:30.', 'Moved to 11:00.']);
  });

  it('to ten minutes from now keeps its warning of ten minutes', async () => {
    const { act, runUntil, clock, texts } = await aNight({ leadTimes: ['30m', '10m'] });
    clock.moveTo(event - 25 * minute + 400);
    const to = new Date(clock.now() + 10 * minute).toISOString();
    const { warnings } = await act('postpone', { eventAt, to });
    expect(warnings).toMatchObject([{ code: 'lead_time_past', params: { leadTime: '30m' } }]);
    await runUntil(clock.now() + minute);
    expect(texts()).toEqual(['Restart at 09:45 in 10']);
  });

  it('so near that nobody is warned says so, and what is not sent', async () => {
    const { act, clock } = await aNight();
    const to = new Date(clock.now() + 5 * minute).toISOString();
    const { warnings } = await act('postpone', { eventAt, to });
    expect(warnings).toMatchObject([
      { code: 'lead_time_past', params: { leadTime: '30m' }, at: '2026-11-24T09:06:00.000Z' },
      { code: 'nobody_warned', at: '2026-11-24T09:36:00.000Z' },
    ]);
    expect((await act('postpone', { eventAt, to, dryRun: true })).warnings).toHaveLength(2);
  });

  it('while the schedule is paused says that nothing goes out', async () => {
    const { act } = await aNight();
    await act('pause');
    const { warnings } = await act('postpone', { eventAt, by: '1h' });
    expect(warnings).toMatchObject([{ code: 'paused' }]);
  });

  it('moves once for one key, whatever came in between', async () => {
    const night = await aNight();
    const { act, store } = night;
    const move = (sent: Sent) => act('postpone', { eventAt, by: '30m' }, sent);
    const key = { headers: { 'idempotency-key': 'night-1' } };
    const first = await move(key);
    await act('postpone', { eventAt: first.movedTo, by: '30m' });
    const again = await move(key);
    expect(again).toMatchObject({ rev: 2, eventAt, movedTo: '2026-11-24T10:30:00.000Z' });
    const { exceptions } = (await store.getSchedule('patch')) ?? {};
    expect(exceptions).toEqual([{ eventAt: event, movedTo: event + hour }]);
  });
});
