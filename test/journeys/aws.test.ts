import { describe, expect, it } from 'vitest';
import { minute } from '../../lib/domain/time/instant.ts';
import { pause } from '../../lib/usecases/changes/acts.ts';
import { createAwsRig } from '../aws/aws-rig.ts';
import type { Seen } from '../aws/proxy.ts';
import { aDefinition, start } from '../rig.ts';

const event = start + 10 * minute;
const definition = aDefinition({
  at: '2026-11-24T09:10',
  cron: undefined,
  pools: ['engineering', 'support'],
  leadTimes: ['5m', '2m'],
  message: '{{minutesLeft}} minutes left',
});
const texts = ['2 minutes left', '2 minutes left', '5 minutes left', '5 minutes left'];

async function aRig(options?: { copies?: number; losesFirst?: boolean }) {
  const rig = await createAwsRig(options);
  await rig.deps.gatekeeper.proved();
  await rig.save(definition);
  const arrived = async () => (await rig.received()).map(({ text }) => text).sort();
  const ends = async () =>
    (await rig.deliveries()).map(({ state, jobId }) => `${state} ${jobId !== undefined}`);
  return { ...rig, arrived, ends };
}

/** Everything was sent once, and is on record with its end. */
async function expectOnce(rig: Awaited<ReturnType<typeof aRig>>) {
  expect(await rig.arrived()).toEqual(texts);
  expect(await rig.ends()).toEqual(Array(4).fill('delivered true'));
}

const isWrite = ({ operation }: Seen) => operation === 'PutItem';

/** All of it is real requests on a loaded machine. */
describe('on DynamoDB', { timeout: 30_000 }, () => {
  it('a warning is planned, sent when it is due, and followed to its end', async () => {
    const rig = await aRig();
    await rig.runUntil(event + 5 * minute);
    await expectOnce(rig);
    const sent = (await rig.deliveries()).map(({ dueAt, firstAttemptAt = 0 }) => firstAttemptAt - dueAt);
    expect(sent).toEqual([0, 0, 0, 0]);
  });

  it('a message that comes three times at once is sent once', async () => {
    const rig = await aRig({ copies: 3 });
    await rig.runUntil(event + 5 * minute);
    await expectOnce(rig);
  });

  it('a message that is lost is made good by the sweep', async () => {
    const rig = await aRig({ losesFirst: true });
    await rig.runUntil(event + 5 * minute);
    expect((await rig.arrived()).length).toBe(4);
    const late = (await rig.deliveries()).map(({ dueAt, firstAttemptAt = 0 }) => firstAttemptAt - dueAt);
    expect(Math.max(...late)).toBeLessThanOrEqual(minute);
    expect(await rig.ends()).toEqual(Array(4).fill('delivered true'));
  });

  it('three ticks at once plan and send once', async () => {
    const rig = await aRig();
    await rig.runUntil(event + 5 * minute, 3);
    await expectOnce(rig);
  });

  it.each([1, 2, 3, 4, 5, 6, 7])(
    'a tick that fails at its write %i is made good by the next one',
    async (n) => {
      const rig = await aRig();
      await rig.runUntil(start + 3 * minute - 1);
      let writes = 0;
      rig.proxy.spoil((request) => (isWrite(request) && ++writes >= n ? 'refuse' : 'pass'));
      rig.clock.moveTo(start + 3 * minute);
      await rig.tick().catch(() => {});
      expect(writes).toBeGreaterThan(0);
      rig.proxy.spoil(() => 'pass');
      await rig.runUntil(event + 5 * minute);
      await expectOnce(rig);
    },
  );

  it('the answer to every write may be lost: the repetition knows its own value again', async () => {
    const rig = await aRig();
    const lost = new Set<string>();
    rig.proxy.spoil((request) => {
      const body = JSON.stringify(request.body);
      if (!isWrite(request) || lost.has(body)) return 'pass';
      lost.add(body);
      return 'lose';
    });
    await rig.runUntil(event + 5 * minute);
    await expectOnce(rig);
    expect(lost.size).toBeGreaterThan(20);
  });

  it('indexes may lag a minute behind', async () => {
    const rig = await aRig();
    let asked = 0;
    rig.proxy.spoil(({ body }) => (body.IndexName !== undefined && ++asked % 2 === 0 ? 'stale' : 'pass'));
    await rig.runUntil(event + 6 * minute);
    rig.proxy.spoil(() => 'pass');
    await expectOnce(rig);
    expect(asked).toBeGreaterThan(20);
  });

  it('a pause that is answered stops all that comes after it', async () => {
    const rig = await aRig();
    await rig.runUntil(event - 3 * minute);
    await pause(rig.deps, { scheduleId: definition.id, why: 'late' }, { who: 'ana', owner: 'console' });
    await rig.runUntil(event + 5 * minute);
    expect(await rig.arrived()).toEqual(['5 minutes left', '5 minutes left']);
    expect(new Set(await rig.ends())).toEqual(new Set(['delivered true', 'skipped false']));
  });
});
