import { describe, expect, it } from 'vitest';
import { HuaweiUnavailableError, StoreError } from '../../lib/domain/codes/errors.ts';
import { planDelivery } from '../../lib/domain/delivery/delivery.ts';
import { day, hour, minute, second } from '../../lib/domain/time/instant.ts';
import { send } from '../../lib/usecases/sending/send.ts';
import { aSchedule, createApi } from '../http/api-rig.ts';
import { financeId, start } from '../rig.ts';

const path = '/v1/schedules/patch';
const eventAt = '2026-11-24T10:00:00.000Z';
const event = Date.parse(eventAt);
const due = event - 30 * minute;
const reason = 'as the night goes';

const patch = { cron: '0 10 * * *', leadTimes: ['30m', '10m'], message: '{{eventTime}} in {{minutesLeft}}' };

async function aHouse() {
  const api = createApi();
  await api.prove();
  const apply = (schedules: object[]) =>
    api.call('POST', '/v1/apply', {
      body: JSON.stringify({ schedules }),
      headers: { 'content-type': 'application/json' },
    });
  return {
    ...api,
    apply,
    put: (fields: object) => api.call('PUT', path, { body: aSchedule({ ...patch, ...fields }) }),
    act: async (what: string, body: object = {}) =>
      (await api.call('POST', `${path}/${what}`, { as: 'operator', body: { reason, ...body } })).body,
    /** The next save looks at Huawei's pools until a warning has come due and was sent. */
    lookAcrossDue: () => {
      const { pools } = api.runtime;
      api.runtime.pools = {
        ...pools,
        async names() {
          api.clock.moveTo(due + 300);
          await api.workDue();
          return pools.names();
        },
      };
    },
    /** From now on, until the runtime has the store itself again. */
    failToDelete: () => {
      api.runtime.schedules = {
        ...api.store,
        writeSchedule: async (schedule) => {
          if (schedule.deletedAt !== undefined) throw new Error('the disk is full');
          return api.store.writeSchedule(schedule);
        },
      };
    },
    received: () => api.workspace.sent.map(({ poolId, text }) => [poolId.slice(0, 4), text]),
  };
}

const warned = ['1111', '10:00 in 30'];

