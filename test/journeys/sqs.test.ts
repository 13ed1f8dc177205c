import { expect, it, onTestFinished } from 'vitest';
import { createSqsQueue, parseMessage } from '../../lib/aws/sqs-queue.ts';
import { systemClock as clock } from '../../lib/clock.ts';
import { simulatorKeys } from '../../lib/config.ts';
import { type Instant, isoOf, second } from '../../lib/domain/time/instant.ts';
import { createWorkspace } from '../../lib/huawei/workspace.ts';
import { Secret } from '../../lib/secret.ts';
import { saveDefinition } from '../../lib/usecases/changes/schedules.ts';
import { tick } from '../../lib/usecases/planning/tick.ts';
import { send } from '../../lib/usecases/sending/send.ts';
import { track } from '../../lib/usecases/sending/track.ts';
import { startSimulator } from '../../local/simulator/server.ts';
import { openProxiedTable } from '../aws/open-table.ts';
import { openSqs } from '../aws/queue.ts';
import { aDefinition, useCaseDeps } from '../rig.ts';

const pools = ['engineering', 'support'];

/** The use cases over DynamoDB and SQS with the simulator, all in real time. */
async function aHouse() {
  const simulator = await startSimulator({ now: Date.now });
  const workspace = createWorkspace({
    endpoint: simulator.url,
    projectId: simulatorKeys.projectId,
    credentials: async () => ({ ...simulatorKeys, secretKey: new Secret(simulatorKeys.secretKey) }),
    now: Date.now,
  });
  onTestFinished(async () => {
    await workspace.close();
    await simulator.close();
  });
  const { store } = await openProxiedTable(clock.now);
  const sqs = await openSqs();
  const queue = createSqsQueue({ ...sqs, now: clock.now });
  const deps = useCaseDeps({ store, queue, clock, workspace });
  const received = async () => {
    const answer = await fetch(`${simulator.url}/_simulator/notifications`);
    return ((await answer.json()) as { items: { pool: string; at: string }[] }).items;
  };
  return { deps, sqs, store, received };
}

/** Hands over every message twice at once, as SQS may, until the deliveries have ended. */
async function pump({ deps, sqs, store }: Awaited<ReturnType<typeof aHouse>>, until: Instant) {
  const lanes = [
    [sqs.sendQueueUrl, send],
    [sqs.trackQueueUrl, track],
  ] as const;
  const hasEnded = async () => {
    const { items } = await store.listDeliveries({ limit: 10 });
    return items.length === pools.length && items.every(({ endedAt }) => endedAt !== undefined);
  };
  while (!(await hasEnded()) && clock.now() < until) {
    const bodies = await Promise.all(lanes.map(([url]) => sqs.receive(url, 1)));
    const work = lanes.flatMap(([, worker], i) =>
      (bodies[i] ?? []).flatMap((body) => [body, body].map((same) => worker(deps, parseMessage(same)))),
    );
    await Promise.all(work);
  }
}

it('sends once, at the second and not before, what SQS hands over twice, and follows it to its end', async () => {
  const house = await aHouse();
  const { deps, store, received } = house;
  const dueAt = Math.ceil(clock.now() / second) * second + 8 * second;
  await deps.gatekeeper.proved();
  const definition = aDefinition({ at: isoOf(dueAt).slice(0, 19), cron: undefined, pools });
  await saveDefinition(deps, definition, { who: 'test', owner: 'console' });
  await Promise.all([tick(deps, clock.now()), tick(deps, clock.now())]);
  await pump(house, dueAt + 60 * second);
  const arrived = await received();
  expect(arrived.map(({ pool }) => pool).sort()).toEqual(pools);
  for (const { at } of arrived) {
    expect(Date.parse(at)).toBeGreaterThanOrEqual(dueAt);
    expect(Date.parse(at)).toBeLessThan(dueAt + 2 * second);
  }
  const states = (await store.listDeliveries({ limit: 10 })).items.map(({ state }) => state);
  expect(states).toEqual(['delivered', 'delivered']);
}, 90_000);
