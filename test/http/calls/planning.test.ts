import { describe, expect, it } from 'vitest';
import { HuaweiUnavailableError } from '../../../lib/domain/codes/errors.ts';
import { second } from '../../../lib/domain/time/instant.ts';
import { aSchedule, createApi } from '../api-rig.ts';

const yaml = (body: string) => ({ body, headers: { 'content-type': 'application/yaml' } });
const line = (id: string, more = '') =>
  `  - { id: ${id}, pools: [finance], cron: "0 18 * * *", message: Bye${more} }\n`;

describe('POST /v1/preview', () => {
  it('shows the next events and every text, and saves nothing', async () => {
    const { call } = createApi();
    const schedule = aSchedule({ id: 'eod', leadTimes: ['15m', '0m'], message: '{{pool}}: {{timeLeft}}' });
    const { status, body } = await call('POST', '/v1/preview', {
      as: 'viewer',
      body: { schedule, count: 2 },
    });
    expect(status).toBe(200);
    expect(body).toEqual({
      fireTimes: ['2026-11-24T18:00:00.000Z', '2026-11-25T18:00:00.000Z'],
      notifications: [
        ['2026-11-24T18:00:00.000Z', '15m', '2026-11-24T17:45:00.000Z', 'finance: 15 minutes'],
        ['2026-11-24T18:00:00.000Z', '0m', '2026-11-24T18:00:00.000Z', 'finance: now'],
        ['2026-11-25T18:00:00.000Z', '15m', '2026-11-25T17:45:00.000Z', 'finance: 15 minutes'],
        ['2026-11-25T18:00:00.000Z', '0m', '2026-11-25T18:00:00.000Z', 'finance: now'],
      ].map(([eventAt, leadTime, dueAt, text]) => ({ eventAt, leadTime, dueAt, pools: ['finance'], text })),
      warnings: [],
    });
    expect((await call('GET', '/v1/schedules')).body.items).toEqual([]);
    expect((await call('GET', '/v1/deliveries')).body.items).toEqual([]);
  });

  it.each([
    ['one text for all pools', 'Bye', [['finance', 'support']]],
    ['one for each when the text names the pool', 'Bye {{pool}}', [['finance'], ['support']]],
  ])('gives %s', async (_, message, expected) => {
    const schedule = aSchedule({ id: 'eod', pools: ['finance', 'support'], message });
    const { body } = await createApi().call('POST', '/v1/preview', { body: { schedule, count: 1 } });
    expect(body.notifications.map(({ pools }: { pools: string[] }) => pools)).toEqual(expected);
  });

  it.each([
    ['from is exclusive', { from: '2026-11-24T18:00:00Z', count: 1 }, ['2026-11-25']],
    ['from may be past', { from: '2020-01-01T00:00:00Z', count: 1 }, ['2020-01-01']],
    [
      'to is inclusive and ends it early',
      { to: '2026-11-25T18:00:00Z', count: 200 },
      ['2026-11-24', '2026-11-25'],
    ],
    ['nothing in between is nothing', { to: '2026-11-24T17:00:00Z' }, []],
  ])('%s', async (_, range, expected) => {
    const { body } = await createApi().call('POST', '/v1/preview', {
      body: { schedule: aSchedule({ id: 'eod' }), ...range },
    });
    expect(body.fireTimes.map((at: string) => at.slice(0, 10))).toEqual(expected);
  });

  it('knows the stored calendars', async () => {
    const { call } = createApi();
    await call('POST', '/v1/apply', yaml('calendars: { off: { exclude: [2026-11-24] } }\nschedules: []'));
    const schedule = aSchedule({ id: 'eod', calendars: ['off'] });
    const { body } = await call('POST', '/v1/preview', { body: { schedule, count: 1 } });
    expect(body.fireTimes).toEqual(['2026-11-25T18:00:00.000Z']);
  });

  it('finds the next event at once, although a calendar excludes every minute for 150 years', async () => {
    const exclude = Array.from({ length: 150 }, (_, i) => `${2026 + i}-01-01..${2026 + i}-12-31`);
    const schedule = aSchedule({ id: 'eod', cron: '* * * * *', calendars: [{ name: 'off', exclude }] });
    const { status, body } = await createApi().call('POST', '/v1/preview', { body: { schedule } });
    expect({ status, first: body.fireTimes[0] }).toEqual({ status: 200, first: '2176-01-01T00:00:00.000Z' });
  });

  it('says so when it stops looking, centuries ahead', async () => {
    const schedule = aSchedule({ id: 'eod', cron: '0 0 29 2 *' });
    const { body } = await createApi().call('POST', '/v1/preview', { body: { schedule, count: 200 } });
    expect(body.fireTimes).toHaveLength(97);
    expect(body.warnings).toMatchObject([{ code: 'search_ended', at: '2427-09-23T09:00:00.000Z' }]);
  });

  it('refuses so many events, lead times and pools that others would wait, and says how many it takes', async () => {
    const pools = Array.from({ length: 100 }, (_, i) => `pool ${i}`);
    const leadTimes = Array.from({ length: 10 }, (_, i) => `${i + 1}m`);
    const asked = (message: string, count: number) =>
      createApi().call('POST', '/v1/preview', {
        as: 'viewer',
        body: { schedule: aSchedule({ id: 'eod', pools, leadTimes, message }), count },
      });
    expect((await asked('{{pool}}', 6)).body).toMatchObject({
      status: 400,
      problems: [{ path: 'count', code: 'too_much_work', params: { most: 5 } }],
    });
    expect((await asked('{{pool}}', 5)).body.notifications).toHaveLength(5_000);
    expect((await asked('Bye', 200)).body).toMatchObject({ problems: [{ params: { most: 183 } }] });
    expect((await asked('Bye', 183)).status).toBe(200);
  });

  it.each([
    [90, '1m', false],
    [91, '1m', true],
    [100, '5m', false],
  ])('%i pools within %s: warns of too much at once: %s', async (count, maxLateness, isWarned) => {
    const pools = Array.from({ length: count }, (_, i) => `pool-${i}`);
    const schedules = [aSchedule({ id: 'eod', pools, maxLateness })];
    const { body } = await createApi().call('POST', '/v1/preview', {
      body: { schedule: schedules[0], count: 3 },
    });
    const expected = { code: 'over_limit', at: '2026-11-24T18:00:00.000Z', params: { count, perMinute: 90 } };
    expect(body.warnings).toMatchObject(isWarned ? [expected] : []);
  });

  it.each([
    [{}, 'schedule', 'required'],
    [{ schedule: 'eod' }, 'schedule', 'wrong_kind'],
    [{ schedule: { ...aSchedule(), id: 'UP' } }, 'schedule.id', 'schedule_id'],
    [{ schedule: aSchedule({ id: 'eod' }), count: 201 }, 'count', 'whole_number'],
    [{ schedule: aSchedule({ id: 'eod' }), count: null }, 'count', 'whole_number'],
    [{ schedule: aSchedule({ id: 'eod' }), from: 'x' }, 'from', 'not_an_instant'],
    [{ schedule: aSchedule({ id: 'eod' }), from: 7 }, 'from', 'wrong_kind'],
    [{ schedule: aSchedule({ id: 'eod' }), to: '2026-11-24T09:00:00Z' }, 'to', 'range_backward'],
    [{ schedule: aSchedule({ id: 'eod' }), until: 'x' }, 'until', 'unknown_field'],
  ])('refuses %j', async (body, field, code) => {
    const answer = await createApi().call('POST', '/v1/preview', { body });
    expect(answer.status).toBe(400);
    expect(
      answer.body.problems.map((found: { path: string; code: string }) => [found.path, found.code]),
    ).toContainEqual([field, code]);
  });
});

