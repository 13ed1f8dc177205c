import { describe, expect, it } from 'vitest';
import {
  HuaweiClockError,
  HuaweiCredentialsError,
  HuaweiRejectedError,
  HuaweiUnavailableError,
  KeyUnreadableError,
  OutcomeUnknownError,
} from '../../../lib/domain/codes/errors.ts';
import { day, minute, second } from '../../../lib/domain/time/instant.ts';
import { aDefinition, financeId, start } from '../../rig.ts';
import { createApi } from '../api-rig.ts';

const health = '/v1/health';

describe('GET /v1/health', () => {
  it('says without a token only how Deskbell fares', async () => {
    const { call, tick, gatekeeper } = createApi();
    await tick();
    const reason = 'no right for arn:aws:iam::123456789012:user/deskbell';
    await gatekeeper.failed('send', new HuaweiCredentialsError(reason));
    const shown = { status: 'degraded', lastTickAt: '2026-11-24T09:00:00.000Z' };
    const anyone = await call('GET', health, { as: 'nobody' });
    expect([anyone.status, anyone.body]).toEqual([200, shown]);
    const viewer = await call('GET', health, { as: 'viewer' });
    expect(viewer.body).toMatchObject({ ...shown, planErrors: [], gate: { state: 'closed' } });
  });

  it('tells those with a token of a store that cannot be written', async () => {
    const api = createApi();
    await api.tick();
    expect((await api.call('GET', health)).body.store).toEqual({ failedWrites: 0 });
    const trouble = { failedWrites: 7, reason: 'database or disk is full' };
    api.runtime.storeWatch = { trouble: () => trouble };
    expect((await api.call('GET', health)).body).toMatchObject({ status: 'degraded', store: trouble });
    const anyone = await api.call('GET', health, { as: 'nobody' });
    expect(Object.keys(anyone.body)).toEqual(['status', 'lastTickAt']);
  });

  it('does not take a wrong token for none', async () => {
    const headers = { authorization: 'Bearer wrong' };
    expect((await createApi().call('GET', health, { as: 'nobody', headers })).status).toBe(401);
  });

  it('is 503 before the first tick', async () => {
    expect(await createApi().call('GET', health)).toMatchObject({
      status: 503,
      body: { status: 'not ticking', lastTickAt: null, planErrors: [], gate: { state: 'open' } },
    });
  });

  it.each([
    [180 * second, 200],
    [180 * second + 1, 503],
    // A clock that was set back leaves a tick in the future.
    [-180 * second, 200],
    [-180 * second - 1, 503],
  ])('%i ms after the last tick is %i', async (age, expected) => {
    const { call, tick, clock } = createApi();
    await tick();
    clock.moveTo(start + age);
    expect((await call('GET', health)).status).toBe(expected);
  });

  it('tells of the planner although the keys cannot be read, and of them', async () => {
    const api = createApi();
    await api.tick();
    api.runtime.gatekeeper.look = () => Promise.reject(new KeyUnreadableError('the secret is empty'));
    const { status, body } = await api.call('GET', health);
    expect([status, body.status, body.lastTickAt]).toEqual([200, 'degraded', '2026-11-24T09:00:00.000Z']);
    expect(body.gate).toMatchObject({
      state: 'closed',
      reason: 'the access key could not be read: the secret is empty',
    });
  });

  it('names the schedules that cannot be planned, until they are mended', async () => {
    const { call, save, store, clock, tick } = createApi();
    for (const id of ['fine', 'poison', 'tomb']) await save(aDefinition({ id }));
    const change = async (id: string, changes: object) => {
      const seen = await store.getSchedule(id);
      if (seen === undefined) throw new Error('it was saved');
      await store.writeSchedule({ ...seen, ...changes, version: seen.version + 1, writeId: 'w' });
    };
    const poison = { ...aDefinition({ id: 'poison' }), timeZone: 'Nowhere/Land' };
    await change('poison', { definition: poison, wakeAt: start });
    await change('tomb', { planError: 'it could not be planned when it was deleted', deletedAt: start });
    clock.moveTo(start + day);
    await tick();
    const { status, body } = await call('GET', health);
    expect([status, body.status]).toEqual([200, 'degraded']);
    expect(body.planErrors).toEqual([{ scheduleId: 'poison', message: expect.stringMatching(/./) }]);
    await save(aDefinition({ id: 'poison' }));
    expect((await call('GET', health)).body).toMatchObject({ status: 'ok', planErrors: [] });
  });

  it('says why and until when the gate is closed', async () => {
    const { call, gatekeeper, clock, tick } = createApi();
    await tick();
    await gatekeeper.failed('send', new HuaweiCredentialsError('the signature does not match'));
    const { status, body } = await call('GET', health);
    expect([status, body.status]).toEqual([200, 'degraded']);
    expect(body.gate).toEqual({
      state: 'closed',
      until: '2026-11-24T09:05:10.000Z',
      reason: expect.stringContaining('the signature does not match'),
    });
    clock.moveTo(start + 6 * minute);
    await tick();
    expect((await call('GET', health)).body).toMatchObject({ status: 'ok', gate: { state: 'open' } });
  });
});

