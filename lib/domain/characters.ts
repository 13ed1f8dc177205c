/** Characters as people count them here: Unicode code points. */
export function countCharacters(text: string): number {
  return Array.from(text).length;
}

/** The longest of some texts, in characters; empty when there is none. */
export function longestOf(texts: readonly string[]): string {
  return texts.reduce(
    (longest, text) => (countCharacters(text) > countCharacters(longest) ? text : longest),
    '',
  );
}

/** The first character that could break a pop-up, a log line or a key, and where it stands, counted from 1. */
export function findControl(
  text: string,
  allowed: string,
): { character: string; position: number } | undefined {
  const characters = Array.from(text);
  const index = characters.findIndex(
    (character) => /[\p{Cc}\p{Cs}\u2028\u2029]/u.test(character) && !allowed.includes(character),
  );
  const code = characters[index]?.codePointAt(0);
  if (code === undefined) return undefined;
  return { character: `U+${code.toString(16).toUpperCase().padStart(4, '0')}`, position: index + 1 };
}
