import { describe, expect, it } from 'vitest';
import { minute } from '../../../lib/domain/time/instant.ts';
import { start } from '../../rig.ts';
import { aSchedule, createApi } from '../api-rig.ts';

const path = '/v1/schedules/eod';

async function anApiWithSchedule() {
  const api = createApi();
  const put = await api.call('PUT', path, { body: aSchedule() });
  return { ...api, put };
}

describe('PUT /v1/schedules/{id}', () => {
  it('answers 201 when it is new and 200 when it changes', async () => {
    const { call, put } = await anApiWithSchedule();
    expect(put.status).toBe(201);
    const changed = await call('PUT', path, { body: aSchedule({ message: 'Bye.' }) });
    expect(changed.status).toBe(200);
    expect([put.headers.ETag, changed.headers.ETag]).toEqual(['"1"', '"2"']);
  });

  it('leaves the revision alone when nothing changes', async () => {
    const { call } = await anApiWithSchedule();
    const again = await call('PUT', path, { body: aSchedule() });
    expect({ status: again.status, etag: again.headers.ETag }).toEqual({ status: 200, etag: '"1"' });
  });

  it('answers 201 again after a delete, and counts on', async () => {
    const { call } = await anApiWithSchedule();
    await call('DELETE', path);
    const again = await call('PUT', path, { body: aSchedule() });
    expect({ status: again.status, etag: again.headers.ETag }).toEqual({ status: 201, etag: '"3"' });
  });

  it('answers with the fields of the file, defaults filled in, and who changed it last', async () => {
    const { put } = await anApiWithSchedule();
    expect(put.body).toEqual({
      id: 'eod',
      connection: 'default',
      pools: ['finance'],
      cron: '0 18 * * *',
      timeZone: 'UTC',
      leadTimes: ['0m'],
      message: 'Bye at {{eventTime}} UTC.',
      locale: 'en',
      calendars: [],
      maxLateness: '5m',
      enabled: true,
      rev: 1,
      status: {
        owner: 'console',
        createdAt: '2026-11-24T09:00:00.000Z',
        changedAt: '2026-11-24T09:00:00.000Z',
        changedBy: 'a-admin',
        exceptions: [],
      },
      goingOut: [],
      alreadyWarned: [],
      warnings: [],
    });
  });

  it('warns of lead times that are past', async () => {
    const once = {
      pools: ['finance'],
      at: '2026-11-24T09:10',
      leadTimes: ['15m', '5m'],
      message: '{{timeLeft}}',
    };
    const { body } = await createApi().call('PUT', path, { body: once });
    expect(body.warnings).toMatchObject([{ code: 'lead_time_past', at: '2026-11-24T08:55:00.000Z' }]);
  });

  it('tells every problem with its place', async () => {
    const { status, body } = await createApi().call('PUT', path, {
      body: { pools: [], cron: '0 25 * * *', mesage: 'Bye' },
    });
    expect(status).toBe(400);
    expect(body.problems.map((found: { path: string; code: string }) => [found.path, found.code])).toEqual(
      expect.arrayContaining([
        ['mesage', 'unknown_field'],
        ['pools', 'list_length'],
        ['cron', 'cron_out_of_range'],
        ['message', 'required'],
      ]),
    );
    expect(body.detail).toMatch(/\(and \d+ more\)$/);
  });

  it.each([[[]], ['text'], [null], [7]])('refuses %j as a schedule', async (body) => {
    const answer = await createApi().call('PUT', path, { body: JSON.stringify(body) });
    expect(answer).toMatchObject({ status: 400, body: { problems: [{ code: 'wrong_kind' }] } });
  });

  it('takes the id from the path, or the same one from the body, and no other', async () => {
    const { call } = createApi();
    expect((await call('PUT', path, { body: aSchedule({ id: 'eod' }) })).status).toBe(201);
    const other = await call('PUT', path, { body: aSchedule({ id: 'other' }) });
    expect(other).toMatchObject({ status: 400, body: { problems: [{ path: 'id', code: 'other_id' }] } });
  });

  it('refuses an id that cannot be one', async () => {
    const { status, body } = await createApi().call('PUT', '/v1/schedules/Not%20an%20id', {
      body: aSchedule(),
    });
    expect({ status, code: body.problems[0].code }).toEqual({ status: 400, code: 'schedule_id' });
  });
});

