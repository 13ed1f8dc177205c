import { describe, expect, it } from 'vitest';
import { minute, second } from '../../lib/domain/time/instant.ts';
import { tick } from '../../lib/usecases/planning/tick.ts';
import { send } from '../../lib/usecases/sending/send.ts';
import { track } from '../../lib/usecases/sending/track.ts';
import { aDefinition, createRig, start } from '../rig.ts';

type Rig = ReturnType<typeof createRig>;

/** What a process that died leaves behind: nothing goes on, and nothing answers. */
const never = new Promise<never>(() => {});

/** The ports of a process that dies at its k-th call: before the call takes effect, or right after. */
function dying(rig: Rig, k: number, when: 'before' | 'after') {
  let calls = 0;
  let died = () => {};
  const death = new Promise<'died'>((resolve) => {
    died = () => resolve('died');
  });
  const wrap = <T extends object>(port: T): T =>
    new Proxy(port, {
      get(target, name, receiver) {
        const member = Reflect.get(target, name, receiver);
        if (typeof member !== 'function') return member;
        return async (...args: unknown[]) => {
          calls += 1;
          if (calls > k || (calls === k && when === 'before')) {
            died();
            return never;
          }
          const answer = await member.apply(target, args);
          if (calls < k) return answer;
          died();
          return never;
        };
      },
    });
  const { store, queue, workspace } = rig;
  const deps = {
    ...rig.deps,
    schedules: wrap(store),
    deliveries: wrap(store),
    tickLog: wrap(store),
    queue: wrap(queue),
    workspace: wrap(workspace),
  };
  return { deps, death, calls: () => calls };
}

/** Tells every notification from every other. */
const message = '{{schedule}} {{eventTime}} {{minutesLeft}}';

async function aPreparedRig(): Promise<Rig> {
  const rig = createRig({ startAt: start });
  await rig.prove();
  await rig.save(aDefinition({ id: 'one', message, at: '2026-11-24T09:05', pools: ['finance', 'support'] }));
  await rig.save(aDefinition({ id: 'two', message, cron: '*/5 * * * *', leadTimes: ['1m', '0m'] }));
  await rig.runUntil(start + 2 * minute - second);
  rig.clock.moveTo(start + 4 * minute);
  return rig;
}

/** One process: a tick, then what is due now and a minute later. */
async function oneProcess(rig: Rig, deps: Rig['deps']): Promise<'done'> {
  await tick(deps, rig.clock.now());
  await workDue(rig, deps);
  rig.clock.moveTo(start + 5 * minute);
  await workDue(rig, deps);
  return 'done';
}

async function workDue(rig: Rig, deps: Rig['deps']): Promise<void> {
  for (const message of rig.dueNow()) {
    await (message.kind === 'track' ? track(deps, message) : send(deps, message));
  }
}

/** Lets the next process go on, and gives what became of all that was due in the first quarter of an hour. */
async function theRest(rig: Rig) {
  await rig.tick();
  await rig.runUntil(start + 20 * minute + 30 * second);
  return (await rig.deliveries()).filter(({ dueAt }) => dueAt <= start + 15 * minute);
}

async function withoutCrash() {
  const rig = await aPreparedRig();
  const { deps, calls } = dying(rig, Number.POSITIVE_INFINITY, 'after');
  await oneProcess(rig, deps);
  const deliveryIds = (await theRest(rig)).map(({ deliveryId }) => deliveryId);
  return { calls: calls(), deliveryIds };
}

describe('a process that dies at any call', () => {
  it.each(['before', 'after'] as const)(
    'loses nothing and doubles nothing: %s the call takes effect',
    async (when) => {
      const { calls, deliveryIds } = await withoutCrash();
      expect(calls).toBeGreaterThan(30);
      for (let k = 1; k <= calls; k += 1) {
        const rig = await aPreparedRig();
        const { deps, death } = dying(rig, k, when);
        await Promise.race([oneProcess(rig, deps), death]);
        const deliveries = await theRest(rig);
        expect(
          deliveries.map(({ deliveryId }) => deliveryId),
          `k=${k}`,
        ).toEqual(deliveryIds);
        const outcomes = deliveries.map(({ state }) => state);
        expect(
          outcomes.filter((state) => state !== 'delivered' && state !== 'unknown'),
          `k=${k}`,
        ).toEqual([]);
        expect(outcomes.filter((state) => state === 'unknown').length, `k=${k}`).toBeLessThanOrEqual(1);
        const requests = rig.workspace.sent.map(({ at, poolId, text }) => `${at} ${poolId} ${text}`);
        expect(new Set(requests).size, `k=${k}`).toBe(requests.length);
      }
    },
    60_000,
  );
});
