import { describe, expect, it } from 'vitest';
import {
  HuaweiClockError,
  HuaweiCredentialsError,
  HuaweiRejectedError,
  HuaweiUnavailableError,
  KeyUnreadableError,
  NotStartedError,
  OutcomeUnknownError,
} from '../../../lib/domain/codes/errors.ts';
import { minute, second } from '../../../lib/domain/time/instant.ts';
import type { LogFields } from '../../../lib/ports.ts';
import { pause } from '../../../lib/usecases/changes/acts.ts';
import { deleteSchedule } from '../../../lib/usecases/changes/schedules.ts';
import { createPoolDirectory } from '../../../lib/usecases/sending/pool-directory.ts';
import { send } from '../../../lib/usecases/sending/send.ts';
import { aDefinition, createRig, financeId } from '../../rig.ts';

const due = Date.parse('2026-11-24T10:00:00Z');

async function aRig(options?: Parameters<typeof createRig>[0]) {
  const rig = createRig(options);
  await rig.prove();
  return rig;
}

async function onlyDelivery(rig: ReturnType<typeof createRig>) {
  const deliveries = await rig.deliveries();
  expect(deliveries).toHaveLength(1);
  return deliveries[0];
}

describe('a notification without trouble', () => {
  it('goes out at its very second, once, and is followed to its end', async () => {
    const rig = await aRig();
    await rig.save(aDefinition({ message: 'It begins at {{eventTime}}.' }));
    await rig.runUntil(due + 5 * minute);
    expect(rig.workspace.sent).toEqual([{ at: due, poolId: financeId, text: 'It begins at 10:00.' }]);
    expect(await onlyDelivery(rig)).toMatchObject({
      state: 'delivered',
      reason: { code: 'all_succeeded' },
      jobId: 'job-1',
      firstAttemptAt: due,
      attempts: [{ n: 1, text: 'It begins at 10:00.', status: 200, requestId: 'request-1', jobId: 'job-1' }],
    });
  });

  it('leaves nothing in the work index when it has ended', async () => {
    const rig = await aRig();
    await rig.save(aDefinition());
    await rig.runUntil(due + 5 * minute);
    expect(await rig.store.deliveriesToWake(Number.MAX_SAFE_INTEGER, 10)).toEqual([]);
  });

  it('is sent once when its message comes twice at the same time', async () => {
    const rig = await aRig();
    await rig.save(aDefinition());
    await rig.runUntil(due - 1);
    rig.clock.moveTo(due);
    const { deliveryId = '' } = (await onlyDelivery(rig)) ?? {};
    const message = { deliveryId, hops: 0 };
    await Promise.all([send(rig.deps, message), send(rig.deps, message), send(rig.deps, message)]);
    expect(rig.workspace.sent).toHaveLength(1);
  });

  it('waits for its due time when its message comes a little early', async () => {
    const rig = await aRig();
    await rig.save(aDefinition());
    await rig.runUntil(due - 2 * second);
    const { deliveryId = '' } = (await onlyDelivery(rig)) ?? {};
    const sending = send(rig.deps, { deliveryId, hops: 0 });
    await new Promise(setImmediate);
    expect(rig.workspace.sent).toEqual([]);
    rig.clock.moveTo(due);
    await sending;
    expect(rig.workspace.sent).toMatchObject([{ at: due }]);
  });

  it('goes out at its due time though its pool cannot be asked for a little earlier, and uses up no hop', async () => {
    const rig = await aRig();
    await rig.save(aDefinition());
    await rig.runUntil(due - 2 * second);
    const { deliveryId = '' } = (await onlyDelivery(rig)) ?? {};
    const until = due - second;
    const listPools = () =>
      rig.clock.now() < until
        ? Promise.reject(new HuaweiUnavailableError('away'))
        : rig.deps.workspace.listPools();
    const workspace = { ...rig.workspace, listPools: async () => listPools() };
    const pools = createPoolDirectory({ ...rig.deps, workspace });
    const sending = send({ ...rig.deps, pools }, { deliveryId, hops: 3 });
    await new Promise(setImmediate);
    rig.clock.moveTo(due);
    await sending;
    expect(rig.workspace.sent).toMatchObject([{ at: due }]);
  });
});

