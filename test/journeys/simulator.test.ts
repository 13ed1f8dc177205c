import { describe, expect, it } from 'vitest';
import { simulatorKeys } from '../../lib/config.ts';
import { minute, second } from '../../lib/domain/time/instant.ts';
import type { FaultAnswer } from '../../local/simulator/faults.ts';
import { aDefinition, createRig, start } from '../rig.ts';
import { startSimulated } from './simulated.ts';

const due = start + 10 * minute;

/** The use cases, the real client and the simulator, all by one clock that the test moves. */
async function aJourney({ secretKey = simulatorKeys.secretKey, sendsPerMinute = 90, clockOffBy = 0 } = {}) {
  const { clock, simulator, workspace, received } = await startSimulated({ secretKey, clockOffBy });
  const rig = createRig({ clock, workspace, sendsPerMinute });
  const inject = async (answer: FaultAnswer, times = 1) => {
    const body = JSON.stringify({ match: { operation: 'sendToPool' }, answer, times });
    const { status } = await fetch(`${simulator.url}/_simulator/faults`, { method: 'POST', body });
    expect(status).toBe(204);
  };
  return { ...rig, simulator, inject, received };
}

const once = { at: '2026-11-24T09:10' };

describe('from due to tracked', () => {
  it('arrives on the second, and ends with what became of each desktop', async () => {
    const journey = await aJourney();
    await journey.save(
      aDefinition({ ...once, pools: ['engineering', 'finance', 'spare'], message: 'At {{eventTime}}.' }),
    );
    await journey.runUntil(due + 5 * minute);
    const received = await journey.received();
    expect(received.map(({ pool, text, at }) => [pool, text, at]).sort()).toEqual(
      ['engineering', 'finance', 'spare'].map((pool) => [pool, 'At 09:10.', '2026-11-24T09:10:00.000Z']),
    );
    const ended = (await journey.deliveries()).map(({ pool, state, job }) => [
      pool,
      state,
      job?.succeeded,
      job?.total,
    ]);
    expect(ended.sort()).toEqual([
      ['engineering', 'delivered', 12, 12],
      ['finance', 'partial', 6, 8],
      ['spare', 'undelivered', 0, 0],
    ]);
  });

  it('names the desktops that failed, and why', async () => {
    const journey = await aJourney();
    await journey.save(aDefinition({ ...once, pools: ['finance'] }));
    await journey.runUntil(due + 5 * minute);
    const [delivery] = await journey.deliveries();
    expect(delivery?.job?.failures).toHaveLength(2);
    for (const failure of delivery?.job?.failures ?? []) {
      expect(failure).toMatchObject({
        desktopName: expect.stringMatching(/./),
        reason: expect.stringMatching(/./),
      });
    }
  });
});

describe('what goes wrong on the way', () => {
  it.each<[FaultAnswer, string, string | undefined, number]>([
    ['429', 'delivered', 'all_succeeded', 1],
    ['500', 'delivered', 'all_succeeded', 1],
    ['503', 'delivered', 'all_succeeded', 1],
    ['409', 'delivered', 'all_succeeded', 1],
    ['400', 'rejected', 'refused', 0],
    ['403', 'rejected', 'refused', 0],
    ['404', 'rejected', 'refused', 0],
    ['504', 'unknown', 'no_answer', 0],
    ['html', 'unknown', 'no_answer', 0],
    ['no-job-id', 'unknown', 'no_answer', 1],
    ['reset-after-read', 'unknown', 'no_answer', 1],
    ['hang', 'unknown', 'no_answer', 0],
  ])('%s once: ends as %s', async (answer, state, code, arrived) => {
    const journey = await aJourney();
    await journey.inject(answer);
    await journey.save(aDefinition({ ...once, pools: ['engineering'] }));
    await journey.runUntil(due + 10 * minute);
    expect(await journey.deliveries()).toMatchObject([{ state, reason: { code } }]);
    expect(await journey.received()).toHaveLength(arrived);
  });

  it('keeps what STS can decode of a refusal', async () => {
    const journey = await aJourney();
    await journey.inject('403');
    await journey.save(aDefinition({ ...once, pools: ['engineering'] }));
    await journey.runUntil(due + minute);
    const [delivery] = await journey.deliveries();
    expect(delivery?.attempts[0]?.encodedAuthorizationMessage).toMatch(/./);
  });

  it('sends one bad signature when the secret is wrong, however much is due', async () => {
    const journey = await aJourney({ secretKey: 'not-the-secret' });
    for (let i = 0; i < 20; i += 1) await journey.save(aDefinition({ id: `s${i}`, ...once }));
    await journey.runUntil(due + 4 * minute);
    expect(journey.simulator.state.gateway.failuresInRow).toBe(1);
    await journey.runUntil(due + 10 * minute);
    const reasons = (await journey.deliveries()).map(({ state, reason }) => `${state}: ${reason?.code}`);
    expect(new Set(reasons)).toEqual(new Set(['expired: credentials']));
    expect(await journey.received()).toEqual([]);
  });

  it('says by how much the clock is wrong', async () => {
    const journey = await aJourney({ clockOffBy: 20 * minute });
    await journey.save(aDefinition({ ...once, pools: ['6c1f0a52-7d3e-4b08-9c41-5e2a80b7d914'] }));
    await journey.runUntil(due + 10 * minute);
    const [delivery] = await journey.deliveries();
    expect(delivery).toMatchObject({ state: 'expired', reason: { code: 'clock' } });
    expect(String(delivery?.reason?.params.detail)).toMatch(/20 min|1,?200 s/);
  });
});

describe('250 due in one minute', () => {
  it('all go out before their deadlines, and the limit is never met', async () => {
    const journey = await aJourney();
    for (let i = 0; i < 250; i += 1) {
      await journey.save(aDefinition({ id: `s${i}`, ...once, pools: ['engineering'] }));
    }
    await journey.runUntil(due + 6 * minute);
    expect(await journey.received()).toHaveLength(250);
    const attempts = (await journey.deliveries()).flatMap((delivery) => delivery.attempts);
    expect(attempts.filter(({ status }) => status === 429)).toEqual([]);
  });

  it('expire by the limit where their deadlines come first', async () => {
    const journey = await aJourney();
    for (let i = 0; i < 250; i += 1) {
      await journey.save(aDefinition({ id: `s${i}`, ...once, pools: ['engineering'], maxLateness: '1m' }));
    }
    await journey.runUntil(due + 6 * minute);
    const deliveries = await journey.deliveries();
    const sent = deliveries.filter(({ attempt }) => attempt > 0);
    expect(sent.length).toBe((await journey.received()).length);
    expect(sent.length).toBeGreaterThanOrEqual(89);
    const reasons = deliveries
      .filter(({ attempt }) => attempt === 0)
      .map(({ state, reason }) => `${state}: ${reason?.code}`);
    expect(new Set(reasons)).toEqual(new Set(['expired: rate_limit']));
  });

  it('learn a lower limit of the service from one answer 429', async () => {
    const journey = await aJourney({ sendsPerMinute: 200 });
    for (let i = 0; i < 150; i += 1) {
      await journey.save(aDefinition({ id: `s${i}`, ...once, pools: ['engineering'] }));
    }
    await journey.runUntil(due + 30 * second);
    const attempts = (await journey.deliveries()).flatMap((delivery) => delivery.attempts);
    expect(attempts.filter(({ status }) => status === 429).length).toBeGreaterThan(0);
    await journey.runUntil(due + 6 * minute);
    expect(await journey.received()).toHaveLength(150);
  });
});
