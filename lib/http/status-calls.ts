import { isoOf } from '../domain/instant.ts';
import { sayReason } from '../domain/reasons.ts';
import { health } from '../usecases/health.ts';
import type { Answer, Call } from './call.ts';

/** GET /v1/health: 503 when the planner has stopped. */
export async function showHealth({ runtime, now }: Call): Promise<Answer> {
  const { status, lastTickAt, planErrors, closing } = await health(runtime, now);
  return {
    status: status === 'not ticking' ? 503 : 200,
    body: {
      status,
      lastTickAt: lastTickAt === undefined ? null : isoOf(lastTickAt),
      planErrors,
      gate:
        closing === undefined
          ? { state: 'open' }
          : { state: 'closed', until: isoOf(closing.until), reason: sayReason(closing.why) },
    },
  };
}

/** GET /v1/pools: Huawei's pools, at most a minute old. */
export async function listPools({ runtime }: Call): Promise<Answer> {
  const { pools, asOf } = await runtime.pools.list();
  return { status: 200, body: { items: pools, asOf: isoOf(asOf) } };
}
