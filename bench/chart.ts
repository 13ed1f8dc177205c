/** One line of a chart, with a value for each place on the horizontal axis. */
export type Series = { name: string; colour: 'a' | 'b' | 'c' | 'd'; values: number[] };

/** Two logarithmic axes and some lines; each has at least two places. */
export type Panel = { title: string; unit: string; xs: number[]; series: Series[] };

const width = 430;
const height = 330;
const plot = { left: 62, right: 300, top: 44, bottom: 286 };
/** Between the names at the ends of the lines, so that each can be read. */
const nameHeight = 15;

/** The panels side by side as SVG; its colours follow the reader's light or dark. */
export function chartOf(title: string, xLabel: string, panels: readonly Panel[]): string {
  const drawn = panels.map(
    (panel, i) => `<g transform="translate(${i * width} 0)">\n${drawPanel(panel, xLabel)}\n</g>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${panels.length * width} ${height}" width="${panels.length * width}" height="${height}" role="img" aria-label="${title}">`,
    style,
    `<title>${title}</title>`,
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}

const style = `<style>
  text { font: 12px system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; font-size: 13px; }
  .grid { stroke: #d1d9e0; stroke-width: 1; }
  .line { fill: none; stroke-width: 2; }
  .a { stroke: #0969da; fill: #0969da; } .b { stroke: #bc4c00; fill: #bc4c00; }
  .c { stroke: #1a7f37; fill: #1a7f37; } .d { stroke: #8250df; fill: #8250df; }
  text.a, text.b, text.c, text.d { stroke: none; }
  .line.a, .line.b, .line.c, .line.d { fill: none; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .grid { stroke: #3d444d; }
    .a { stroke: #58a6ff; fill: #58a6ff; } .b { stroke: #f0883e; fill: #f0883e; }
    .c { stroke: #3fb950; fill: #3fb950; } .d { stroke: #bc8cff; fill: #bc8cff; }
  }
</style>`;

function drawPanel({ title, unit, xs, series }: Panel, xLabel: string): string {
  const values = series.flatMap((one) => one.values);
  const xOf = scaleOf(Math.min(...xs), Math.max(...xs), plot.left, plot.right);
  const yOf = scaleOf(10 ** floorOf(values), 10 ** ceilingOf(values), plot.bottom, plot.top);
  const names = spread(series.map((one) => yOf(one.values.at(-1) ?? 1)));
  return [
    `<text class="title" x="${plot.left}" y="24">${title}, ${unit}</text>`,
    ...powers(xs).map((x) => tick(xOf(x), undefined, x.toLocaleString('en'))),
    ...powers(values).map((y) => tick(undefined, yOf(y), y.toLocaleString('en'))),
    `<text x="${(plot.left + plot.right) / 2}" y="${plot.bottom + 36}" text-anchor="middle">${xLabel}</text>`,
    ...series.map((one, i) => drawSeries(one, xs.map(xOf), one.values.map(yOf), names[i] ?? 0)),
  ].join('\n');
}

function drawSeries(
  { name, colour }: Series,
  xs: readonly number[],
  ys: readonly number[],
  nameY: number,
): string {
  const points = xs.map((x, i) => `${round(x)},${round(ys[i] ?? 0)}`);
  const dots = points.map((point) => {
    const [x, y] = point.split(',');
    return `<circle class="${colour}" cx="${x}" cy="${y}" r="2.5"/>`;
  });
  return [
    `<polyline class="line ${colour}" points="${points.join(' ')}"/>`,
    ...dots,
    `<text class="${colour}" x="${plot.right + 8}" y="${round(nameY + 4)}">${name}</text>`,
  ].join('\n');
}

/** A line of the grid, and what it stands for. */
function tick(x: number | undefined, y: number | undefined, label: string): string {
  const [x1, x2] = x === undefined ? [plot.left, plot.right] : [round(x), round(x)];
  const [y1, y2] = y === undefined ? [plot.top, plot.bottom] : [round(y), round(y)];
  const place =
    x === undefined
      ? `x="${plot.left - 6}" y="${round((y ?? 0) + 4)}" text-anchor="end"`
      : `x="${round(x)}" y="${plot.bottom + 18}" text-anchor="middle"`;
  return `<line class="grid" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/>\n<text ${place}>${label}</text>`;
}

function scaleOf(least: number, most: number, from: number, to: number): (value: number) => number {
  const span = Math.log10(most) - Math.log10(least);
  return (value) => from + ((Math.log10(value) - Math.log10(least)) / span) * (to - from);
}

/** The powers of ten around the values. */
function powers(values: readonly number[]): number[] {
  const first = floorOf(values);
  return Array.from({ length: ceilingOf(values) - first + 1 }, (_, i) => 10 ** (first + i));
}

function floorOf(values: readonly number[]): number {
  return Math.floor(Math.log10(Math.min(...values)));
}

function ceilingOf(values: readonly number[]): number {
  return Math.ceil(Math.log10(Math.max(...values)));
}

/** Moves names apart that would lie upon each other; the order of the lines is kept. */
function spread(ys: readonly number[]): number[] {
  const order = ys.map((_, i) => i).toSorted((i, j) => (ys[i] ?? 0) - (ys[j] ?? 0));
  const placed = [...ys];
  for (const [n, i] of order.entries()) {
    const above = placed[order[n - 1] ?? -1] ?? Number.NEGATIVE_INFINITY;
    placed[i] = Math.max(ys[i] ?? 0, above + nameHeight);
  }
  return placed;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
