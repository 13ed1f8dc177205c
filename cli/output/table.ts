/**
 * Sets out rows in columns, under their names.
 *
 * Chinese, Japanese and Korean signs and emoji take two columns in a terminal.
 *
 * @param lastWidth how wide the last column may be, given the width of all before it; a longer cell is cut.
 */
export function formatTable(
  names: readonly string[],
  rows: readonly (readonly string[])[],
  lastWidth: (before: number) => number = () => Number.POSITIVE_INFINITY,
): string {
  const lines = [names.map((name) => name.toUpperCase()), ...rows.map((row) => row.map(printable))];
  const widths = names.map((_, column) => Math.max(...lines.map((line) => widthOf(line[column] ?? ''))));
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + gap.length, 0);
  const lastLimit = lastWidth(before);
  return lines
    .map((line) =>
      line
        .map((cell, column) => (column === names.length - 1 ? cut(cell, lastLimit) : cell))
        .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell))))
        .join(gap)
        .trimEnd(),
    )
    .join('\n');
}

const gap = '  ';
const segmenter = new Intl.Segmenter();
const wide =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}])/u;
const zeroWidth = /^[\p{Mark}\p{Format}]+$/u;

/** How many columns a text takes in a terminal. */
export function widthOf(text: string): number {
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += widthOfSegment(segment);
  return width;
}

function widthOfSegment(segment: string): number {
  return wide.test(segment) ? 2 : zeroWidth.test(segment) ? 0 : 1;
}

/** As much of a text as fits into so many columns, with `…` where the rest is missing. */
function cut(text: string, limit: number): string {
  if (widthOf(text) <= limit) return text;
  let kept = '';
  let width = 1;
  for (const { segment } of segmenter.segment(text)) {
    width += widthOfSegment(segment);
    if (width > limit) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}

/** Control characters would move the cursor, or worse: what comes from elsewhere is shown, not obeyed. */
export function printable(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/\p{Control}/gu, '\ufffd');
}