describe('what is no longer wanted', () => {
  it('goes out when a pause ends between its early message and its due time', async () => {
    const rig = await aRig();
    await rig.save(aDefinition());
    await rig.runUntil(due - 10 * second);
    const { deliveryId = '' } = (await onlyDelivery(rig)) ?? {};
    const acting = { who: 'test', owner: 'console' } as const;
    const operation = { scheduleId: 'maintenance', why: 'drill', until: due };
    await pause(rig.deps, operation, acting);
    rig.clock.moveTo(due - 2 * second);
    const sending = send(rig.deps, { deliveryId, hops: 0 });
    await new Promise(setImmediate);
    rig.clock.moveTo(due);
    await sending;
    expect(rig.workspace.sent).toMatchObject([{ at: due }]);
  });

  it('has expired when a pause came after a deadline that an edit had brought forward', async () => {
    const rig = await aRig();
    await rig.save(aDefinition({ maxLateness: '1h' }));
    await rig.runUntil(due - 10 * second);
    await rig.save(aDefinition({ maxLateness: '1m' }));
    const { deliveryId = '' } = (await onlyDelivery(rig)) ?? {};
    rig.clock.moveTo(due + 2 * minute);
    const operation = { scheduleId: 'maintenance', why: 'drill', until: due + 10 * minute };
    await pause(rig.deps, operation, { who: 'test', owner: 'console' });
    await send(rig.deps, { deliveryId, hops: 0 });
    expect(await onlyDelivery(rig)).toMatchObject({ state: 'expired' });
  });

  it('is skipped when the schedule was deleted meanwhile', async () => {
    const rig = await aRig();
    await rig.save(aDefinition());
    await rig.runUntil(due - 10 * second);
    await deleteSchedule(rig.deps, 'maintenance', { who: 'test', owner: 'console' });
    await rig.runUntil(due + minute);
    expect(rig.workspace.sent).toEqual([]);
    expect(await onlyDelivery(rig)).toMatchObject({ state: 'skipped', reason: { code: 'deleted' } });
  });

  it('is skipped when the schedule was moved, and goes out at the new time', async () => {
    const rig = await aRig();
    await rig.save(aDefinition());
    await rig.runUntil(due - 10 * second);
    await rig.save(aDefinition({ cron: '1 10 * * *' }));
    await rig.runUntil(due + 2 * minute);
    expect(rig.workspace.sent).toMatchObject([{ at: due + minute }]);
    expect((await rig.deliveries())[0]).toMatchObject({ state: 'skipped', reason: { code: 'changed' } });
  });

  it('is skipped when the schedule was disabled', async () => {
    const rig = await aRig();
    await rig.save(aDefinition());
    await rig.runUntil(due - 10 * second);
    await rig.save(aDefinition({ enabled: false }));
    await rig.runUntil(due + minute);
    expect(await onlyDelivery(rig)).toMatchObject({ state: 'skipped', reason: { code: 'disabled' } });
  });

  it('carries the new text when only the text was changed', async () => {
    const rig = await aRig();
    await rig.save(aDefinition());
    await rig.runUntil(due - 10 * second);
    await rig.save(aDefinition({ message: 'New.' }));
    await rig.runUntil(due + minute);
    expect(rig.workspace.sent).toMatchObject([{ text: 'New.' }]);
  });

  it('has expired, not been skipped, when the change came after its deadline', async () => {
    const rig = await aRig();
    await rig.save(aDefinition());
    await rig.runUntil(due - 10 * second);
    rig.clock.moveTo(due);
    const { deliveryId = '' } = (await onlyDelivery(rig)) ?? {};
    // The worker stalls while it reads the schedule, and the schedule is deleted long after the deadline.
    const schedules = {
      async getSchedule(id: string) {
        rig.clock.moveTo(due + 6 * minute);
        await deleteSchedule(rig.deps, id, { who: 'test', owner: 'console' });
        return rig.store.getSchedule(id);
      },
    };
    await send({ ...rig.deps, schedules }, { deliveryId, hops: 0 });
    expect(await onlyDelivery(rig)).toMatchObject({ state: 'expired', reason: { code: 'missed' } });
  });

  it('is stopped by an act that is answered while a worker is about to claim', async () => {
    const rig = await aRig();
    await rig.save(aDefinition());
    await rig.runUntil(due - 10 * second);
    rig.clock.moveTo(due);
    const writeDelivery = rig.store.writeDelivery.bind(rig.store);
    let isFirst = true;
    const deliveries = {
      ...rig.store,
      async writeDelivery(delivery: Parameters<typeof writeDelivery>[0]) {
        const result = await writeDelivery(delivery);
        if (isFirst) {
          isFirst = false;
          await deleteSchedule(rig.deps, 'maintenance', { who: 'test', owner: 'console' });
        }
        return result;
      },
    };
    const { deliveryId = '' } = (await onlyDelivery(rig)) ?? {};
    await send({ ...rig.deps, deliveries }, { deliveryId, hops: 0 });
    expect(rig.workspace.sent).toEqual([]);
    expect(await onlyDelivery(rig)).toMatchObject({ state: 'skipped', reason: { code: 'deleted' } });
  });
});

