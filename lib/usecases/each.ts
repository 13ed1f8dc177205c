/** Works through a list a few at a time, in order; one that fails does not stop the others. */
export async function settleEach<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
  fail: (item: T, cause: unknown) => void,
): Promise<void> {
  const rest = items.values();
  const worker = async () => {
    for (const item of rest) {
      try {
        await work(item);
      } catch (cause) {
        fail(item, cause);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}
