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

/** Control characters, and those that end a line or turn the direction of what follows. */
const unprintable = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** A text as it may be printed: what a terminal would obey is written out, as in `\\u001b`. */
export function escapeControls(text: string, allowed = ''): string {
  return text.replaceAll(unprintable, (character) =>
    allowed.includes(character)
      ? character
      : `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}