describe("Huawei's answers", () => {
  it('ends a refused one as rejected, with what Huawei said', async () => {
    const rig = await aRig();
    rig.workspace.sendToPool = async () => {
      throw new HuaweiRejectedError('no such pool', { status: 400, errorCode: 'WKS.0001', requestId: 'r-1' });
    };
    await rig.save(aDefinition());
    await rig.runUntil(due + 10 * minute);
    expect(await onlyDelivery(rig)).toMatchObject({
      state: 'rejected',
      attempt: 1,
      reason: { code: 'refused', params: { detail: 'no such pool' } },
      attempts: [{ status: 400, errorCode: 'WKS.0001', requestId: 'r-1' }],
    });
  });

  it('tries again after an unavailable service, and keeps both attempts', async () => {
    const rig = await aRig();
    const { sendToPool } = rig.workspace;
    let tries = 0;
    rig.workspace.sendToPool = (...call) => {
      tries += 1;
      if (tries === 1) throw new HuaweiUnavailableError('busy', { status: 503 });
      return sendToPool(...call);
    };
    await rig.save(aDefinition());
    await rig.runUntil(due + minute);
    expect(await onlyDelivery(rig)).toMatchObject({
      state: 'delivered',
      attempts: [
        { n: 1, status: 503 },
        { n: 2, status: 200 },
      ],
    });
  });

  it('goes on trying until the deadline, then expires with the reason', async () => {
    const rig = await aRig();
    rig.workspace.sendToPool = async () => {
      throw new HuaweiUnavailableError('busy', { status: 503 });
    };
    await rig.save(aDefinition({ maxLateness: '2m' }));
    await rig.runUntil(due + 10 * minute);
    const delivery = await onlyDelivery(rig);
    expect(delivery).toMatchObject({ state: 'expired', reason: { code: 'unavailable' } });
    expect(delivery?.attempt).toBeGreaterThan(3);
  });

  it('calls an uncertain one unknown, and never sends it again', async () => {
    const rig = await aRig();
    let tries = 0;
    rig.workspace.sendToPool = async () => {
      tries += 1;
      throw new OutcomeUnknownError('the connection was reset');
    };
    await rig.save(aDefinition());
    await rig.runUntil(due + 10 * minute);
    expect(tries).toBe(1);
    expect(await onlyDelivery(rig)).toMatchObject({ state: 'unknown', reason: { code: 'no_answer' } });
  });

  it.each([
    ['credentials', new HuaweiCredentialsError('the key is wrong', { status: 401 })],
    ['clock', new HuaweiClockError('signature expired', -901, { status: 401 })],
  ])(
    'closes the gate for all when %s are refused: one bad signature, the rest expire',
    async (code, error) => {
      const rig = await aRig();
      let tries = 0;
      rig.workspace.sendToPool = async () => {
        tries += 1;
        throw error;
      };
      await rig.save(aDefinition({ pools: ['finance'] }));
      await rig.save(aDefinition({ id: 'later', pools: ['engineering', 'support'], cron: '1 10 * * *' }));
      await rig.runUntil(due + 4 * minute);
      expect(tries).toBe(1);
      await rig.runUntil(due + 10 * minute);
      const states = (await rig.deliveries()).map(({ state, reason }) => `${state}: ${reason?.code}`);
      expect(states).toEqual([`expired: ${code}`, `expired: ${code}`, `expired: ${code}`]);
    },
  );

  it('waits out the time that a throttled answer names', async () => {
    const rig = await aRig();
    const { sendToPool } = rig.workspace;
    let isFirst = true;
    rig.workspace.sendToPool = (...call) => {
      if (!isFirst) return sendToPool(...call);
      isFirst = false;
      throw new HuaweiUnavailableError('too many', { status: 429 }, { throttledForSeconds: 60 });
    };
    await rig.save(aDefinition());
    await rig.runUntil(due + 2 * minute);
    expect(rig.workspace.sent).toHaveLength(1);
    expect(rig.workspace.sent[0]?.at).toBeGreaterThanOrEqual(due + minute);
  });

  it('goes back to pending when the guard stops a request before its first byte', async () => {
    const rig = await aRig();
    const { sendToPool } = rig.workspace;
    let isFirst = true;
    rig.workspace.sendToPool = (...call) => {
      if (!isFirst) return sendToPool(...call);
      isFirst = false;
      throw new NotStartedError('the lease was nearly over');
    };
    await rig.save(aDefinition());
    await rig.runUntil(due + minute);
    expect(rig.workspace.sent).toHaveLength(1);
  });
});

