import { describe, expect, it } from 'vitest';
import {
  HuaweiClockError,
  HuaweiCredentialsError,
  HuaweiRejectedError,
  HuaweiUnavailableError,
} from '../../lib/domain/codes/errors.ts';
import { fingerprintOf } from '../../lib/huawei/fingerprint.ts';
import { createJsonLog } from '../../lib/lambda/json-log.ts';
import { tellClosings } from '../../lib/runtime/closings.ts';
import { forgetRefusedKeys, holdKeys } from '../../lib/runtime/keys.ts';
import { Secret } from '../../lib/secret.ts';
import { createGatekeeper } from '../../lib/usecases/sending/gatekeeper.ts';
import { anAsker, createRig } from '../rig.ts';

function aSource() {
  let name = 'old';
  let known: string | undefined;
  return {
    change: (to: string) => {
      name = to;
    },
    read: async () => {
      known ??= name;
      return { accessKey: `AK-${known}`, secretKey: new Secret(`sk-${known}`) };
    },
    forget() {
      known = undefined;
    },
  };
}

describe('keys', () => {
  it('stay the same for a whole invocation, though the secret was read anew meanwhile', async () => {
    const source = aSource();
    const keys = holdKeys(source);
    expect((await keys.credentials()).accessKey).toBe('AK-old');
    source.change('new');
    source.forget();
    expect((await keys.credentials()).accessKey).toBe('AK-old');
    keys.renew();
    expect((await keys.credentials()).accessKey).toBe('AK-new');
    expect(await keys.fingerprint()).toBe(fingerprintOf(await source.read()));
  });

  it('are told apart by the secret key alone, too', () => {
    const fingerprints = ['sk-old', 'sk-new'].map((secret) =>
      fingerprintOf({ accessKey: 'AK', secretKey: new Secret(secret) }),
    );
    expect(new Set(fingerprints).size).toBe(2);
  });

  it('are asked for again after a failure', async () => {
    let reads = 0;
    const read = async () => {
      reads += 1;
      if (reads === 1) throw new Error('not yet');
      return { accessKey: 'AK', secretKey: new Secret('sk') };
    };
    const keys = holdKeys({ read, forget() {} });
    await expect(keys.credentials()).rejects.toThrow('not yet');
    expect((await keys.credentials()).accessKey).toBe('AK');
  });
});

/** A gate whose key has worked so far. */
async function aWatchedGate() {
  const rig = createRig();
  const source = aSource();
  const keys = holdKeys(source);
  const lines: string[] = [];
  const log = createJsonLog(rig.clock, 'test', (line) => lines.push(line));
  const gate = createGatekeeper({
    gates: rig.store,
    clock: rig.clock,
    ids: rig.ids,
    connection: 'default',
    limits: { send: 90, read: 180 },
    fingerprint: keys.fingerprint,
  });
  const gatekeeper = tellClosings(forgetRefusedKeys(gate, source), { clock: rig.clock, log });
  await gatekeeper.proved();
  return { gatekeeper, source, keys, logged: () => lines.map((line) => JSON.parse(line)) };
}

const refused = new HuaweiCredentialsError('the signature is wrong');

describe('a gate that is closed by a refused key', () => {
  it('stays open for the next key, however many requests of the old one are refused', async () => {
    const { gatekeeper, source, keys } = await aWatchedGate();
    source.change('new');
    for (let i = 0; i < 10; i += 1) await gatekeeper.failed('send', refused);
    expect(await gatekeeper.ask('send', anAsker())).toMatchObject({
      why: { code: 'credentials' },
    });
    keys.renew();
    expect(await gatekeeper.ask('send', anAsker())).toMatchObject({ isProbe: true });
  });

  it('lets those who were refused at the door read the secret again as well', async () => {
    const { gatekeeper, source, keys } = await aWatchedGate();
    await gatekeeper.failed('send', refused);
    await source.read();
    source.change('new');
    await gatekeeper.ask('send', anAsker());
    keys.renew();
    expect((await keys.credentials()).accessKey).toBe('AK-new');
  });

  it('leaves the secret alone while Huawei is only busy, or the limit is reached', async () => {
    const { gatekeeper, source, keys } = await aWatchedGate();
    await keys.credentials();
    source.change('new');
    await gatekeeper.failed('send', new HuaweiUnavailableError('busy'));
    const answers = await Promise.all(Array.from({ length: 91 }, () => gatekeeper.ask('send', anAsker())));
    expect(answers.at(-1)).toMatchObject({ why: { code: 'rate_limit' } });
    keys.renew();
    expect((await keys.credentials()).accessKey).toBe('AK-old');
  });

  it('is told, with its metric', async () => {
    const { gatekeeper, logged } = await aWatchedGate();
    await gatekeeper.failed('send', refused);
    await gatekeeper.failed('read', new HuaweiClockError('two minutes ahead', 120));
    await gatekeeper.failed('send', new HuaweiRejectedError('no such pool'));
    expect(logged()).toMatchObject([
      { event: 'gate-closed', api: 'send', why: 'credentials', closedForMs: 310_000, KeyRefused: 1 },
      { event: 'gate-closed', api: 'read', why: 'clock', ClockRefused: 1 },
    ]);
  });
});