describe('what GET answers', () => {
  it('can be put back and changes nothing', async () => {
    const api = createApi();
    const message = [
      { locale: 'zh-CN', text: '再见，{{timeLeft}}。' },
      { locale: 'en', text: 'Bye in {{timeLeft}}.' },
    ];
    const calendars = [{ name: 'holidays', exclude: ['2026-12-25'], include: [] }];
    const leadTimes = ['1h', { before: '10m', message: 'Soon: {{minutesLeft}}' }];
    await api.call('PUT', path, { body: aSchedule({ message, calendars, leadTimes, description: 'End' }) });
    const { body: got } = await api.call('GET', path);
    const back = await api.call('PUT', path, { body: got });
    expect({ status: back.status, etag: back.headers.ETag }).toEqual({ status: 200, etag: '"1"' });
    expect((await api.call('GET', path)).body).toEqual(got);
  });

  it('cannot be put back over a change that came between', async () => {
    const { call } = await anApiWithSchedule();
    const { body: got } = await call('GET', path);
    await call('PUT', path, { body: aSchedule({ message: 'Theirs.' }) });
    const late = await call('PUT', path, { body: { ...got, message: 'Mine.' } });
    expect(late).toMatchObject({ status: 412, body: { code: 'CONFLICT' } });
    expect((await call('GET', path)).body.message).toBe('Theirs.');
  });

  it('has no room for facts of the caller', async () => {
    const { call } = await anApiWithSchedule();
    const { body: got } = await call('GET', path);
    const answer = await call('PUT', path, { body: { ...got, status: { ...got.status, cursor: 0 } } });
    expect(answer).toMatchObject({ status: 400, body: { problems: [{ path: 'status.cursor' }] } });
  });
});

it('a schedule shows a pause until it is over', async () => {
  const { call, clock } = await anApiWithSchedule();
  const until = '2026-11-24T09:10:00.000Z';
  await call('POST', `${path}/pause`, { body: { reason: 'a freeze', until } });
  expect((await call('GET', path)).body.status.pause).toMatchObject({ why: 'a freeze', until });
  clock.moveTo(Date.parse(until));
  expect((await call('GET', path)).body.status.pause).toBeUndefined();
});

describe('If-Match', () => {
  it.each([
    ['"1"', 200],
    ['*', 200],
    ['"7", "1"', 200],
    ['"7","abc" , "1"', 200],
    ['"2"', 412],
    ['"abc"', 412],
    ['W/"1"', 412],
    ['"01x", W/"1"', 412],
    ['1', 400],
    ['', 400],
    ['"1', 400],
    ['"1";"2"', 400],
  ])('%s meets revision 1 with %i', async (ifMatch, expected) => {
    const { call } = await anApiWithSchedule();
    const sent = { body: aSchedule({ message: 'Bye.' }), headers: { 'if-match': ifMatch } };
    expect((await call('PUT', path, sent)).status).toBe(expected);
    const { body } = await call('GET', path);
    expect(body.message === 'Bye.').toBe(expected === 200);
  });

  it.each(['*', '"1"'])('%s meets nothing where there is no schedule', async (ifMatch) => {
    const sent = { body: aSchedule(), headers: { 'if-match': ifMatch } };
    expect(await createApi().call('PUT', path, sent)).toMatchObject({
      status: 412,
      body: { code: 'CONFLICT', title: 'Precondition Failed' },
    });
  });

  it('says which revision it met', async () => {
    const { call } = await anApiWithSchedule();
    const { body } = await call('DELETE', path, { headers: { 'if-match': '"4"' } });
    expect(body.detail).toContain('is at revision 1, not 4');
    expect((await call('GET', path)).status).toBe(200);
  });

  it('goes before the revision in the body', async () => {
    const { call } = await anApiWithSchedule();
    const { body: got } = await call('GET', path);
    await call('PUT', path, { body: aSchedule({ message: 'Theirs.' }) });
    const mine = { body: { ...got, message: 'Mine.' }, headers: { 'if-match': '"2"' } };
    expect((await call('PUT', path, mine)).status).toBe(200);
  });
});

