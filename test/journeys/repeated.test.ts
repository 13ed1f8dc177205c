import { describe, expect, it } from 'vitest';
import { StoreError } from '../../lib/domain/codes/errors.ts';
import { hour, minute, second } from '../../lib/domain/time/instant.ts';
import { aSchedule, createApi, type Sent } from '../http/api-rig.ts';
import { start } from '../rig.ts';

const path = '/v1/schedules/patch';
const eventAt = '2026-11-24T10:00:00.000Z';
const event = Date.parse(eventAt);
const reason = 'as the night goes';

/** Daily at 10:00, its warning of 30 minutes has been sent. */
async function aNight() {
  const api = createApi();
  await api.prove();
  const fields = { cron: '0 10 * * *', leadTimes: ['30m'], message: 'Restart at {{eventTime}}' };
  await api.call('PUT', path, { body: aSchedule(fields) });
  await api.runUntil(event - 29 * minute);
  const keyed = (key: string): Sent => ({ headers: { 'idempotency-key': key } });
  return {
    ...api,
    act: (what: string, body: object, key: string) =>
      api.call('POST', `${path}/${what}`, { as: 'operator', body: { reason, ...body }, ...keyed(key) }),
    keyed,
    /** The store fails once, after what is asked for next has been written. */
    loseNextAnswer: () => {
      const { deliveries } = api.runtime;
      api.runtime.deliveries = {
        ...deliveries,
        listDeliveries: async () => {
          api.runtime.deliveries = deliveries;
          throw new StoreError('the store is away');
        },
      };
    },
    texts: () => api.workspace.sent.map(({ text }) => text).slice(1),
  };
}

