import { describe, expect, it } from 'vitest';
import {
  HuaweiRejectedError,
  HuaweiUnavailableError,
  OutcomeUnknownError,
} from '../../../lib/domain/codes/errors.ts';
import { minute, second } from '../../../lib/domain/time/instant.ts';
import { aDefinition, financeId, start } from '../../rig.ts';
import { createApi } from '../api-rig.ts';

/** One delivery for `finance`, due at 09:05, after its time. */
async function anApiAfterwards(fields: Record<string, unknown> = {}, until = start + 10 * minute) {
  const api = createApi();
  await api.prove();
  await api.save(aDefinition({ id: 'patch', at: '2026-11-24T09:05', ...fields }));
  return { ...api, finish: () => api.runUntil(until) };
}

describe('GET /v1/deliveries', () => {
  it('tells what became of each delivery', async () => {
    const { call, finish } = await anApiAfterwards();
    await finish();
    const { status, body } = await call('GET', '/v1/deliveries', { as: 'viewer' });
    expect(status).toBe(200);
    expect(body).toEqual({
      items: [
        {
          deliveryId: expect.stringMatching(/^patch\.[0-9a-z]{7}\.[0-9a-f]{24}$/),
          scheduleId: 'patch',
          rev: 1,
          pool: { id: financeId, name: 'finance' },
          eventAt: '2026-11-24T09:05:00.000Z',
          leadTime: '0m',
          dueAt: '2026-11-24T09:05:00.000Z',
          firstAttemptAt: '2026-11-24T09:05:00.000Z',
          deadline: '2026-11-24T09:10:00.000Z',
          state: 'delivered',
          reasonCode: 'all_succeeded',
          reasonParams: { total: 3 },
          reason: 'Huawei reports success for all 3 desktops',
          jobId: 'job-1',
          desktops: { total: 3, delivered: 3, failed: 0 },
        },
      ],
    });
  });

  it('leaves out what is not known before a delivery is due', async () => {
    const { call } = await anApiAfterwards({ at: '2026-11-24T09:02' });
    const { body } = await call('GET', '/v1/deliveries');
    expect(Object.keys(body.items[0])).toEqual([
      'deliveryId',
      'scheduleId',
      'rev',
      'pool',
      'eventAt',
      'leadTime',
      'dueAt',
      'deadline',
      'state',
    ]);
    expect(body.items[0]).toMatchObject({ state: 'pending', pool: { name: 'finance' } });
  });

  it('says what an open delivery is waiting for', async () => {
    const { call, workspace, finish } = await anApiAfterwards({}, start + 5 * minute + second / 2);
    workspace.sendToPool = () => Promise.reject(new HuaweiUnavailableError('503 from Huawei'));
    await finish();
    const { body } = await call('GET', '/v1/deliveries');
    expect(body.items[0]).toMatchObject({ state: 'pending', reasonCode: 'unavailable' });
    expect(body.items[0].reason).toContain('503 from Huawei');
  });

  it('counts no desktops where Huawei would not list them', async () => {
    const api = createApi();
    await api.prove();
    api.workspace.showJob = async () => ({
      status: 'COMPLETE',
      hasEnded: true,
      desktops: { total: 30, succeeded: 0, failed: 0 },
      failures: [],
      desktopsUnreadable: '403',
    });
    await api.save(aDefinition({ at: '2026-11-24T09:01' }));
    await api.runUntil(start + 10 * minute);
    const { body } = await api.call('GET', '/v1/deliveries');
    expect(body.items[0]).toMatchObject({ state: 'unconfirmed', reasonCode: 'desktops_unreadable' });
    expect(body.items[0].desktops).toBeUndefined();
  });

  const everyState = async () => {
    const api = createApi();
    await api.prove();
    const { workspace } = api;
    const answers: Record<string, Error | undefined> = {
      sent: undefined,
      refused: new HuaweiRejectedError('no such pool'),
      open: new OutcomeUnknownError('reset'),
    };
    const send = workspace.sendToPool.bind(workspace);
    workspace.sendToPool = (poolId, text, mayStart) => {
      const error = answers[text];
      return error === undefined ? send(poolId, text, mayStart) : Promise.reject(error);
    };
    for (const [i, id] of ['sent', 'refused', 'open'].entries())
      await api.save(aDefinition({ id, message: id, at: `2026-11-24T09:0${i + 1}` }));
    await api.save(aDefinition({ id: 'later', at: '2026-11-24T09:12', pools: ['support'] }));
    await api.runUntil(start + 10 * minute);
    return api;
  };

  it.each([
    ['', ['later', 'open', 'refused', 'sent']],
    ['schedule=open', ['open']],
    ['schedule=nowhere', []],
    ['pool=support', ['later']],
    [`pool=${financeId}`, ['open', 'refused', 'sent']],
    ['state=pending', ['later']],
    ['state=delivered,rejected', ['refused', 'sent']],
    ['state=delivered&state=pending', ['later', 'sent']],
    ['state=trouble', ['open', 'refused']],
    ['state=trouble,delivered&pool=finance', ['open', 'refused', 'sent']],
    ['from=2026-11-24T09:02:00Z', ['later', 'open', 'refused']],
    ['to=2026-11-24T09:02:00Z', ['sent']],
    ['from=2026-11-24T17:02:00%2B08:00&to=2026-11-24T09:03:00Z', ['refused']],
    ['from=2026-11-24T17:02:00+08:00&to=2026-11-24T09:03:00Z', ['refused']],
    ['limit=1', ['later']],
  ])('?%s finds %j, the latest due first', async (query, expected) => {
    const { call } = await everyState();
    const { body } = await call('GET', `/v1/deliveries?${query}`);
    expect(body.items.map((item: { scheduleId: string }) => item.scheduleId)).toEqual(expected);
  });

  it('gives each delivery once, page by page', async () => {
    const { call } = await everyState();
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const { body } = await call('GET', `/v1/deliveries?limit=1${cursor ? `&cursor=${cursor}` : ''}`);
      seen.push(...body.items.map((item: { scheduleId: string }) => item.scheduleId));
      cursor = body.nextCursor;
    } while (cursor !== undefined && seen.length < 10);
    expect(seen).toEqual(['later', 'open', 'refused', 'sent']);
  });

  it.each([
    ['state=sent', 'state', 'not_one_of'],
    ['state=', 'state', 'not_one_of'],
    ['state=delivered,', 'state', 'not_one_of'],
    ['from=yesterday', 'from', 'not_an_instant'],
    ['from=2026-11-24T09:00:00', 'from', 'not_an_instant'],
    ['from=2026-11-24T09:00:00Z&to=2026-11-24T09:00:00Z', 'to', 'range_backward'],
    ['pool=a&pool=b', 'pool', 'given_twice'],
    ['cursor=nonsense', 'cursor', 'bad_cursor'],
    ['cursor=NaN~x', 'cursor', 'bad_cursor'],
    ['scheduleId=x', 'scheduleId', 'unknown_field'],
    ['states=delivered', 'states', 'unknown_field'],
  ])('refuses ?%s', async (query, field, code) => {
    const { status, body } = await createApi().call('GET', `/v1/deliveries?${query}`);
    expect({ status, problem: [body.problems[0].path, body.problems[0].code] }).toEqual({
      status: 400,
      problem: [field, code],
    });
  });

  it('tells every problem of a query at once', async () => {
    const { body } = await createApi().call('GET', '/v1/deliveries?state=x&from=y&limit=z&what=w');
    expect(body.problems.map((found: { path: string }) => found.path).sort()).toEqual([
      'from',
      'limit',
      'state',
      'what',
    ]);
  });
});