describe('what went wrong before the first byte', () => {
  it('had no effect, and is tried again', async () => {
    const rig = await aRig();
    const { sendToPool } = rig.workspace;
    let isFirst = true;
    rig.workspace.sendToPool = (...call) => {
      if (!isFirst) {
        call[2]();
        return sendToPool(...call);
      }
      isFirst = false;
      throw new TypeError('the credentials could not be read');
    };
    await rig.save(aDefinition());
    await rig.runUntil(due + minute);
    expect(await onlyDelivery(rig)).toMatchObject({ state: 'delivered', attempt: 2 });
  });

  it('leaves an attempt that says so when an act stops a claimed delivery', async () => {
    const rig = await aRig();
    await rig.save(aDefinition());
    await rig.runUntil(due - 10 * second);
    rig.clock.moveTo(due);
    const { getSchedule } = rig.store;
    let looks = 0;
    const schedules = {
      async getSchedule(id: string) {
        looks += 1;
        if (looks === 3) await deleteSchedule(rig.deps, id, { who: 'test', owner: 'console' });
        return getSchedule(id);
      },
    };
    const { deliveryId = '' } = (await onlyDelivery(rig)) ?? {};
    await send({ ...rig.deps, schedules }, { deliveryId, hops: 0 });
    expect(await onlyDelivery(rig)).toMatchObject({
      state: 'skipped',
      attempts: [{ error: 'nothing was sent', endedAt: due }],
    });
  });
});

describe('the text', () => {
  it('tells the time left at the claim, however long the worker stood still before it', async () => {
    const rig = await aRig();
    await rig.save(aDefinition({ leadTimes: ['30m'], maxLateness: '1h', message: '{{minutesLeft}}' }));
    await rig.runUntil(due - 30 * minute - 1);
    rig.clock.moveTo(due - 30 * minute);
    const { getSchedule } = rig.store;
    let looks = 0;
    const schedules = {
      ...rig.store,
      async getSchedule(id: string) {
        looks += 1;
        if (looks === 2) rig.clock.moveTo(due - 15 * minute);
        return getSchedule(id);
      },
    };
    const { deliveryId = '' } = (await onlyDelivery(rig)) ?? {};
    await send({ ...rig.deps, schedules }, { deliveryId, hops: 0 });
    expect(rig.workspace.sent).toMatchObject([{ text: '15' }]);
  });
});

describe('a corrected key', () => {
  it('lets what the wrong one held up go out at once', async () => {
    const rig = await aRig();
    const { sendToPool } = rig.workspace;
    let isWrong = true;
    rig.workspace.sendToPool = (...call) => {
      if (isWrong) throw new HuaweiCredentialsError('the key is wrong', { status: 401 });
      return sendToPool(...call);
    };
    await rig.save(aDefinition());
    await rig.runUntil(due + 5 * second);
    isWrong = false;
    await rig.prove();
    await rig.runUntil(due + 20 * second);
    expect(rig.workspace.sent).toHaveLength(1);
  });

  it('is proved by a refusal that only an accepted signature gets', async () => {
    const rig = createRig();
    const { sendToPool } = rig.workspace;
    rig.workspace.sendToPool = (poolId, ...rest) => {
      if (poolId === financeId) throw new HuaweiRejectedError('no such pool', { errorCode: 'WKS.0001' });
      return sendToPool(poolId, ...rest);
    };
    await rig.save(aDefinition({ id: 'bad', pools: [financeId] }));
    const good = '22222222-2222-4222-8222-222222222222';
    for (let i = 0; i < 20; i += 1) await rig.save(aDefinition({ id: `good-${i}`, pools: [good] }));
    await rig.runUntil(due + minute);
    expect(rig.workspace.sent).toHaveLength(20);
  });
});

