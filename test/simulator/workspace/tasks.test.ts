import { describe, expect, it } from 'vitest';
import { day } from '../../../lib/domain/time/instant.ts';
import { drive } from '../driver.ts';

const nightly = 'fa4e0000-0000-4000-8000-000000000001';
const evening = 'fa4e0000-0000-4000-8000-000000000002';

describe('the list of scheduled tasks', () => {
  it.each([
    ['', [1, 2, 3, 4, 5]],
    ['&scheduled_type=LIFE_CYCLE', [9]],
    ['&task_name=ly-re', [1, 3]],
    ['&task_type=STOP', [2]],
    ['&last_status=FAIL', [4]],
    ['&life_cycle_type=POST_DESKTOP_DISCONNECTED&scheduled_type=LIFE_CYCLE', [9]],
  ])('with %j has the tasks %j', async (filter, numbers) => {
    const { workspace } = await drive();
    const { json } = await workspace('GET', `scheduled-tasks?offset=0&limit=50${filter}`);
    const { scheduled_tasks: rows, total_count: total } = json as {
      scheduled_tasks: { id: string }[];
      total_count: number;
    };
    expect(rows.map(({ id }) => Number(id.slice(-3)))).toEqual(numbers);
    expect(total).toBe(numbers.length);
  });

  it('says when a task runs next, but not on what or how', async () => {
    const { workspace, clock } = await drive();
    const first = async () =>
      ((await workspace('GET', 'scheduled-tasks?offset=0&limit=1')).json as { scheduled_tasks: object[] })
        .scheduled_tasks[0];
    expect(await first()).toMatchObject({
      task_name: 'fake-nightly-reboot',
      enable: true,
      time_zone: 'Asia/Shanghai',
      next_execution_time: '2026-11-24 22:00:00 GMT+08:00',
    });
    expect(Object.keys((await first()) ?? {})).not.toContain('apply_objects');
    clock.now += day;
    expect(await first()).toMatchObject({ next_execution_time: '2026-11-25 22:00:00 GMT+08:00' });
  });

  it.each(['', 'offset=0', 'limit=50', 'offset=0&limit=51'])('cannot be asked for with %j', async (query) => {
    const { workspace } = await drive();
    expect((await workspace('GET', `scheduled-tasks?${query}`)).status).toBe(400);
  });
});

describe('a scheduled task', () => {
  it('says on what and how it runs, but not when next', async () => {
    const { workspace } = await drive();
    const { json } = await workspace('GET', `scheduled-tasks/${nightly}`);
    expect(json).toMatchObject({
      id: nightly,
      force_execute: true,
      day_interval: 1,
      scheduled_time: '22:00:00',
      apply_objects: [{ object_type: 'DESKTOP_POOL', object_name: 'finance' }],
    });
    expect(Object.keys(json as object)).not.toContain('next_execution_time');
  });

  it('can be changed by a test', async () => {
    const { workspace, simulator } = await drive();
    const [task] = simulator.state.tasks;
    if (task !== undefined) task.force_execute = false;
    expect((await workspace('GET', `scheduled-tasks/${nightly}`)).json).toMatchObject({
      force_execute: false,
    });
  });

  it.each(['', '/records', '/records/x?offset=0&limit=1'])('that is unknown: %j', async (rest) => {
    const { workspace } = await drive();
    const refused = await workspace('GET', `scheduled-tasks/nowhere${rest}`);
    expect(refused.status).toBe(400);
    expect(refused.json).toMatchObject({ error_msg: 'The scheduled task does not exist.' });
  });
});

