import { describe, expect, it } from 'vitest';
import { minute, second } from '../../../lib/domain/time/instant.ts';
import { drive, jobIdOf, noon, poolIdOf, sendTo } from '../driver.ts';

describe('sending to a pool', () => {
  it('is received with its text, time, job and headers', async () => {
    const driven = await drive();
    const sent = await sendTo(driven, '研发一部', '系统将于22:00维护 🕔');
    expect(sent.status).toBe(200);
    const [item, ...others] = await driven.received();
    expect(others).toEqual([]);
    expect(item).toEqual({
      pool: '研发一部',
      poolId: poolIdOf(driven, '研发一部'),
      text: '系统将于22:00维护 🕔',
      at: '2026-11-24T12:00:00.000Z',
      jobId: jobIdOf(sent),
      headers: expect.objectContaining({
        'content-type': 'application/json',
        'x-sdk-date': '20261124T120000Z',
      }),
    });
  });

  it('keeps the order, and gives each its own job', async () => {
    const driven = await drive();
    for (const text of ['one', 'two', 'three']) await sendTo(driven, 'support', text);
    const items = await driven.received();
    expect(items.map(({ text }) => text)).toEqual(['one', 'two', 'three']);
    expect(new Set(items.map(({ jobId }) => jobId)).size).toBe(3);
  });

  it('gives other job ids after a restart', async () => {
    const before = await drive();
    const after = await drive({ now: () => noon + second });
    after.clock.now = noon + second;
    expect(jobIdOf(await sendTo(before, 'finance'))).not.toBe(jobIdOf(await sendTo(after, 'finance')));
  });

  it('shows no signature, token or cookie', async () => {
    const driven = await drive();
    const path = `desktop-pools/${poolIdOf(driven, 'finance')}/notifications`;
    const headers = { 'x-security-token': 'token-1', cookie: 'cookie-1' };
    await driven.workspace('POST', path, { body: { notifications: 'a' }, headers });
    const [item] = await driven.received();
    expect(item?.headers).toMatchObject({
      authorization:
        'SDK-HMAC-SHA256 Access=DESKBELL-SIMULATOR-AK, ' +
        'SignedHeaders=content-type;cookie;host;x-sdk-date;x-security-token, Signature=[removed]',
      'x-security-token': '[removed]',
      cookie: '[removed]',
    });
  });

  it('answers a pool that does not exist as a bad request', async () => {
    const driven = await drive();
    const refused = await driven.workspace('POST', 'desktop-pools/nowhere/notifications', {
      body: { notifications: 'a' },
    });
    expect(refused.status).toBe(400);
    expect(refused.json).toMatchObject({ error_code: 'WKS.0001', error_msg: expect.any(String) });
    expect(await driven.received()).toEqual([]);
  });

  it.each(['', '{', '[]', 'null', '{}', '{"notifications":""}', '{"notifications":1}'])(
    'refuses the body %j',
    async (body) => {
      const driven = await drive();
      const path = `desktop-pools/${poolIdOf(driven, 'finance')}/notifications`;
      const refused = await driven.workspace('POST', path, { body });
      expect(refused.status).toBe(400);
      expect(refused.json).toMatchObject({ error_code: 'WKS.0001' });
      expect(await driven.received()).toEqual([]);
    },
  );

  it('does not record what the gateway refuses', async () => {
    const driven = await drive();
    const path = `/v2/0a1b2c3d4e5f60718293a4b5c6d7e8f9/desktop-pools/${poolIdOf(driven, 'finance')}/notifications`;
    await driven.call('POST', path, { body: { notifications: 'a' }, secretKey: 'wrong' });
    expect(await driven.received()).toEqual([]);
  });

  it('keeps the latest 100,000', async () => {
    const driven = await drive();
    await sendTo(driven, 'finance', 'first');
    const { notifications } = driven.simulator.state;
    const [first] = notifications.items;
    if (first === undefined) throw new Error('nothing was received');
    for (let count = 1; count < 100_000; count += 1) notifications.items.push(first);
    await sendTo(driven, 'finance', 'last');
    expect(notifications).toMatchObject({ dropped: 10_000, items: { length: 90_001 } });
    expect(notifications.items.at(-1)?.text).toBe('last');
  });

  it('says how many are not kept any more', async () => {
    const { simulator, send } = await drive();
    simulator.state.notifications.dropped = 3;
    expect((await send('GET', '/_simulator/notifications')).json).toEqual({ items: [], dropped: 3 });
  });
});

describe('sending to desktops', () => {
  it('names the desktops instead of a pool, and runs a job over just these', async () => {
    const driven = await drive();
    const [first, , , , , , off] = driven.simulator.state.pools[0]?.desktops ?? [];
    const ids = [first?.id, off?.id];
    const sent = await driven.workspace('POST', 'desktops/notifications', {
      body: { desktop_ids: ids, notifications: 'a' },
    });
    expect(sent.status).toBe(200);
    expect(await driven.received()).toMatchObject([{ pool: null, poolId: null, desktopIds: ids, text: 'a' }]);
    driven.clock.now += minute;
    const { json } = await driven.workspace('GET', `workspace-jobs/${jobIdOf(sent)}`);
    expect(json).toMatchObject({ sub_jobs: [{ status: 'SUCCESS' }, { status: 'FAILED' }] });
  });

  it.each([
    ['no ids', { notifications: 'a' }],
    ['an empty list', { desktop_ids: [], notifications: 'a' }],
    ['an unknown desktop', { desktop_ids: ['nowhere'], notifications: 'a' }],
    ['no text', { desktop_ids: ['2c2be3fb-0013-48d5-a081-000000000001'] }],
  ])('refuses %s', async (_, body) => {
    const driven = await drive();
    const refused = await driven.workspace('POST', 'desktops/notifications', { body });
    expect(refused.status).toBe(400);
    expect(await driven.received()).toEqual([]);
  });
});
