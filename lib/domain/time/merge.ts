/**
 * Merges sorted sequences into one, lazily; each is read one step ahead.
 *
 * @param compare as for sorting; of equal members the earlier sequence's comes first.
 */
export function* mergeSorted<T>(
  sequences: readonly Iterator<T, void>[],
  compare: (a: T, b: T) => number,
): Generator<T> {
  const heads = sequences.flatMap((rest) => headOf(rest));
  while (heads.length > 0) {
    const least = heads.reduce((a, b) => (compare(b.value, a.value) < 0 ? b : a));
    yield least.value;
    heads.splice(heads.indexOf(least), 1, ...headOf(least.rest));
  }
}

function headOf<T>(rest: Iterator<T, void>): { value: T; rest: Iterator<T, void> }[] {
  const { done, value } = rest.next();
  return done === true ? [] : [{ value, rest }];
}