describe('GET /v1/deliveries/{id}', () => {
  it('has the attempts and the job too', async () => {
    const { call, finish, deliveries } = await anApiAfterwards();
    await finish();
    const id = (await deliveries())[0]?.deliveryId;
    const { status, headers, body } = await call('GET', `/v1/deliveries/${id}`, { as: 'viewer' });
    expect(status).toBe(200);
    expect(headers.ETag).toMatch(/^"\d+"$/);
    expect(body).toMatchObject({
      deliveryId: id,
      state: 'delivered',
      acceptedAt: '2026-11-24T09:05:00.000Z',
      endedAt: '2026-11-24T09:05:15.000Z',
      attempts: [
        {
          n: 1,
          at: '2026-11-24T09:05:00.000Z',
          text: 'Save your work.',
          poolId: financeId,
          status: 200,
          requestId: 'request-1',
          jobId: 'job-1',
          endedAt: '2026-11-24T09:05:00.000Z',
        },
      ],
      job: { status: 'SUCCESS', polledAt: '2026-11-24T09:05:15.000Z', total: 3, succeeded: 3, failures: [] },
    });
  });

  it('gives another ETag when the delivery has changed', async () => {
    const { call, finish, deliveries } = await anApiAfterwards({ at: '2026-11-24T09:02' });
    const id = (await deliveries())[0]?.deliveryId;
    const before = await call('GET', `/v1/deliveries/${id}`);
    await finish();
    const after = await call('GET', `/v1/deliveries/${id}`);
    expect(after.headers.ETag).not.toBe(before.headers.ETag);
  });

  it('keeps tokens and encoded messages to itself', async () => {
    const { call, workspace, finish, deliveries } = await anApiAfterwards();
    const failure = { status: 403, errorCode: 'WKS.0403', encodedAuthorizationMessage: 'opaque-text' };
    workspace.sendToPool = () => Promise.reject(new HuaweiRejectedError('not allowed', failure));
    await finish();
    const id = (await deliveries())[0]?.deliveryId;
    const { body } = await call('GET', `/v1/deliveries/${id}`);
    expect(body).toMatchObject({ state: 'rejected', attempts: [{ status: 403, errorCode: 'WKS.0403' }] });
    expect(JSON.stringify(body)).not.toMatch(/opaque-text|"token"|leaseUntil|wakeAt/);
  });

  it('is not found when there is none', async () => {
    expect((await createApi().call('GET', '/v1/deliveries/a.b.c')).status).toBe(404);
  });
});
