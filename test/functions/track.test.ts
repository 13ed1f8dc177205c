import { expect, it } from 'vitest';
import { createHandler } from '../../functions/track.ts';
import { minute } from '../../lib/domain/time/instant.ts';
import { createJsonLog } from '../../lib/lambda/json-log.ts';
import { aDefinition, createRig, start } from '../rig.ts';
import { context, sqsEvent } from './events.ts';

const dueAt = start + 5 * minute;

/** A delivery that Huawei has accepted, and whose job has ended meanwhile. */
async function anAccepted() {
  const rig = createRig();
  await rig.prove();
  await rig.save(aDefinition({ at: '2026-11-24T09:05', cron: undefined }));
  await rig.runUntil(dueAt + 1_000);
  rig.clock.moveTo(dueAt + minute);
  const lines: string[] = [];
  const log = createJsonLog(rig.clock, 'test', (line) => lines.push(line));
  const [delivery] = await rig.deliveries();
  const body = JSON.stringify({ deliveryId: delivery?.deliveryId, hops: 0 });
  return { ...rig, deps: { ...rig.deps, log }, body, logged: () => lines.map((line) => JSON.parse(line)) };
}

it('follows the jobs of a batch, and lets only what cannot be read fail', async () => {
  const { deps, body, deliveries, logged } = await anAccepted();
  const answer = await createHandler(async () => deps)(sqsEvent('track', ['{}', body]), context);
  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] });
  expect((await deliveries()).map(({ state }) => state)).toEqual(['delivered']);
  expect(logged()).toContainEqual(
    expect.objectContaining({ event: 'delivered', scheduleId: 'maintenance', jobId: 'job-1', Delivered: 1 }),
  );
});
