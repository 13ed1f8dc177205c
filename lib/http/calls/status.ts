import { sayReason } from '../../domain/codes/reasons.ts';
import { isoOf } from '../../domain/time/instant.ts';
import { health } from '../../usecases/health.ts';
import type { ApiAnswer, ApiCall } from '../call.ts';

/** GET /v1/health: 503 when the planner has stopped; what is wrong is for those who show a token. */
export async function showHealth({ runtime, now, who }: ApiCall): Promise<ApiAnswer> {
  const { status, lastTickAt, planErrors, closing, storeTrouble } = await health(runtime, now);
  const forAll = { status, lastTickAt: lastTickAt === undefined ? null : isoOf(lastTickAt) };
  const gate =
    closing === undefined
      ? { state: 'open' }
      : { state: 'closed', until: isoOf(closing.until), reason: sayReason(closing.why) };
  return {
    status: status === 'not ticking' ? 503 : 200,
    body: who === '' ? forAll : { ...forAll, planErrors, gate, store: storeTrouble ?? { failedWrites: 0 } },
  };
}

/** GET /v1/pools: Huawei's pools, at most a minute old. */
export async function listPools({ runtime }: ApiCall): Promise<ApiAnswer> {
  const { pools, asOf } = await runtime.pools.list();
  return { status: 200, body: { items: pools, asOf: isoOf(asOf) } };
}