describe('keys that cannot be read', () => {
  it('keep a job waiting for its next look', async () => {
    let isAway = false;
    const rig = await aRig({
      fingerprint: async () => {
        if (isAway) throw new KeyUnreadableError('the secret cannot be read: AccessDenied');
        return 'key-1';
      },
    });
    await rig.save(aDefinition());
    await rig.runUntil(due + second);
    isAway = true;
    await rig.runUntil(due + minute);
    expect(await onlyDelivery(rig)).toMatchObject({ state: 'accepted', polls: 0 });
    isAway = false;
    await rig.runUntil(due + 3 * minute);
    expect(await onlyDelivery(rig)).toMatchObject({ state: 'delivered' });
  });

  it('keep a delivery waiting, with that reason, and let it go out once they can', async () => {
    let isAway = false;
    const rig = await aRig({
      fingerprint: async () => {
        if (isAway) throw new KeyUnreadableError('the secret cannot be read: AccessDenied');
        return 'key-1';
      },
    });
    for (const id of ['soon', 'late'])
      await rig.save(aDefinition({ id, pools: [financeId], maxLateness: id === 'soon' ? '1m' : '1h' }));
    isAway = true;
    await rig.runUntil(due + 2 * minute);
    const [late, soon] = (await rig.deliveries()).toSorted((a, b) => (a.deliveryId < b.deliveryId ? -1 : 1));
    expect(late).toMatchObject({ state: 'pending', waitingFor: { code: 'key_unreadable' } });
    expect(soon).toMatchObject({
      state: 'expired',
      reason: { code: 'key_unreadable', params: { detail: 'the secret cannot be read: AccessDenied' } },
    });
    isAway = false;
    await rig.runUntil(due + 3 * minute);
    expect(rig.workspace.sent).toHaveLength(1);
  });
});

describe('an edit', () => {
  it('that allows more lateness keeps what is waiting', async () => {
    const rig = await aRig();
    const { sendToPool } = rig.workspace;
    let isFirst = true;
    rig.workspace.sendToPool = (...call) => {
      if (!isFirst) return sendToPool(...call);
      isFirst = false;
      throw new HuaweiUnavailableError('too many', { status: 429 }, { throttledForSeconds: 50 });
    };
    await rig.save(aDefinition({ maxLateness: '1m' }));
    await rig.save(aDefinition({ id: 'other', maxLateness: '1m' }));
    await rig.runUntil(due + second);
    await rig.save(aDefinition({ maxLateness: '1h' }));
    await rig.runUntil(due + 5 * minute);
    const { state } = (await rig.deliveries()).find(({ scheduleId }) => scheduleId === 'maintenance') ?? {};
    expect(state).toBe('delivered');
  });
});