describe('a pool that Huawei does not list', () => {
  const unknown = {
    code: 'unknown_pool',
    path: expect.stringMatching(/pools\[1\]$/),
    params: { pool: 'finanse', similar: 'finance' },
    message: 'Huawei has no pool called finanse now, so nobody there is told; did you mean finance?',
  };

  it('is told of wherever a schedule or a text comes from, and hinders nothing', async () => {
    const { call } = createApi();
    const pools = ['finance', 'finanse'];
    const put = await call('PUT', '/v1/schedules/eod', { body: aSchedule({ pools }) });
    const text = await call('POST', '/v1/notifications', { body: { pools, message: 'Bye.' } });
    const table = `schedules:\n  - { id: file, pools: [${pools}], cron: "0 18 * * *", message: Bye. }`;
    const applied = await call('POST', '/v1/apply', yaml(table));
    expect([put.status, text.status, applied.status]).toEqual([201, 201, 200]);
    expect(put.body.warnings).toContainEqual(unknown);
    expect(text.body.warnings).toContainEqual(unknown);
    expect(applied.body.warnings).toEqual([{ ...unknown, scheduleId: 'file', line: 2 }]);
  });

  it.each([
    ['cannot be asked', () => Promise.reject(new HuaweiUnavailableError('away'))],
    ['does not answer within a second', () => new Promise<never>(() => {})],
  ])('is not looked for while Huawei %s', async (_, listPools) => {
    const { call, workspace, clock } = createApi();
    workspace.listPools = listPools;
    const answered = call('PUT', '/v1/schedules/eod', { body: aSchedule({ pools: ['finanse'] }) });
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    clock.moveTo(clock.now() + second);
    const { status, body } = await answered;
    expect([status, body.warnings]).toEqual([201, []]);
  });
});

