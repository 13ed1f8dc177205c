import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, it } from 'vitest';
import { formatTable } from '../../../cli/output/table.ts';

it.each([
  ['', 0],
  ['finance', 7],
  ['研发一部', 8],
  ['カタカナ', 8],
  ['한국어', 6],
  ['ｆｕｌｌ', 8],
  ['ﾊﾝｶｸ', 4],
  ['é', 1],
  ['e\u0301', 1],
  ['🖥️', 2],
  ['👩‍💻', 2],
  ['São Paulo', 9],
  ['A部B', 4],
])('%s takes %i columns', (text, columns) => {
  expect(stringWidth(text)).toBe(columns);
});

it('begins each column at the same place in every row', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', 'é', '部', '🔔', 'ー'), minLength: 1 });
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1 }), (rows) => {
      const lines = formatTable(
        ['one', 'two'],
        rows.map(([first, second]) => [first, `|${second}`]),
      ).split('\n');
      const starts = lines.slice(1).map((line) => stringWidth(line.slice(0, line.indexOf('|'))));
      expect(new Set(starts).size).toBe(1);
    }),
  );
});