describe('a request that failed after it was written, said again with its key', () => {
  const requests: [string, object, string[]][] = [
    ['send', {}, ['Restart at 10:00']],
    ['skip', { eventAt, notify: 'Cancelled.' }, ['Cancelled.']],
    ['postpone', { eventAt, by: '1h', notify: 'At {{eventTime}}.' }, ['At 11:00.']],
    ['pause', { notify: 'Paused.' }, ['Paused.']],
  ];
  it.each(requests)(
    '%s has its effect once, and is answered as the first time',
    async (what, body, texts) => {
      const night = await aNight();
      night.loseNextAnswer();
      expect((await night.act(what, body, 'k1')).status).toBe(503);
      const again = await night.act(what, body, 'k1');
      const notified = what === 'send' ? [] : ['finance'];
      expect(again).toMatchObject({ status: 200, body: { rev: 2, alreadyWarned: ['finance'], notified } });
      await night.runUntil(night.clock.now() + minute);
      expect(night.texts()).toEqual(texts);
      const later = await night.act(what, body, 'k1');
      expect(later.body).toMatchObject({ rev: 2, notified });
      expect(later.headers.ETag).toBe('"2"');
      expect((await night.store.getSchedule('patch'))?.rev).toBe(2);
    },
  );

  it('a single notification gives one pop-up', async () => {
    const { call, keyed, runtime, store, runUntil, clock, texts } = await aNight();
    runtime.schedules = {
      ...store,
      putAct: async () => {
        runtime.schedules = store;
        throw new StoreError('the store is away');
      },
    };
    const body = { pools: ['finance'], message: 'The network fails.' };
    const send = () => call('POST', '/v1/notifications', { as: 'operator', body, ...keyed('k1') });
    expect((await send()).status).toBe(503);
    clock.moveTo(clock.now() + 8 * second);
    expect((await send()).status).toBe(200);
    await runUntil(clock.now() + minute);
    expect(texts()).toEqual(['The network fails.']);
  });

  it('a deletion is answered, and not refused as one of nothing', async () => {
    const { call, keyed, loseNextAnswer, runUntil, texts } = await aNight();
    const remove = () => call('DELETE', path, { body: { notify: 'No restart.' }, ...keyed('k1') });
    loseNextAnswer();
    expect((await remove()).status).toBe(503);
    expect(await remove()).toMatchObject({ status: 200, body: { rev: 2, notified: ['finance'] } });
    await runUntil(event);
    expect(texts()).toEqual(['No restart.']);
    expect((await call('DELETE', path)).status).toBe(404);
  });

  it('a pause that somebody has ended since is not made again', async () => {
    const { act, store } = await aNight();
    await act('pause', {}, 'k1');
    await act('resume', {}, 'k2');
    expect((await act('pause', {}, 'k1')).body).toMatchObject({ rev: 2 });
    expect((await store.getSchedule('patch'))?.pause).toBeUndefined();
  });

  it('a text that reached nobody is answered so, though people are warned later', async () => {
    const night = await aNight();
    const next = '2026-11-25T10:00:00Z';
    const skip = () => night.act('skip', { eventAt: next, notify: 'Cancelled.' }, 'k1');
    expect((await skip()).body.notified).toEqual([]);
    await night.act('send', { eventAt: next }, 'k2');
    await night.runUntil(night.clock.now() + minute);
    expect((await skip()).body).toMatchObject({ rev: 2, alreadyWarned: [], notified: [] });
  });

  it('a deletion does not undo what was saved since, and a text is not sent twice', async () => {
    const { call, act, keyed, store, runUntil, clock, texts } = await aNight();
    await act('send', {}, 'k0');
    await call('DELETE', path, keyed('k1'));
    await call('PUT', path, { body: aSchedule({ cron: '0 10 * * *' }) });
    expect((await call('DELETE', path, keyed('k1'))).body.warnings).toMatchObject([{ code: 'text_stopped' }]);
    await act('send', {}, 'k0');
    expect(await store.getSchedule('patch')).toMatchObject({ rev: 4 });
    expect((await store.getSchedule('patch'))?.deletedAt).toBeUndefined();
    await runUntil(clock.now() + minute);
    expect(texts()).toEqual([]);
  });

  it('a single notification is answered with its own revision, whatever was done to it since', async () => {
    const { call, keyed } = await aNight();
    const body = { pools: ['finance'], message: 'Hi', eventAt, leadTimes: ['1m'] };
    const send = () => call('POST', '/v1/notifications', { as: 'operator', body, ...keyed('k1') });
    const { scheduleId } = (await send()).body;
    await call('POST', `/v1/schedules/${scheduleId}/pause`, { as: 'operator', body: { reason } });
    expect((await send()).body).toMatchObject({ scheduleId, goingOut: [] });
  });

  it('a dry run of what was done already answers with its event', async () => {
    const { call, act } = await aNight();
    await act('postpone', { eventAt, by: '1h' }, 'k1');
    const body = { reason, eventAt, by: '1h', dryRun: true };
    const again = await call('POST', `${path}/postpone`, { as: 'operator', body });
    expect(again.body).toMatchObject({ rev: 2, eventAt, movedTo: '2026-11-24T11:00:00.000Z' });
  });

  it('an act without a key, word for word the last one, names those who are told', async () => {
    const { call, loseNextAnswer } = await aNight();
    const skip = () =>
      call('POST', `${path}/skip`, { as: 'operator', body: { reason, eventAt, notify: 'Cancelled.' } });
    loseNextAnswer();
    expect((await skip()).status).toBe(503);
    expect((await skip()).body).toMatchObject({ rev: 2, notified: ['finance'] });
  });
});

