import { describe, expect, it } from 'vitest';
import { minute } from '../../../lib/domain/time/instant.ts';
import { start } from '../../rig.ts';
import { aSchedule, createApi } from '../api-rig.ts';

const eventAt = '2026-11-24T18:00:00.000Z';

/** Five acts on two schedules, a minute apart. */
async function anApiWithActs() {
  const api = createApi();
  const acts: [string, string, string, object?][] = [
    ['PUT', '/v1/schedules/eod', 'admin', aSchedule()],
    ['PUT', '/v1/schedules/007', 'admin', aSchedule({ pools: ['support'] })],
    ['POST', '/v1/schedules/eod/pause', 'operator', { reason: 'Wait.', until: '2026-11-24T12:00:00Z' }],
    ['POST', '/v1/schedules/eod/postpone', 'operator', { reason: 'Late.', eventAt, by: '1h' }],
    ['PUT', '/v1/schedules/007', 'admin', aSchedule({ pools: ['spare'] })],
  ];
  for (const [index, [method, path, as, body]] of acts.entries()) {
    api.clock.moveTo(start + index * minute);
    expect((await api.call(method, path, { as: as as 'admin', body })).status).toBeLessThan(300);
  }
  return api;
}

describe('GET /v1/audit', () => {
  it('tells what people did, the newest first', async () => {
    const { call } = await anApiWithActs();
    const { status, body } = await call('GET', '/v1/audit', { as: 'viewer' });
    expect(status).toBe(200);
    expect(body.items).toMatchObject([
      { scheduleId: '007', rev: 2, who: 'a-admin', what: 'save', before: { pools: ['support'] } },
      { scheduleId: 'eod', rev: 3, what: 'postpone', why: 'Late.', pools: ['finance'] },
      { scheduleId: 'eod', rev: 2, what: 'pause' },
      { scheduleId: '007', rev: 1, what: 'save' },
      { scheduleId: 'eod', rev: 1, what: 'save' },
    ]);
    expect(body.items[1]).toEqual({
      scheduleId: 'eod',
      rev: 3,
      at: '2026-11-24T09:03:00.000Z',
      who: 'a-operator',
      what: 'postpone',
      why: 'Late.',
      eventAt,
      movedTo: '2026-11-24T19:00:00.000Z',
      goingOut: [],
      pools: ['finance'],
    });
    expect(body.items[2].until).toBe('2026-11-24T12:00:00.000Z');
  });

  it.each([
    ['schedule=007', [2, 1]],
    ['schedule=nowhere', []],
    ['pool=finance', [3, 2, 1]],
    ['from=2026-11-24T09:03:00Z', [2, 3]],
    ['to=2026-11-24T09:01:00Z', [1]],
    ['from=2026-11-24T17:02:00%2B08:00&to=2026-11-24T09:03:00Z', [2]],
    ['schedule=eod&limit=1', [3]],
  ])('?%s finds %j', async (query, expected) => {
    const { call } = await anApiWithActs();
    const { items } = (await call('GET', `/v1/audit?${query}`)).body;
    expect(items.map(({ rev }: { rev: number }) => rev)).toEqual(expected);
  });

  it('gives each act once, page by page, though many were done at one time', async () => {
    const api = createApi();
    const ids = ['007', '7', '123456789012345678901234567890', '1e3', 'a'];
    for (const id of ids) await api.call('PUT', `/v1/schedules/${id}`, { body: aSchedule() });
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const { body } = await api.call('GET', `/v1/audit?limit=1${cursor ? `&cursor=${cursor}` : ''}`);
      seen.push(...body.items.map((item: { scheduleId: string }) => item.scheduleId));
      cursor = body.nextCursor;
    } while (cursor !== undefined && seen.length < 10);
    expect(seen.sort()).toEqual([...ids].sort());
  });

  it.each([
    ['from=yesterday', 'from', 'not_an_instant'],
    ['from=2026-11-24T09:00:00Z&to=2026-11-24T09:00:00Z', 'to', 'range_backward'],
    ['limit=0', 'limit', 'whole_number'],
    ['cursor=nonsense', 'cursor', 'bad_cursor'],
    ['schedule=a&schedule=b', 'schedule', 'given_twice'],
    ['who=ana', 'who', 'unknown_field'],
  ])('refuses ?%s', async (query, field, code) => {
    const { status, body } = await createApi().call('GET', `/v1/audit?${query}`);
    expect({ status, problem: [body.problems[0].path, body.problems[0].code] }).toEqual({
      status: 400,
      problem: [field, code],
    });
  });
});