describe('one pool is warned once', () => {
  it('when an edit makes its id of its name while a warning comes due', async () => {
    const { put, runUntil, lookAcrossDue, clock, received } = await aHouse();
    await put({ pools: ['finance'] });
    await runUntil(due - 90 * second);
    clock.moveTo(due - 300);
    lookAcrossDue();
    await put({ pools: [financeId] });
    await runUntil(due + minute);
    expect(received()).toEqual([warned]);
  });

  it('when the warning goes out while the edit is written', async () => {
    const { put, runUntil, clock, workDue, store, runtime, received } = await aHouse();
    await put({ pools: ['finance'] });
    await runUntil(due - 90 * second);
    clock.moveTo(due - 300);
    runtime.schedules = {
      ...store,
      writeSchedule: async (schedule) => {
        if (schedule.rev === 2 && clock.now() < due) {
          clock.moveTo(due);
          await workDue();
        }
        return store.writeSchedule(schedule);
      },
    };
    await put({ pools: [financeId] });
    await runUntil(due + minute);
    expect(received()).toEqual([warned]);
  });

  it('when the one under its new name is planned late, and sent while the one under the old name is claimed', async () => {
    const { put, runUntil, store, deps, runtime, received } = await aHouse();
    await put({ pools: ['finance'] });
    await runUntil(due - 90 * second);
    const key = { scheduleId: 'patch', eventAt: event, leadSeconds: 1800, dueAt: due, pool: financeId };
    const late = planDelivery({ ...key, rev: 2, deadline: due + 5 * minute }, due - second, 'w1');
    const { writeDelivery } = store;
    let isClaimed = false;
    deps.deliveries = {
      ...store,
      writeDelivery: async (delivery) => {
        if (delivery.pool === financeId && !isClaimed) throw new StoreError('the disk is full');
        if (delivery.pool === 'finance' && delivery.state === 'sending' && !isClaimed) {
          isClaimed = true;
          await writeDelivery(late);
          await send(deps, { deliveryId: late.deliveryId, hops: 0 });
        }
        return writeDelivery(delivery);
      },
    };
    runtime.deliveries = deps.deliveries;
    await put({ pools: [financeId] });
    await runUntil(due + minute);
    expect(isClaimed).toBe(true);
    expect(received()).toEqual([warned]);
  });

  it('when a file makes its id of its name while a warning comes due', async () => {
    const { apply, runUntil, lookAcrossDue, clock, received } = await aHouse();
    await apply([{ id: 'patch', ...aSchedule(patch) }]);
    await runUntil(due - 90 * second);
    clock.moveTo(due - 300);
    lookAcrossDue();
    await apply([{ id: 'patch', ...aSchedule({ ...patch, pools: [financeId] }) }]);
    await runUntil(due + minute);
    expect(received()).toEqual([warned]);
  });

  it('when its name and its id stand in one list, or one text is sent to both', async () => {
    const { put, act, runUntil, received, clock, deliveries } = await aHouse();
    await put({ pools: ['finance', financeId.toUpperCase()] });
    await runUntil(due + minute);
    expect(received()).toEqual([warned]);
    expect((await deliveries()).map(({ state, reason: why }) => `${state}: ${why?.code}`)).toEqual([
      'delivered: all_succeeded',
      'skipped: same_pool',
    ]);
    await act('send');
    await runUntil(clock.now() + minute);
    expect(received()).toHaveLength(2);
  });

  it('when a file renames its schedule seconds after the warning', async () => {
    const { apply, runUntil, clock, received } = await aHouse();
    await apply([{ id: 'patch', ...aSchedule(patch) }]);
    await runUntil(due + second);
    clock.moveTo(due + 3 * second);
    const renamed = await apply([{ id: 'patch-night', ...aSchedule(patch) }]);
    expect(renamed.body).toMatchObject({ created: ['patch-night'], deleted: ['patch'] });
    await runUntil(event + minute);
    expect(received()).toEqual([warned, ['1111', '10:00 in 10']]);
  });

  it('when it stands by name and by id in a schedule that a file renames', async () => {
    const { apply, runUntil, clock, received, workspace } = await aHouse();
    const both = { ...patch, pools: ['finance', financeId] };
    await apply([{ id: 'patch', ...aSchedule(both) }]);
    await runUntil(due - 20 * second);
    clock.moveTo(due - second);
    const { listPools } = workspace;
    await apply([{ id: 'night', ...aSchedule(both) }]);
    workspace.listPools = listPools;
    await runUntil(due + minute);
    expect(received()).toEqual([warned]);
  });

  it('when Huawei does not tell of its pools just now', async () => {
    const { put, runUntil, workspace, received } = await aHouse();
    await put({ pools: ['finance', financeId] });
    await runUntil(due - 20 * second);
    const { listPools } = workspace;
    workspace.listPools = async () => {
      throw new HuaweiUnavailableError('unavailable', { status: 503 });
    };
    await runUntil(due + 40 * second);
    workspace.listPools = listPools;
    await runUntil(due + 4 * minute);
    expect(received()).toHaveLength(1);
  });

  it('by its id, when Huawei has never said which pool its name is', async () => {
    const { put, runUntil, workspace, received } = await aHouse();
    const { listPools } = workspace;
    workspace.listPools = async () => {
      throw new HuaweiUnavailableError('unavailable', { status: 503 });
    };
    await put({ pools: ['finance', financeId] });
    await runUntil(due + 40 * second);
    expect(received()).toEqual([warned]);
    workspace.listPools = listPools;
    await runUntil(due + 4 * minute);
    expect(received()).toEqual([warned]);
  });

  it('when a file renames its schedule while the warning comes due, and cannot delete the old one', async () => {
    const { apply, runUntil, clock, store, runtime, failToDelete, received } = await aHouse();
    await apply([{ id: 'patch', ...aSchedule(patch) }]);
    await runUntil(due - 20 * second);
    failToDelete();
    const renamed = await apply([{ id: 'patch-night', ...aSchedule(patch) }]);
    expect(renamed.body).toMatchObject({ failed: [{ id: 'patch' }] });
    await runUntil(due + 2 * minute);
    expect(received()).toEqual([warned]);
    runtime.schedules = store;
    clock.moveTo(due + 3 * minute);
    await apply([{ id: 'patch-night', ...aSchedule(patch) }]);
    await runUntil(event);
    expect(received()).toEqual([warned, ['1111', '10:00 in 10']]);
  });
});

