import { describe, expect, it } from 'vitest';
import { HuaweiRejectedError, HuaweiUnavailableError } from '../../../lib/domain/codes/errors.ts';
import { reason } from '../../../lib/domain/codes/reasons.ts';
import { GateRefusedError } from '../../../lib/domain/delivery/gate.ts';
import { outcomeOf, provesKey } from '../../../lib/domain/delivery/outcome.ts';
import { second } from '../../../lib/domain/time/instant.ts';
import { now } from '../table/a-definition.ts';

describe('an attempt', () => {
  it('that was throttled is made again within a second after the throttle, each at another moment', () => {
    const throttled = new HuaweiUnavailableError('x', {}, { throttledForSeconds: 60 });
    const retries = [0, 0.5].map((chance) => outcomeOf(throttled, 1, chance, now));
    expect(retries).toMatchObject([{ retryAt: now + 60 * second }, { retryAt: now + 60.5 * second }]);
  });

  it('that the gate refused is made again when the gate says so', () => {
    const why = reason('rate_limit', { perMinute: 90 });
    const refused = new GateRefusedError({ until: now + 40 * second, why });
    expect(outcomeOf(refused, 1, 0, now)).toEqual({ kind: 'retry', retryAt: now + 40 * second, why });
  });
});

it.each([
  ['WKS.0001', true],
  ['APIGW.0302', false],
  [undefined, false],
])('a refusal with the code %s proves the key: %s', (errorCode, isProof) => {
  const failure = errorCode === undefined ? { status: 403 } : { status: 403, errorCode };
  expect(provesKey(new HuaweiRejectedError('x', failure))).toBe(isProof);
});
