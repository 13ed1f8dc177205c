import { describe, expect, it } from 'vitest';
import { createHandler } from '../../functions/send.ts';
import { StoreError } from '../../lib/domain/codes/errors.ts';
import { minute, second } from '../../lib/domain/time/instant.ts';
import { createJsonLog } from '../../lib/lambda/json-log.ts';
import { aDefinition, createRig, start } from '../rig.ts';
import { context, contextWith, sqsEvent } from './events.ts';

const dueAt = start + 5 * minute;

/** Two deliveries that are due now, one for each pool. */
async function twoDue() {
  const rig = createRig();
  await rig.prove();
  await rig.save(aDefinition({ at: '2026-11-24T09:05', cron: undefined, pools: ['finance', 'support'] }));
  rig.clock.moveTo(dueAt - minute);
  await rig.tick();
  rig.clock.moveTo(dueAt + 250);
  const lines: string[] = [];
  const log = createJsonLog(rig.clock, 'test', (line) => lines.push(line));
  const deps = { ...rig.deps, log };
  const bodies = (await rig.deliveries()).map(({ deliveryId }) => JSON.stringify({ deliveryId, hops: 0 }));
  return { ...rig, deps, bodies, logged: () => lines.map((line) => JSON.parse(line)) };
}

/** Lets so many seconds pass, one pause after the other. */
async function passTime(clock: ReturnType<typeof createRig>['clock'], ...seconds: number[]): Promise<void> {
  for (const pause of seconds) {
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    clock.moveTo(clock.now() + pause * second);
  }
}

describe('a batch of messages', () => {
  it('is sent, and told with lateness and ids', async () => {
    const { deps, bodies, workspace, logged } = await twoDue();
    const answer = await createHandler(async () => deps)(sqsEvent('send', bodies), context);
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(workspace.sent).toHaveLength(2);
    expect(logged()[0]).toMatchObject({
      event: 'accepted',
      scheduleId: 'maintenance',
      deliveryId: expect.stringMatching(/^maintenance\./),
      pool: expect.stringMatching(/finance|support/),
      attempt: 1,
      jobId: 'job-1',
      requestId: 'request-1',
      Accepted: 1,
      Attempts: 1,
      Lateness: 250,
    });
  });

  it('loses only the message that cannot be read', async () => {
    const { deps, bodies, workspace, logged } = await twoDue();
    const event = sqsEvent('send', [bodies[0] ?? '', 'no message', bodies[1] ?? '']);
    const answer = await createHandler(async () => deps)(event, context);
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'm2' }] });
    expect(workspace.sent).toHaveLength(2);
    expect(logged()).toContainEqual(
      expect.objectContaining({ event: 'message-failed', messageId: 'm2', body: 'no message' }),
    );
  });

  it('tells of a message that failed how often it came, and no more of it than the beginning', async () => {
    const { deps, logged } = await twoDue();
    const event = sqsEvent('send', ['x'.repeat(10_000)]);
    await createHandler(async () => deps)(event, context);
    expect(logged()).toMatchObject([
      { event: 'message-failed', body: 'x'.repeat(500), received: 1, MessageFailures: 1 },
    ]);
  });

  it('gives back only the message whose delivery cannot be worked on', async () => {
    const { deps, bodies, workspace } = await twoDue();
    const [first = ''] = bodies;
    const deliveries = {
      ...deps.deliveries,
      getDelivery: (id: string) =>
        first.includes(id) ? Promise.reject(new StoreError('away')) : deps.deliveries.getDelivery(id),
    };
    const handler = createHandler(async () => ({ ...deps, deliveries }));
    const answered = handler(sqsEvent('send', bodies), context);
    await passTime(deps.clock, 1, 3);
    expect(await answered).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] });
    expect(workspace.sent).toHaveLength(1);
  });

  it('goes out in time although the store is away for a moment', async () => {
    const { deps, bodies, workspace, logged } = await twoDue();
    let refusals = 4;
    const deliveries = {
      ...deps.deliveries,
      getDelivery: (id: string) =>
        refusals-- > 0 ? Promise.reject(new StoreError('away')) : deps.deliveries.getDelivery(id),
    };
    const handler = createHandler(async () => ({ ...deps, deliveries }));
    const answered = handler(sqsEvent('send', bodies), context);
    await passTime(deps.clock, 1, 3);
    expect(await answered).toEqual({ batchItemFailures: [] });
    expect(workspace.sent).toHaveLength(2);
    expect(logged().map(({ event }) => event)).toEqual(['accepted', 'accepted']);
  });

  it('is not begun anew when too little time is left for it', async () => {
    const { deps, bodies } = await twoDue();
    let looks = 0;
    const deliveries = {
      ...deps.deliveries,
      getDelivery: () => {
        looks += 1;
        return Promise.reject(new StoreError('away'));
      },
    };
    const handler = createHandler(async () => ({ ...deps, deliveries }));
    const answer = await handler(
      sqsEvent('send', bodies.slice(0, 1)),
      contextWith(() => 30 * second),
    );
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] });
    expect(looks).toBe(1);
  });

  it('comes back as a whole when nothing can be built', async () => {
    const { bodies } = await twoDue();
    const handler = createHandler(() => Promise.reject(new StoreError('away')));
    await expect(handler(sqsEvent('send', bodies), context)).rejects.toThrow('away');
  });
});