describe('a file that renames a schedule and stops half-way', () => {
  it('leaves one of two ids to warn, though each was the other one', async () => {
    const { apply, runUntil, clock, failToDelete, received } = await aHouse();
    await apply([{ id: 'patch', ...aSchedule(patch) }]);
    clock.moveTo(clock.now() + minute);
    await apply([{ id: 'patch-night', ...aSchedule(patch) }]);
    clock.moveTo(clock.now() + minute);
    failToDelete();
    const back = await apply([{ id: 'patch', ...aSchedule(patch) }]);
    expect(back.body).toMatchObject({ created: ['patch'], failed: [{ id: 'patch-night' }] });
    await runUntil(event);
    expect(received()).toEqual([warned, ['1111', '10:00 in 10']]);
  });

  it.each([
    { kind: 'renames', schedules: [{ id: 'patch-night', ...aSchedule(patch) }], kept: 'patch-night' },
    { kind: 'leaves out', schedules: [{ id: 'other', ...aSchedule() }], kept: 'patch' },
  ])('keeps what was edited since it was read, when it $kind the schedule', async ({ schedules, kept }) => {
    const { apply, put, call, store, runtime } = await aHouse();
    await apply([{ id: 'patch', ...aSchedule(patch) }]);
    let isEdited = false;
    runtime.schedules = {
      ...store,
      listSchedules: async (query) => {
        const page = await store.listSchedules(query);
        if (query.owner === 'file' && !isEdited) {
          isEdited = true;
          await put({ message: 'as edited meanwhile' });
        }
        return page;
      },
    };
    const applied = await apply(schedules);
    expect(applied.body).toMatchObject({
      deleted: [],
      failed: [{ id: kept, message: expect.stringContaining('patch was edited by') }],
    });
    const { body } = await call('GET', path, { as: 'viewer' });
    expect(body).toMatchObject({ message: 'as edited meanwhile', status: { owner: 'console' } });
  });
});

describe('a schedule that a file renames', () => {
  it('keeps its pause and its skipped events, and knows who was warned', async () => {
    const { apply, runUntil, act, call, received } = await aHouse();
    await apply([{ id: 'patch', ...aSchedule(patch) }]);
    await runUntil(due + second);
    await act('skip', { eventAt: '2026-11-25T10:00:00Z' });
    await act('pause');
    const { warnings } = (await apply([{ id: 'night', ...aSchedule(patch) }])).body;
    expect(warnings).toMatchObject([
      { code: 'pause_restored', scheduleId: 'night', params: { by: 'a-operator', why: reason } },
      { code: 'exceptions_restored', params: { events: ['2026-11-25T10:00:00.000Z'] } },
    ]);
    const body = { reason, eventAt, notify: 'Cancelled.' };
    const skipped = await call('POST', '/v1/schedules/night/skip', { as: 'operator', body });
    expect(skipped.body).toMatchObject({ alreadyWarned: ['finance'], notified: ['finance'] });
    await runUntil(event);
    expect(received()).toEqual([warned, ['1111', 'Cancelled.']]);
  });
});

describe('a text of a schedule that a file renames', () => {
  const refuseOnce = ({ workspace }: Awaited<ReturnType<typeof aHouse>>) => {
    const { sendToPool } = workspace;
    workspace.sendToPool = async (_poolId, _text, mayStart) => {
      workspace.sendToPool = sendToPool;
      mayStart();
      throw new HuaweiUnavailableError('unavailable', { status: 503 });
    };
  };

  async function renamedWhileWaiting() {
    const house = await aHouse();
    await house.apply([{ id: 'patch', ...aSchedule(patch) }]);
    await house.runUntil(due + second);
    refuseOnce(house);
    await house.act('skip', { eventAt, notify: 'Cancelled.' });
    await house.runUntil(due + 2_500);
    await house.apply([{ id: 'night', ...aSchedule(patch) }]);
    return house;
  }

  it('still goes out: it is as true as before', async () => {
    const { runUntil, received } = await renamedWhileWaiting();
    await runUntil(due + minute);
    expect(received()).toEqual([warned, ['1111', 'Cancelled.']]);
  });

  it('is stopped by what is decided under the new id', async () => {
    const { call, runUntil, received } = await renamedWhileWaiting();
    const body = { reason, eventAt, notify: 'It takes place.' };
    await call('POST', '/v1/schedules/night/resume', { as: 'operator', body });
    await runUntil(due + minute);
    expect(received()).toEqual([warned, ['1111', 'It takes place.']]);
  });
});

describe('a pool that Huawei has under another name since its people were warned', () => {
  it.each([
    ['and nobody has the old name', []],
    ['and another pool has the old name', [{ id: '99999999-9999-4999-8999-999999999999', name: 'finance' }]],
  ])('gets the all-clear, %s', async (_, others) => {
    const { put, act, runUntil, workspace, clock, received } = await aHouse();
    await put({ pools: ['finance'] });
    await runUntil(due + second);
    workspace.pools = [{ id: financeId, name: 'finance-2' }, ...others];
    clock.moveTo(due + 2 * minute);
    await act('skip', { eventAt, notify: 'Cancelled.' });
    await runUntil(event);
    expect(received()).toEqual([warned, ['1111', 'Cancelled.']]);
  });
});

