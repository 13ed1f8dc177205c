/** The pools that the receiver knows. */
export const benchPools = Array.from({ length: 10 }, (_, i) => ({
  id: `6c1f0a52-0000-4000-8000-${String(i).padStart(12, '0')}`,
  name: `pool-${i}`,
}));

/** The i-th pool's id; after the last one they begin anew. */
export function poolIdAt(i: number): string {
  return benchPools[i % benchPools.length]?.id ?? '';
}