describe('POST /v1/tick', () => {
  const due = () => aDefinition({ id: 'soon', at: '2026-11-24T09:20', pools: ['finance', 'support'] });

  async function anApiWithWork() {
    const api = createApi();
    await api.save(due());
    api.clock.moveTo(start + 18 * minute);
    return api;
  }

  it('plans, and says what it did', async () => {
    const { call, deliveries, store } = await anApiWithWork();
    const { status, body } = await call('POST', '/v1/tick', { as: 'operator' });
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        at: '2026-11-24T09:18:00.000Z',
        due: 1,
        planned: 2,
        queued: 2,
        swept: 0,
        failed: [],
        more: false,
      },
    });
    expect(await deliveries()).toHaveLength(2);
    expect(await store.getLastTickAt()).toBe(start + 18 * minute);
  });

  it('plans nothing twice when it is repeated', async () => {
    const { call, deliveries } = await anApiWithWork();
    await call('POST', '/v1/tick');
    const { body } = await call('POST', '/v1/tick');
    expect(body).toMatchObject({ planned: 0, queued: 0 });
    expect(await deliveries()).toHaveLength(2);
  });

  it('writes nothing on a dry run, and says what a tick would do', async () => {
    const { call, database, queue, clock } = await anApiWithWork();
    const dump = () =>
      ['schedules', 'deliveries', 'acts', 'gaps', 'gates', 'meta'].map((table) =>
        database.sql.prepare(`SELECT * FROM ${table}`).all(),
      );
    const before = dump();
    const { body: foretold } = await call('POST', '/v1/tick', { body: { dryRun: true } });
    expect(dump()).toEqual(before);
    expect(queue.nextMessageAt(clock.now())).toBeUndefined();
    const { body: done } = await call('POST', '/v1/tick', { body: { dryRun: false } });
    expect(foretold).toEqual(done);
    expect(done.planned).toBe(2);
  });

  it('foretells a long gap, and what is to be swept, as it will be', async () => {
    const api = createApi();
    await api.save(aDefinition({ id: 'often', cron: '* * * * *', pools: ['finance', 'support'] }));
    await api.tick();
    api.clock.moveTo(start + day);
    const { body: foretold } = await api.call('POST', '/v1/tick', { body: { dryRun: true } });
    const { body: done } = await api.call('POST', '/v1/tick');
    expect(foretold).toEqual(done);
    expect(done.swept).toBeGreaterThan(0);
    expect(done.planned).toBeGreaterThan(100);
  });

  it.each([
    [{ dryRun: 'yes' }, 'dryRun', 'wrong_kind'],
    [{ dryRun: null }, 'dryRun', 'wrong_kind'],
    [{ dryrun: true }, 'dryrun', 'unknown_field'],
    [[], '', 'wrong_kind'],
  ])('refuses %j', async (body, field, code) => {
    const { call, store } = createApi();
    const answer = await call('POST', '/v1/tick', { body });
    expect(answer.status).toBe(400);
    expect([answer.body.problems[0].path, answer.body.problems[0].code]).toEqual([field, code]);
    expect(await store.getLastTickAt()).toBeUndefined();
  });
});

describe('GET /v1/pools', () => {
  it('gives the pools and when Huawei was asked', async () => {
    const { call, clock } = createApi();
    await call('GET', '/v1/pools');
    clock.moveTo(start + 59 * second);
    const { status, body } = await call('GET', '/v1/pools', { as: 'viewer' });
    expect(status).toBe(200);
    expect(body.asOf).toBe('2026-11-24T09:00:00.000Z');
    expect(body.items[0]).toEqual({ id: financeId, name: 'finance' });
  });

  it.each([
    [new HuaweiRejectedError('WKS.0001: no'), 502, 'HUAWEI_REJECTED'],
    [new HuaweiCredentialsError('the key is not known'), 502, 'HUAWEI_CREDENTIALS'],
    [new HuaweiClockError('the clock is 20 minutes ahead', 1_200), 502, 'HUAWEI_CLOCK'],
    [new HuaweiUnavailableError('503 from Huawei'), 503, 'HUAWEI_UNAVAILABLE'],
    [new OutcomeUnknownError('no answer within 10 s'), 504, 'OUTCOME_UNKNOWN'],
  ])('passes on what Huawei said, and logs it: %s', async (error, expected, code) => {
    const { call, workspace, logged } = createApi();
    workspace.listPools = () => Promise.reject(error);
    const { status, body } = await call('GET', '/v1/pools');
    expect({ status, code: body.code, detail: body.detail }).toEqual({
      status: expected,
      code,
      detail: error.message,
    });
    expect(logged.filter((line) => line.includes(' call-failed '))).toEqual([
      expect.stringContaining(`code=${code} message=${JSON.stringify(error.message)}`),
    ]);
  });
});
