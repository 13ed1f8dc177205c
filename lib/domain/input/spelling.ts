/** A value as it may be repeated in an error, however long it is. */
export function shorten(value: string): string {
  const characters = Array.from(value.slice(0, 200));
  return characters.length > 60 ? `${characters.slice(0, 60).join('')}…` : value;
}

/** The known word that was probably meant. */
export function closest<W extends string>(written: string, known: readonly W[]): W | undefined {
  const plain = (word: string) => word.replaceAll(/[-_ ]/g, '').toLowerCase();
  return known
    .map((word) => ({ word, distance: editDistance(plain(shorten(written)), plain(word)) }))
    .filter(({ word, distance }) => distance <= Math.min(2, word.length / 3))
    .sort((a, b) => a.distance - b.distance)[0]?.word;
}

/** Levenshtein: how many letters must be put in, left out or changed. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [line, letter] of Array.from(from).entries()) {
    const next = [line + 1];
    for (let column = 1; column <= to.length; column++) {
      const change = (row[column - 1] ?? 0) + (letter === to[column - 1] ? 0 : 1);
      next.push(Math.min(change, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