describe('a key', () => {
  it('that stood for another request is refused', async () => {
    const { act } = await aNight();
    await act('skip', { eventAt }, 'k1');
    for (const [what, body] of [
      ['skip', { eventAt, reason: 'other' }],
      ['postpone', { eventAt, by: '1h' }],
      ['send', {}],
    ] as const)
      expect(await act(what, body, 'k1')).toMatchObject({ status: 422, body: { code: 'KEY_REUSED' } });
  });

  it('takes no room from texts, and is remembered for a day', async () => {
    const { act, runUntil, clock, store, texts } = await aNight();
    for (let i = 1; i <= 60; i += 1) {
      expect((await act('send', {}, `k${i}`)).status).toBe(200);
      await runUntil(clock.now() + 20 * minute);
    }
    const sent = texts().length;
    expect((await act('send', {}, 'k1')).body).toMatchObject({ rev: 2 });
    await runUntil(clock.now() + minute);
    expect(texts()).toHaveLength(sent);
    clock.moveTo(clock.now() + 24 * hour);
    expect((await act('send', {}, 'k1')).body).toMatchObject({ rev: 62 });
    for (let i = 0; i < 100; i += 1) await act('pause', { reason: `${i}` }, `p${i}`);
    expect((await store.getSchedule('patch'))?.requests).toHaveLength(100);
  });

  it('of one token is not that of another', async () => {
    const { act, call, keyed, store } = await aNight();
    await act('pause', {}, 'k1');
    await call('POST', `${path}/pause`, { as: 'admin', body: { reason }, ...keyed('k1') });
    expect((await store.getSchedule('patch'))?.rev).toBe(3);
  });
});

describe('two files that are applied at the same time', () => {
  const table = (ids: string[]) => ({ schedules: ids.map((id) => ({ id, ...aSchedule() })) });
  const applied = (api: ReturnType<typeof createApi>, ids: string[], sent: Sent = {}) =>
    api.call('POST', '/v1/apply', { body: table(ids), ...sent });

  it('end as one of them; the other one is told to try again', async () => {
    const api = createApi();
    const [one, other] = await Promise.all([applied(api, ['a', 'b']), applied(api, ['b', 'c'])]);
    expect([one.status, other.status].sort()).toEqual([200, 409]);
    const refused = one.status === 409 ? one : other;
    expect(refused.body).toMatchObject({ code: 'BUSY', status: 409 });
    expect(refused.body.detail).toContain('a-admin');
    const { items } = (await api.call('GET', '/v1/schedules')).body;
    const ids = items.map(({ id }: { id: string }) => id);
    expect([
      ['a', 'b'],
      ['b', 'c'],
    ]).toContainEqual(ids);
    expect((await applied(api, ['b', 'c'])).status).toBe(200);
  });

  it('do not wait for one that died', async () => {
    const api = createApi();
    const died = new Promise<never>(() => {});
    const { calendars } = api.runtime;
    api.runtime.calendars = { ...calendars, putCalendars: () => died };
    void applied(api, ['a']);
    await expect.poll(() => api.store.getApplyLock()).toBeDefined();
    api.runtime.calendars = calendars;
    expect((await applied(api, ['b'])).status).toBe(409);
    api.clock.moveTo(start + minute);
    expect((await applied(api, ['b'])).status).toBe(200);
  });

  it('are not mixed when one stands still for longer than it may', async () => {
    const api = createApi();
    const { calendars } = api.runtime;
    let goOn = () => {};
    api.runtime.calendars = {
      ...calendars,
      putCalendars: () =>
        new Promise((resolve) => {
          goOn = resolve;
        }),
    };
    const slow = applied(api, ['a']);
    await expect.poll(() => api.store.getApplyLock()).toBeDefined();
    api.runtime.calendars = calendars;
    api.clock.moveTo(start + 2 * minute);
    expect((await applied(api, ['b'])).body).toMatchObject({ created: ['b'] });
    goOn();
    expect(await slow).toMatchObject({ status: 412, body: { code: 'CONFLICT' } });
    const { items } = (await api.call('GET', '/v1/schedules')).body;
    expect(items).toMatchObject([{ id: 'b' }]);
  });

  it('are answered as the first time when one is repeated with its key', async () => {
    const api = createApi();
    const key = { headers: { 'idempotency-key': 'deploy-7' } };
    const first = await applied(api, ['a'], key);
    expect(first.body).toMatchObject({ created: ['a'] });
    await applied(api, ['b']);
    expect((await applied(api, ['a'], key)).body).toEqual(first.body);
    expect((await applied(api, ['c'], key)).status).toBe(422);
    const { items } = (await api.call('GET', '/v1/schedules')).body;
    expect(items).toMatchObject([{ id: 'b' }]);
  });
});