describe('pools', () => {
  it('are known for an hour when Huawei cannot be asked for them', async () => {
    const rig = await aRig();
    await rig.save(aDefinition());
    await rig.save(aDefinition({ id: 'later', cron: '30 10 * * *' }));
    await rig.runUntil(due + minute);
    rig.workspace.listPools = async () => {
      throw new HuaweiUnavailableError('busy');
    };
    await rig.runUntil(due + 31 * minute);
    expect(rig.workspace.sent.map(({ at }) => at)).toEqual([due, due + 30 * minute]);
  });

  it('do not hold up a notification when the answer takes long', async () => {
    const rig = await aRig();
    await rig.save(aDefinition());
    await rig.save(aDefinition({ id: 'later', cron: '30 10 * * *' }));
    await rig.runUntil(due + minute);
    rig.workspace.listPools = () => new Promise(() => {});
    await rig.runUntil(due + 30 * minute - 1);
    rig.clock.moveTo(due + 30 * minute);
    const sending = rig.workDue();
    await new Promise(setImmediate);
    rig.clock.moveTo(due + 30 * minute + second);
    await sending;
    expect(rig.workspace.sent.at(-1)?.at).toBe(due + 30 * minute + second);
  });

  it('end nothing when the list is empty', async () => {
    const rig = await aRig();
    const all = rig.workspace.pools;
    rig.workspace.pools = [];
    await rig.save(aDefinition());
    await rig.runUntil(due + 10 * second);
    rig.workspace.pools = all;
    await rig.runUntil(due + minute);
    expect(rig.workspace.sent).toHaveLength(1);
  });

  it('ends a delivery to a pool that nobody knows as rejected', async () => {
    const rig = await aRig();
    await rig.save(aDefinition({ pools: ['nobody'] }));
    await rig.runUntil(due + minute);
    expect(await onlyDelivery(rig)).toMatchObject({ state: 'rejected', reason: { code: 'unknown_pool' } });
  });

  it('sends to a pool given by its id without asking for names', async () => {
    const rig = await aRig();
    rig.workspace.listPools = async () => {
      throw new HuaweiUnavailableError('busy');
    };
    await rig.save(aDefinition({ pools: [financeId] }));
    await rig.runUntil(due + minute);
    expect(rig.workspace.sent).toMatchObject([{ at: due, poolId: financeId }]);
  });

  it('waits while the names cannot be asked for', async () => {
    const rig = await aRig();
    const { listPools } = rig.workspace;
    let failures = 0;
    rig.workspace.listPools = async () => {
      failures += 1;
      if (failures < 3) throw new HuaweiUnavailableError('busy');
      return listPools.call(rig.workspace);
    };
    await rig.save(aDefinition());
    await rig.runUntil(due + minute);
    expect(await onlyDelivery(rig)).toMatchObject({ state: 'delivered', attempt: 1 });
  });
});

describe('the limit', () => {
  it('lets no more than the limit into any 62 s, and the rest follow before their deadlines', async () => {
    const rig = await aRig({ sendsPerMinute: 10 });
    for (let i = 0; i < 25; i += 1) await rig.save(aDefinition({ id: `s${i}` }));
    await rig.runUntil(due + 5 * minute);
    const times = rig.workspace.sent.map(({ at }) => at).sort((a, b) => a - b);
    expect(times).toHaveLength(25);
    for (const at of times) {
      expect(times.filter((other) => other >= at && other < at + 62 * second).length).toBeLessThanOrEqual(10);
    }
  });

  it('is told of once by each that waits for it', async () => {
    const rig = await aRig({ sendsPerMinute: 10 });
    const told: string[] = [];
    rig.deps.log = {
      ...rig.deps.log,
      info: (event: string, fields?: LogFields) => void told.push(`${event} ${fields?.scheduleId}`),
    };
    for (let i = 10; i < 35; i += 1) await rig.save(aDefinition({ id: `s${i}` }));
    await rig.runUntil(due + 5 * minute);
    const waited = told.filter((line) => line.startsWith('waiting '));
    expect(waited).toHaveLength(15);
    expect(new Set(waited).size).toBe(15);
  });

  it('lets the rest expire with that reason when their deadlines come first', async () => {
    const rig = await aRig({ sendsPerMinute: 10 });
    for (let i = 0; i < 15; i += 1) await rig.save(aDefinition({ id: `s${i}`, maxLateness: '1m' }));
    await rig.runUntil(due + 5 * minute);
    const reasons = (await rig.deliveries()).map(({ reason }) => reason?.code);
    expect(reasons.filter((code) => code === 'rate_limit')).toHaveLength(5);
    expect(reasons.filter((code) => code === 'all_succeeded')).toHaveLength(10);
  });

  it('leaves no slot unused while something waits', async () => {
    const rig = await aRig({ sendsPerMinute: 10 });
    for (let i = 0; i < 80; i += 1) await rig.save(aDefinition({ id: `s${i}`, maxLateness: '10m' }));
    await rig.runUntil(due + 10 * minute);
    const times = rig.workspace.sent.map(({ at }) => (at - due) / second);
    expect(times).toHaveLength(80);
    expect(Math.max(...times)).toBeLessThan(7 * 62 + 5);
  });

  it('tries an unproven key with one request before the others follow', async () => {
    const rig = createRig();
    for (let i = 0; i < 3; i += 1) await rig.save(aDefinition({ id: `s${i}`, pools: [financeId] }));
    await rig.runUntil(due);
    expect(rig.workspace.sent).toHaveLength(1);
    await rig.runUntil(due + 11 * second);
    expect(rig.workspace.sent).toHaveLength(3);
  });
});
