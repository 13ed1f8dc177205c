import { describe, expect, it } from 'vitest';
import { HuaweiRejectedError, HuaweiUnavailableError } from '../../../lib/domain/codes/errors.ts';
import { minute, second } from '../../../lib/domain/time/instant.ts';
import { track } from '../../../lib/usecases/sending/track.ts';
import { aDefinition, anAsker, createRig, financeId, type RigOptions } from '../../rig.ts';

const due = Date.parse('2026-11-24T10:00:00Z');
const running = {
  status: 'RUNNING',
  hasEnded: false,
  desktops: { total: 3, succeeded: 0, failed: 0 },
  failures: [],
};

/** One delivery that Huawei has accepted just now. */
async function anAccepted(options: RigOptions = {}) {
  const rig = createRig(options);
  await rig.prove();
  await rig.save(aDefinition({ pools: [financeId] }));
  await rig.runUntil(due + second);
  const only = async () => (await rig.deliveries())[0];
  expect(await only()).toMatchObject({ state: 'accepted' });
  const { deliveryId = '' } = (await only()) ?? {};
  return { ...rig, only, message: { deliveryId, hops: 0 } };
}

describe('a job', () => {
  it('that Huawei does not know is given up, and its delivery says so', async () => {
    const { workspace, runUntil, only } = await anAccepted();
    workspace.showJob = async () => {
      throw new HuaweiRejectedError('no such job', { status: 404, errorCode: 'WKS.0404' });
    };
    await runUntil(due + 10 * minute);
    expect(await only()).toMatchObject({
      state: 'unconfirmed',
      reason: { params: { detail: 'no such job' } },
    });
  });

  it('is looked at although everything that may be sent was sent', async () => {
    const { runUntil, only } = await anAccepted({ sendsPerMinute: 1 });
    await runUntil(due + 20 * second);
    expect(await only()).toMatchObject({ state: 'delivered' });
  });

  it('is looked at once though its message comes twice', async () => {
    const { deps, workspace, clock, message, only } = await anAccepted();
    workspace.showJob = async () => running;
    clock.moveTo(due + 15 * second);
    await Promise.all([track(deps, message), track(deps, message)]);
    expect(await only()).toMatchObject({ state: 'accepted', polls: 1 });
  });
});

describe('a look at a job', () => {
  it('closes the gate for reads when Huawei throttles it', async () => {
    const { deps, workspace, clock, gatekeeper, message } = await anAccepted();
    workspace.showJob = async () => {
      throw new HuaweiUnavailableError('too many', { status: 429 }, { throttledForSeconds: 30 });
    };
    clock.moveTo(due + 15 * second);
    await track(deps, message);
    const refusal = { until: due + 45 * second, why: { code: 'throttled' } };
    expect(await gatekeeper.ask('read', anAsker(due))).toMatchObject(refusal);
  });

  it('proves a new key', async () => {
    let key = 'key-1';
    const { deps, clock, gatekeeper, message } = await anAccepted({ fingerprint: async () => key });
    key = 'key-2';
    clock.moveTo(due + 15 * second);
    await track(deps, message);
    expect(await gatekeeper.ask('send', anAsker(due))).toEqual({ at: due + 15 * second, isProbe: false });
  });
});
