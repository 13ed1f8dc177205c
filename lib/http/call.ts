import type { Config } from '../config.ts';
import type { Instant } from '../domain/time/instant.ts';
import type { ApplyDeps } from '../usecases/changes/apply.ts';
import type { HealthDeps } from '../usecases/health.ts';
import type { TickDeps } from '../usecases/planning/tick.ts';
import type { Gatekeeper } from '../usecases/sending/gatekeeper.ts';
import type { PoolDirectory } from '../usecases/sending/pool-directory.ts';

/** Everything that answers calls. */
export type ApiRuntime = ApplyDeps &
  TickDeps &
  HealthDeps & {
    config: Pick<Config, 'tokens' | 'limits'>;
    gatekeeper: Gatekeeper;
    pools: PoolDirectory;
  };

/** One call, as its answer needs it. */
export type ApiCall = {
  runtime: ApiRuntime;
  now: Instant;
  /** The name of the token; empty where none was shown and none is needed. */
  who: string;
  /** The variable part of the path; empty where there is none. */
  id: string;
  query: URLSearchParams;
  ifMatch: string | undefined;
  idempotencyKey: string | undefined;
  /** Parsed JSON, or a text, as the route asks for; undefined when there is none. */
  body: unknown;
};

/** What goes back; the body as JSON. */
export type ApiAnswer = { status: number; body: object; headers?: Record<string, string> };
