import { GateRefusedError } from '../domain/gate.ts';
import { type Instant, minute, second } from '../domain/instant.ts';
import type { Clock, Pool, Workspace } from '../ports.ts';
import type { Gatekeeper } from './gatekeeper.ts';

export type PoolDirectoryDeps = {
  workspace: Pick<Workspace, 'listPools'>;
  gatekeeper: Gatekeeper;
  clock: Clock;
};

export type PoolList = { pools: Pool[]; asOf: Instant };

/** Huawei's pools, remembered for a minute. */
export type PoolDirectory = {
  /** @throws HuaweiError when Huawei cannot be asked. */
  list(): Promise<PoolList>;
  /** Makes sure that `resolve` need not ask Huawei in the next half minute, and that a connection is open. */
  warm(): Promise<void>;
  /** The id of a pool given by id or name; undefined when there is none of that name. */
  resolve(pool: string): Promise<string | undefined>;
};

/** A name that is not on a list older than this may belong to a new pool. */
const freshEnoughToMiss = 5 * second;
const uuid = /^[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}$/i;

export function createPoolDirectory(deps: PoolDirectoryDeps): PoolDirectory {
  const { clock } = deps;
  let known: PoolList | undefined;
  let fetching: Promise<PoolList> | undefined;

  async function fetchList(): Promise<PoolList> {
    const asOf = clock.now();
    known = { pools: await askHuawei(deps), asOf };
    return known;
  }

  function refresh(): Promise<PoolList> {
    fetching ??= fetchList().finally(() => {
      fetching = undefined;
    });
    return fetching;
  }

  async function list(longestAge: number): Promise<PoolList> {
    const isFresh = known !== undefined && Math.abs(clock.now() - known.asOf) < longestAge;
    return isFresh && known !== undefined ? known : refresh();
  }

  function idOf({ pools }: PoolList, name: string): string | undefined {
    return pools.find((pool) => pool.name === name)?.id;
  }

  return {
    list: () => list(minute),
    async warm() {
      await list(minute / 2);
    },
    async resolve(pool) {
      if (uuid.test(pool)) return pool;
      return idOf(await list(minute), pool) ?? idOf(await list(freshEnoughToMiss), pool);
    },
  };
}

async function askHuawei({ workspace, gatekeeper, clock }: PoolDirectoryDeps): Promise<Pool[]> {
  const answer = await gatekeeper.ask('read', clock.now());
  if ('until' in answer) throw new GateRefusedError(answer);
  try {
    const pools = await workspace.listPools();
    if (answer.isProbe) await gatekeeper.proved();
    return pools;
  } catch (error) {
    await gatekeeper.failed('read', error);
    throw error;
  }
}