describe('the records of a task', () => {
  it.each([
    ['a forced run', nightly, '2026-11-23T14:00:00.000Z', { success_num: 6, failed_num: 0, skip_num: 2 }],
    ['an unforced run', evening, '2026-11-23T19:30:00.000Z', { success_num: 5, failed_num: 0, skip_num: 7 }],
  ])('count the desktops of %s', async (_, taskId, startTime, counts) => {
    const { workspace } = await drive();
    const { json } = await workspace('GET', `scheduled-tasks/${taskId}/records`);
    expect(json).toMatchObject({ total_count: 1, tasks_records: [{ start_time: startTime, ...counts }] });
  });

  it('tell for each desktop what was done', async () => {
    const { workspace } = await drive();
    const path = `scheduled-tasks/${nightly}/records/fa4e0000-0000-4000-8000-000000000101`;
    const { json } = await workspace('GET', `${path}?offset=6&limit=100`);
    expect(json).toMatchObject({
      total_count: 8,
      tasks_records_details: [
        { desktop_name: 'FAKE-2C2B-007', exec_status: 'SKIP', fail_reason: 'fake: desktop is off' },
        { desktop_name: 'FAKE-2C2B-008', exec_status: 'SKIP', result_code: 'WKS.0000FAKE' },
      ],
    });
  });

  it.each([
    [`${nightly}/records?limit=101`],
    [`${nightly}/records/fa4e0000-0000-4000-8000-000000000101`],
    [`${nightly}/records/fa4e0000-0000-4000-8000-000000000101?offset=0&limit=101`],
    [`${nightly}/records/nowhere?offset=0&limit=1`],
  ])('cannot be asked for with %s', async (rest) => {
    const { workspace } = await drive();
    expect((await workspace('GET', `scheduled-tasks/${rest}`)).status).toBe(400);
  });
});

describe('the preview of run times', () => {
  const daily = {
    scheduled_type: 'DAY',
    day_interval: 1,
    scheduled_time: '22:00:00',
    time_zone: 'Asia/Shanghai',
  };
  it.each([
    ['each day', daily, ['24', '25', '26', '27', '28'].map((date) => `2026-11-${date} 22:00:00 GMT+08:00`)],
    [
      'each second day, not today any more',
      { ...daily, day_interval: 2, scheduled_time: '19:00:00' },
      ['11-26', '11-28', '11-30', '12-02', '12-04'].map((date) => `2026-${date} 19:00:00 GMT+08:00`),
    ],
    [
      'until it expires',
      { ...daily, expire_time: '2026-11-25 22:00:00' },
      ['2026-11-24 22:00:00 GMT+08:00', '2026-11-25 22:00:00 GMT+08:00'],
    ],
    [
      'each Sunday and Saturday',
      { ...daily, scheduled_type: 'WEEK', week_list: '1,7', time_zone: 'Coordinated Universal Time' },
      ['11-28', '11-29', '12-05', '12-06', '12-12'].map((date) => `2026-${date} 22:00:00 GMT`),
    ],
    [
      'the last day of some months',
      { ...daily, scheduled_type: 'MONTH', month_list: '2,11', date_list: 'L', time_zone: 'GMT-3' },
      ['2026-11-30', '2027-02-28', '2027-11-30', '2028-02-29', '2028-11-30'].map(
        (date) => `${date} 22:00:00 GMT-03:00`,
      ),
    ],
    [
      'once',
      { ...daily, scheduled_type: 'FIXED_TIME', scheduled_date: '2031-01-05' },
      ['2031-01-05 22:00:00 GMT+08:00'],
    ],
    ['never again', { ...daily, scheduled_type: 'FIXED_TIME', scheduled_date: '2026-11-23' }, []],
  ])('runs %s', async (_, body, runs) => {
    const { workspace } = await drive();
    const { status, json } = await workspace('POST', 'scheduled-tasks/future-executions', { body });
    expect(status).toBe(200);
    expect(json).toEqual({ future_executions: runs });
  });

  it.each([
    { ...daily, scheduled_type: 'LIFE_CYCLE' },
    { ...daily, time_zone: 'fake/Nowhere' },
    { ...daily, day_interval: 32 },
  ])('refuses %j', async (body) => {
    const { workspace } = await drive();
    expect((await workspace('POST', 'scheduled-tasks/future-executions', { body })).status).toBe(400);
  });
});

it('has time zones with a name, an offset and descriptions', async () => {
  const { workspace } = await drive();
  const { json } = await workspace('GET', 'common/timezones');
  const { time_zones: zones } = json as { time_zones: Record<string, string>[] };
  expect(zones[0]).toMatchObject({ time_zone_name: 'Asia/Shanghai', time_zone: 'GMT+08:00' });
  expect(zones.flatMap((zone) => Object.values(zone))).not.toContain('');
});
