import { closest } from './spelling.ts';

type NamedPool = { id: string; name: string };

/** The pools that Huawei lists, to compare with what somebody wrote. */
export type PoolNames = {
  readonly pools: readonly NamedPool[];
  /** By name or id; always true when no pools are known. */
  has(pool: string): boolean;
  /** Whether it is an id that no pool has; never, unless all pools are known. */
  lacksId(pool: string): boolean;
  /** The name that was probably meant. */
  similarTo(pool: string): string | undefined;
};

/** Looking for what was meant takes long among many names, and a file may hold thousands that are wrong. */
const mostLooks = 50;
const mostCompared = 2_000;

/** @param isWhole whether these are all the pools that there are. */
export function poolNamesOf(pools: readonly NamedPool[], isWhole = false): PoolNames {
  const names = pools.map(({ name }) => name);
  const known = new Set(names);
  const ids = new Set(pools.map(({ id }) => bareId(id)));
  const looked = new Map<string, string | undefined>();
  return {
    pools,
    has: (pool) => pools.length === 0 || known.has(pool) || ids.has(bareId(pool)),
    lacksId: (pool) =>
      isWhole && pools.length > 0 && looksLikePoolId(pool) && !ids.has(bareId(pool)) && !known.has(pool),
    similarTo(pool) {
      if (!looked.has(pool) && looked.size < mostLooks)
        looked.set(pool, closest(pool, names.slice(0, mostCompared)));
      return looked.get(pool);
    },
  };
}

const uuid = /^[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}$/i;

/** Whether a pool is written as an id, with or without its hyphens. */
export function looksLikePoolId(pool: string): boolean {
  return uuid.test(pool);
}

/** Whether two texts are the same id of a pool. */
export function isSamePoolId(one: string, other: string): boolean {
  return bareId(one) === bareId(other);
}

/** An id in one spelling: it may be written in capitals, and without its hyphens. */
export function bareId(id: string): string {
  return id.replaceAll('-', '').toLowerCase();
}