describe('DELETE /v1/schedules/{id}', () => {
  it('answers what was deleted, and after that there is nothing', async () => {
    const { call } = await anApiWithSchedule();
    const deleted = await call('DELETE', path);
    expect(deleted).toMatchObject({
      status: 200,
      body: { id: 'eod', rev: 2, status: { deletedAt: '2026-11-24T09:00:00.000Z' } },
    });
    for (const method of ['GET', 'DELETE']) expect((await call(method, path)).status).toBe(404);
    expect((await call('GET', '/v1/schedules')).body.items).toEqual([]);
  });
});

describe('DELETE /v1/schedules/{id} with a body', () => {
  it('keeps the reason, and tells exactly those who were warned of what is to come', async () => {
    const { call, prove, runUntil, workspace } = createApi();
    await prove();
    const twoPools = aSchedule({ cron: '0 10 * * *', leadTimes: ['30m'], pools: ['finance', 'nowhere'] });
    await call('PUT', path, { body: twoPools });
    await runUntil(start + 40 * minute);
    const body = { reason: 'No more.', notify: 'No logoff at {{eventTime}} UTC.' };
    const deleted = await call('DELETE', path, { body });
    expect(deleted).toMatchObject({ status: 200, body: { rev: 2, alreadyWarned: ['finance'] } });
    await runUntil(start + 90 * minute);
    expect(workspace.sent.map(({ text }) => text)).toEqual(['Bye at 10:00 UTC.', 'No logoff at 10:00 UTC.']);
    const { items } = (await call('GET', '/v1/audit')).body;
    expect(items[0]).toMatchObject({ what: 'delete', why: 'No more.', who: 'a-admin' });
  });

  it.each([
    [{ reason: '' }, 'reason', 'text_length'],
    [{ notify: '{{nobody}}' }, 'notify', 'unknown_placeholder'],
    [{ notify: 'x'.repeat(401) }, 'notify', 'text_too_long'],
    [{ dryRun: true }, 'dryRun', 'unknown_field'],
    [[], '', 'wrong_kind'],
  ])('refuses %j, and deletes nothing', async (body, place, code) => {
    const { call } = await anApiWithSchedule();
    const answer = await call('DELETE', path, { body });
    expect(answer).toMatchObject({ status: 400, body: { problems: [{ path: place, code }] } });
    expect((await call('GET', path)).body.rev).toBe(1);
  });
});

describe('GET /v1/schedules', () => {
  it('gives each schedule once, page by page', async () => {
    const { call } = createApi();
    const ids = ['a', 'b', 'c', 'd', 'e'];
    for (const id of ids) await call('PUT', `/v1/schedules/${id}`, { body: aSchedule() });
    const seen: string[] = [];
    let target = '/v1/schedules?limit=2';
    for (let page = 0; page < 3; page += 1) {
      const { body } = await call('GET', target, { as: 'viewer' });
      seen.push(...body.items.map((item: { id: string }) => item.id));
      target = `/v1/schedules?limit=2&cursor=${body.nextCursor}`;
      expect(body.nextCursor === undefined).toBe(page === 2);
    }
    expect(seen).toEqual(ids);
  });

  it.each([
    ['limit=0', 'limit', 'whole_number'],
    ['limit=201', 'limit', 'whole_number'],
    ['limit=1.5', 'limit', 'whole_number'],
    ['limit=1&limit=2', 'limit', 'given_twice'],
    ['cursor=', 'cursor', 'text_length'],
    ['limt=1', 'limt', 'unknown_field'],
    ['__proto__=1', '__proto__', 'unknown_field'],
  ])('refuses ?%s', async (query, field, code) => {
    const { status, body } = await createApi().call('GET', `/v1/schedules?${query}`);
    expect({ status, problem: [body.problems[0].path, body.problems[0].code] }).toEqual({
      status: 400,
      problem: [field, code],
    });
  });
});
