import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  HuaweiClockError,
  HuaweiCredentialsError,
  HuaweiRejectedError,
  HuaweiUnavailableError,
} from '../../../lib/domain/codes/errors.ts';
import {
  askGate,
  closedBy,
  closeGate,
  type Gate,
  openGate,
  proveKey,
} from '../../../lib/domain/delivery/gate.ts';
import { minute, second } from '../../../lib/domain/time/instant.ts';

const now = Date.parse('2026-11-24T10:00:00Z');
const key = 'key-1';
const proven = proveKey(openGate('default'), key, 'w');

function anAsker(sharer = 'a-schedule', deadline = now + 5 * minute) {
  return { sharer, deadline };
}

function ask(gate: Gate, count: number, options: { at?: number; limit?: number; fingerprint?: string } = {}) {
  const { at = now, limit = 90, fingerprint = key } = options;
  const askers = Array.from({ length: count }, () => anAsker());
  const { next, refusals } = askGate(gate, { api: 'send', askers, limit, fingerprint }, at, 'w');
  const refused = refusals.flatMap((refusal) => refusal ?? []);
  return { next, granted: count - refused.length, refusals: refused, gate: next ?? gate };
}

describe('the limiter', () => {
  it('never grants more than the limit in any 62 s', () => {
    const step = fc.record({ waitMs: fc.nat(30_000), count: fc.integer({ min: 1, max: 20 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 15 }), (steps, limit) => {
        const grants: number[] = [];
        let gate = proven;
        let at = now;
        for (const { waitMs, count } of steps) {
          at += waitMs;
          const answer = ask(gate, count, { at, limit });
          gate = answer.gate;
          for (let i = 0; i < answer.granted; i += 1) grants.push(at);
        }
        for (const from of grants) {
          expect(
            grants.filter((other) => other >= from && other < from + 62 * second).length,
          ).toBeLessThanOrEqual(limit);
        }
      }),
    );
  });

  it('sends each of those refused away until a grant runs out for it', () => {
    const { gate } = ask(proven, 2, { limit: 3 });
    const { granted, refusals } = ask(gate, 5, { limit: 3, at: now + 10 * second });
    expect(granted).toBe(1);
    expect(refusals.map(({ until }) => (until - now) / second)).toEqual([62, 62, 72, 124]);
  });

  it('counts nothing without a limit, and needs no write', () => {
    expect(ask(proven, 1_000, { limit: Number.POSITIVE_INFINITY })).toMatchObject({
      granted: 1_000,
      next: undefined,
    });
  });

  it('is not trapped by grants from a clock that has been set back', () => {
    const { gate } = ask(proven, 90, { at: now + 60 * minute });
    expect(ask(gate, 90).granted).toBe(90);
  });
});

describe('a key that Huawei has not accepted yet', () => {
  it('is tried by one request per 10 s', () => {
    const first = ask(openGate('default'), 5);
    expect(first.granted).toBe(1);
    expect(ask(first.gate, 5, { at: now + 9 * second }).granted).toBe(0);
    expect(ask(first.gate, 5, { at: now + 10 * second }).granted).toBe(1);
  });

  it('is tried by one request at a time where there is no limit, too', () => {
    const limit = Number.POSITIVE_INFINITY;
    const first = ask(openGate('default'), 5, { limit });
    expect([first.granted, ask(first.gate, 5, { limit }).granted]).toEqual([1, 0]);
  });

  it('is let through by its first success', () => {
    const { gate } = ask(openGate('default'), 1);
    expect(ask(proveKey(gate, key, 'w'), 5).granted).toBe(5);
  });
});

describe('a refused key', () => {
  const refused = closeGate(
    proven,
    new HuaweiCredentialsError('wrong'),
    { api: 'send', fingerprint: key },
    now,
    'w',
  );
  const gate = refused ?? proven;

  it.each(['send', 'read'] as const)('closes %s for 310 s, then may be tried once', (api) => {
    const asking = { api, askers: [anAsker(), anAsker()], limit: 90, fingerprint: key };
    expect(askGate(gate, asking, now + 309 * second, 'w').refusals).toMatchObject([
      { until: now + 310 * second, why: { code: 'credentials' } },
      {},
    ]);
    expect(askGate(gate, asking, now + 310 * second, 'w').refusals).toMatchObject([undefined, {}]);
  });

  it('has those whom it stops ask again soon, so that a corrected key need not wait', () => {
    expect(ask(gate, 1).refusals).toMatchObject([{ until: now + 10 * second, why: { code: 'credentials' } }]);
  });

  it('does not keep another key from being tried at once', () => {
    expect(ask(gate, 2, { fingerprint: 'key-2' }).granted).toBe(1);
  });

  it('stays refused while another one is refused in turn: one bad signature for each', () => {
    const fingerprints = ['key-a', 'key-b'];
    let both = openGate('default');
    let bad = 0;
    for (let at = now; at < now + 309 * second; at += 5 * second) {
      for (const fingerprint of fingerprints) {
        const { granted, gate: asked } = ask(both, 1, { at, fingerprint });
        both = asked;
        if (granted === 0) continue;
        bad += 1;
        const error = new HuaweiCredentialsError('wrong');
        both = closeGate(both, error, { api: 'send', fingerprint }, at, 'w') ?? both;
      }
    }
    expect(bad).toBe(2);
  });

  it('is forgotten once it is accepted, and no other one with it', () => {
    const error = new HuaweiCredentialsError('wrong');
    const both = closeGate(gate, error, { api: 'send', fingerprint: 'key-2' }, now, 'w') ?? gate;
    const accepted = proveKey(both, 'key-2', 'w');
    expect(ask(accepted, 1, { fingerprint: 'key-2' }).granted).toBe(1);
    expect(ask(accepted, 1).granted).toBe(0);
  });

  it('is remembered with the seven that were refused before it', () => {
    const error = new HuaweiCredentialsError('wrong');
    const fingerprints = Array.from({ length: 9 }, (_, i) => `key-${i}`);
    const last = fingerprints.reduce(
      (seen, fingerprint) => closeGate(seen, error, { api: 'send', fingerprint }, now, 'w') ?? seen,
      openGate('default'),
    );
    expect(fingerprints.filter((fingerprint) => ask(last, 1, { fingerprint }).granted === 1)).toEqual([
      'key-0',
    ]);
  });

  it('does not close for longer than it can last when the clock is set back', () => {
    expect(ask(gate, 1, { at: now - 60 * minute }).granted).toBe(1);
  });
});