describe('a pause over a pause', () => {
  it('holds, and the answer names both ends', async () => {
    const { put, act } = await aHouse();
    await put({});
    await act('pause');
    const until = '2026-11-24T09:50:00.000Z';
    const { warnings } = await act('pause', { reason: 'vendor', until });
    expect(warnings).toMatchObject([
      { code: 'pause_replaced', params: { by: 'a-operator', why: reason, now: until } },
    ]);
    expect(warnings[0].message).toBe(
      `replaces the pause by a-operator (${reason}) until somebody resumes it; the schedule is now paused until ${until}`,
    );
    expect((await act('pause', { reason: 'vendor again', until })).warnings).toEqual([]);
  });
});

describe('a schedule that a file left out and has again', () => {
  async function leftOut(between: number) {
    const house = await aHouse();
    const { apply, act, clock } = house;
    await apply([{ id: 'patch', ...aSchedule(patch) }]);
    await act('skip', { eventAt });
    await act('postpone', { eventAt: '2026-12-30T10:00:00Z', by: '1h' });
    await act('pause', { reason: 'not tested' });
    clock.moveTo(start + second);
    await apply([]);
    clock.moveTo(start + between);
    return house;
  }

  it('has its pause, skips and postponements again, and says so', async () => {
    const { apply, store } = await leftOut(10 * minute);
    const { warnings } = (await apply([{ id: 'patch', ...aSchedule(patch) }])).body;
    expect(warnings).toMatchObject([
      { code: 'pause_restored', params: { by: 'a-operator', why: 'not tested' } },
      { code: 'exceptions_restored', params: { events: [eventAt, '2026-12-30T10:00:00.000Z'] } },
    ]);
    expect(await store.getSchedule('patch')).toMatchObject({
      pause: { why: 'not tested' },
      exceptions: [{ eventAt: event }, { movedTo: Date.parse('2026-12-30T11:00:00Z') }],
    });
  });

  it('has them for the events that its new rule still has, also by a PUT', async () => {
    const { put, store } = await leftOut(10 * minute);
    const { warnings } = (await put({ cron: '0 10 30 * *' })).body;
    expect(warnings).toMatchObject([{ code: 'pause_restored' }, { code: 'exceptions_restored' }]);
    expect((await store.getSchedule('patch'))?.exceptions).toMatchObject([
      { eventAt: Date.parse('2026-12-30T10:00:00Z') },
    ]);
  });

  it('has none of them after four weeks', async () => {
    const { apply, store } = await leftOut(28 * day + minute);
    await apply([{ id: 'patch', ...aSchedule(patch) }]);
    expect(await store.getSchedule('patch')).toMatchObject({ exceptions: [] });
    expect((await store.getSchedule('patch'))?.pause).toBeUndefined();
  });

  it('has none of them after a DELETE', async () => {
    const { apply, act, call, store } = await aHouse();
    await apply([{ id: 'patch', ...aSchedule(patch) }]);
    await act('pause');
    await call('DELETE', path);
    await apply([{ id: 'patch', ...aSchedule(patch) }]);
    expect((await store.getSchedule('patch'))?.pause).toBeUndefined();
  });
});

describe('a clock that is hours ahead for seconds, between two ticks', () => {
  it('loses no event of a schedule that was saved meanwhile', async () => {
    const { put, runUntil, tick, clock, received, deliveries } = await aHouse();
    await put({ cron: '0 20 * * *' });
    await tick();
    clock.moveTo(start + 2 * hour + 5 * second);
    await put({ cron: '*/30 * * * *', leadTimes: ['0m'], endAt: '2026-11-24T10:45:00Z' });
    clock.moveTo(start + 25 * second);
    await runUntil(event + hour);
    const told = (await deliveries()).map(({ dueAt, state }) => [dueAt, state]);
    expect(told).toEqual([30, 60, 90].map((minutes) => [start + minutes * minute, 'delivered']));
    expect(received()).toHaveLength(3);
  });
});

describe('who was warned', () => {
  it('of an event is known when a text about it is sent by its new time', async () => {
    const { put, act, runUntil } = await aHouse();
    await put({});
    await runUntil(due + second);
    const { movedTo = '2026-11-24T11:00:00.000Z' } = await act('postpone', { eventAt, by: '1h' });
    expect(await act('send', { eventAt: movedTo, dryRun: true })).toMatchObject({
      alreadyWarned: ['finance'],
    });
  });

  it('of an event that was moved ahead is known to a pause days later', async () => {
    const { call, act, runUntil, clock } = await aHouse();
    const body = aSchedule({ ...patch, cron: undefined, at: '2026-11-24T10:00', leadTimes: ['30m'] });
    await call('PUT', path, { body });
    await runUntil(due + second);
    await act('postpone', { eventAt, to: '2026-11-30T10:00:00Z' });
    clock.moveTo(due + 30 * hour);
    expect(await act('pause', { notify: 'Paused.' })).toMatchObject({
      alreadyWarned: ['finance'],
      notified: ['finance'],
    });
  });
});