describe('POST /v1/apply', () => {
  it('makes the stored schedules what the file says, and leaves those of others', async () => {
    const { call } = createApi();
    await call('PUT', '/v1/schedules/by-hand', { body: aSchedule() });
    const first = await call('POST', '/v1/apply', yaml(`schedules:\n${line('a')}${line('b')}${line('c')}`));
    expect(first).toMatchObject({
      status: 200,
      body: { created: ['a', 'b', 'c'], failed: [], warnings: [] },
    });
    const second = await call('POST', '/v1/apply', yaml(`schedules:\n${line('a')}${line('b', '!')}`));
    expect(second.body).toMatchObject({ created: [], changed: ['b'], unchanged: ['a'], deleted: ['c'] });
    const { body } = await call('GET', '/v1/schedules');
    expect(body.items).toMatchObject([
      { id: 'a', rev: 1, status: { owner: 'file', changedBy: 'a-admin' } },
      { id: 'b', rev: 2, status: { owner: 'file' } },
      { id: 'by-hand', status: { owner: 'console' } },
    ]);
  });

  it('takes JSON too', async () => {
    const body = { schedules: [aSchedule({ id: 'a' })] };
    expect((await createApi().call('POST', '/v1/apply', { body })).body.created).toEqual(['a']);
  });

  it('changes nothing when anything is wrong, and names the lines', async () => {
    const { call } = createApi();
    const text = `schedules:\n${line('a')}  - id: b\n    pools: [finance]\n    cron: "0 25 * * *"\n    message: Bye\n`;
    const { status, body } = await call('POST', '/v1/apply', yaml(text));
    expect(status).toBe(400);
    expect(body.problems).toMatchObject([{ path: 'schedules[1].cron', code: 'cron_out_of_range', line: 5 }]);
    expect((await call('GET', '/v1/schedules')).body.items).toEqual([]);
  });

  it('reads a file that begins with a byte order mark', async () => {
    const { body } = await createApi().call('POST', '/v1/apply', yaml(`\ufeffschedules:\n${line('a')}`));
    expect(body.created).toEqual(['a']);
  });
});
