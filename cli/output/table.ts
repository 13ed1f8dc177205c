import stringWidth from 'string-width';

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
  const widths = names.map((_, column) => Math.max(...lines.map((line) => stringWidth(line[column] ?? ''))));
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + gap.length, 0);
  const lastLimit = lastWidth(before);
  return lines
    .map((line) =>
      line
        .map((cell, column) => (column === names.length - 1 ? cut(cell, lastLimit) : cell))
        .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - stringWidth(cell))))
        .join(gap)
        .trimEnd(),
    )
    .join('\n');
}

const gap = '  ';
const segmenter = new Intl.Segmenter();
/** As much of a text as fits into so many columns, with `…` where the rest is missing. */
function cut(text: string, limit: number): string {
  if (stringWidth(text) <= limit) return text;
  let kept = '';
  let width = 1;
  for (const { segment } of segmenter.segment(text)) {
    width += stringWidth(segment);
    if (width > limit) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}

/** Control characters would move the cursor, or worse: what comes from elsewhere is shown, not obeyed. */
export function printable(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/\p{Control}/gu, '\ufffd');
}
