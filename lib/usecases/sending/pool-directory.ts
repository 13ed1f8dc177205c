import { HuaweiUnavailableError } from '../../domain/codes/errors.ts';
import { GateRefusedError } from '../../domain/delivery/gate.ts';
import { looksLikePoolId, type PoolNames, poolNamesOf } from '../../domain/input/pool-names.ts';
import { type Instant, minute, second } from '../../domain/time/instant.ts';
import type { Clock, PoolListing, Workspace } from '../../ports.ts';
import type { Gatekeeper } from './gatekeeper.ts';

export type PoolDirectoryDeps = {
  workspace: Pick<Workspace, 'listPools'>;
  gatekeeper: Gatekeeper;
  clock: Clock;
};

export type PoolList = PoolListing & { asOf: Instant };

/** Huawei's pools, remembered for a minute. */
export type PoolDirectory = {
  /** @throws HuaweiError when Huawei cannot be asked. */
  list(): Promise<PoolList>;
  /** Makes sure that `resolve` need not ask Huawei in the next half minute, and that a connection is open. */
  warm(): Promise<void>;
  /** What Huawei lists, to compare with; nothing when it cannot be had within a second. */
  names(): Promise<PoolNames>;
  /** The id of a pool given by id or name; undefined when there is none of that name. */
  resolve(pool: string): Promise<string | undefined>;
};

/** The id of a name that was known so lately is used when Huawei cannot be asked: ids of pools do not change. */
const longestTrust = 60 * minute;
const longestWait = second;
/** A name that is not on a list older than this may belong to a new pool. */
const freshEnoughToMiss = 5 * second;

export function createPoolDirectory(deps: PoolDirectoryDeps): PoolDirectory {
  const { clock } = deps;
  let known: PoolList | undefined;
  let fetching: Promise<PoolList> | undefined;

  async function fetchList(): Promise<PoolList> {
    const asOf = clock.now();
    const latest = { ...(await askHuawei(deps)), asOf };
    // An empty list is asked for again each time: it says more of the key's rights than of the pools.
    if (latest.pools.length > 0) known = latest;
    return latest;
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

  /** What is known already stands in for an answer that fails, or that would hold up a notification. */
  async function idOf(name: string, longestAge: number): Promise<string | undefined> {
    const now = clock.now();
    const trusted = known !== undefined && Math.abs(now - known.asOf) < longestTrust ? known : undefined;
    const knownId = trusted && find(trusted, name);
    if (knownId === undefined) return find(await list(longestAge), name);
    const inTime = clock.sleepUntil(now + longestWait).then(() => trusted);
    const latest = await Promise.race([list(longestAge), inTime]).catch(() => trusted);
    return find(latest ?? trusted, name);
  }

  return {
    list: () => list(minute),
    async names() {
      const tooLate = clock.sleepUntil(clock.now() + longestWait).then(() => undefined);
      const latest = await Promise.race([list(minute), tooLate]).catch(() => undefined);
      return poolNamesOf(latest?.pools ?? [], latest?.isWhole);
    },
    async warm() {
      await list(minute / 2);
    },
    async resolve(pool) {
      if (looksLikePoolId(pool)) return pool;
      return (await idOf(pool, minute)) ?? (await idOf(pool, freshEnoughToMiss));
    },
  };
}

function find(list: PoolList | undefined, name: string): string | undefined {
  const pools = list?.pools ?? [];
  if (pools.length === 0) throw new HuaweiUnavailableError('Huawei lists no pools at all');
  return pools.find((pool) => pool.name === name)?.id;
}

async function askHuawei({ workspace, gatekeeper }: PoolDirectoryDeps): Promise<PoolListing> {
  // Before all jobs to be followed: sends wait for the list.
  const answer = await gatekeeper.ask('read', { sharer: 'pools', deadline: Number.NEGATIVE_INFINITY });
  if ('until' in answer) throw new GateRefusedError(answer);
  try {
    const listing = await workspace.listPools();
    if (answer.isProbe) await gatekeeper.proved();
    return listing;
  } catch (error) {
    await gatekeeper.failed('read', error);
    throw error;
  }
}