describe('a key that is changed', () => {
  const both = proveKey(proven, 'key-2', 'w');

  it('leaves the one before proven, for the workers that still have it', () => {
    for (const fingerprint of [key, 'key-2']) expect(ask(both, 5, { fingerprint }).granted).toBe(5);
    const third = proveKey(both, 'key-3', 'w');
    expect(ask(third, 5, { fingerprint: 'key-2' }).granted).toBe(5);
    expect(ask(third, 5).granted).toBe(1);
  });

  it('is no longer proven once it is refused, and the other one is', () => {
    const error = new HuaweiCredentialsError('x');
    const refused = closeGate(both, error, { api: 'send', fingerprint: key }, now, 'w') ?? both;
    expect(ask(refused, 5, { fingerprint: 'key-2' }).granted).toBe(5);
    expect(ask(refused, 5, { at: now + 60 * minute }).granted).toBe(1);
  });
});

describe('which errors close the gate', () => {
  it.each([
    ['a refused key', new HuaweiCredentialsError('x'), 310, 'credentials'],
    ['a refused clock', new HuaweiClockError('x', 901), 310, 'clock'],
    ['a throttled request', new HuaweiUnavailableError('x', {}, { throttledForSeconds: 7 }), 7, 'throttled'],
  ])('%s', (_, error, seconds, code) => {
    const gate = closeGate(proven, error, { api: 'send', fingerprint: key }, now, 'w') ?? proven;
    expect(ask(gate, 1).granted).toBe(0);
    const closing = closedBy(gate, { api: 'send', fingerprint: key }, now);
    expect(closing).toMatchObject({ until: now + seconds * second, why: { code } });
  });

  it.each([
    ['a refused request', new HuaweiRejectedError('x')],
    ['an unavailable service', new HuaweiUnavailableError('x', { status: 503 })],
  ])('not %s', (_, error) => {
    expect(closeGate(proven, error, { api: 'send', fingerprint: key }, now, 'w')).toBeUndefined();
  });

  it('keeps the window that ends last when a later answer names a shorter one', () => {
    const throttled = (throttledForSeconds: number) =>
      new HuaweiUnavailableError('x', {}, { throttledForSeconds });
    const long = closeGate(proven, throttled(60), { api: 'send', fingerprint: key }, now, 'w') ?? proven;
    const both = closeGate(long, throttled(5), { api: 'send', fingerprint: key }, now + second, 'w') ?? long;
    const closing = closedBy(both, { api: 'send', fingerprint: key }, now + 10 * second);
    expect(closing).toMatchObject({ until: now + 60 * second });
    const longer = closeGate(both, throttled(90), { api: 'send', fingerprint: key }, now, 'w') ?? both;
    expect(closedBy(longer, { api: 'send', fingerprint: key }, now)).toMatchObject({
      until: now + 90 * second,
    });
  });

  it.each([
    ['read', 'send'],
    ['send', 'read'],
  ] as const)('closes %s alone, and not %s, for a throttled request', (api, other) => {
    const error = new HuaweiUnavailableError('x', {}, { throttledForSeconds: 60 });
    const gate = closeGate(proven, error, { api, fingerprint: key }, now, 'w') ?? proven;
    expect(closedBy(gate, { api, fingerprint: key }, now)).toBeDefined();
    expect(closedBy(gate, { api: other, fingerprint: key }, now)).toBeUndefined();
  });

  it('closes for an hour at most, whatever Huawei says', () => {
    const error = new HuaweiUnavailableError('x', {}, { throttledForSeconds: 7 * 86_400 });
    const gate = closeGate(proven, error, { api: 'send', fingerprint: key }, now, 'w') ?? proven;
    expect(closedBy(gate, { api: 'send', fingerprint: key }, now)?.until).toBe(now + 60 * minute);
  });

  it('holds although it was closed by a clock that is some seconds ahead', () => {
    const error = new HuaweiCredentialsError('x');
    const gate = closeGate(proven, error, { api: 'send', fingerprint: key }, now + 5 * second, 'w') ?? proven;
    expect(ask(gate, 1).granted).toBe(0);
  });
});

describe('an unproven key whose probe could not be answered', () => {
  it('says why to those who wait, not only that the key is unproven', () => {
    const error = new HuaweiUnavailableError('connect ECONNREFUSED');
    const { gate } = ask(openGate('default'), 1);
    const failed = closeGate(gate, error, { api: 'send', fingerprint: key }, now, 'w') ?? gate;
    expect(ask(failed, 1).refusals).toMatchObject([
      { why: { code: 'unavailable', params: { detail: 'connect ECONNREFUSED' } } },
    ]);
    expect(ask(proveKey(failed, key, 'w'), 1).granted).toBe(1);
  });
});
