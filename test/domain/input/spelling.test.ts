import { expect, it } from 'vitest';
import { closest } from '../../../lib/domain/input/spelling.ts';

it.each([
  ['the nearest of several', 'finanse', ['finances', 'finance'], 'finance'],
  ['a word in another case and with other hyphens', 'Lead_Times', ['leadTimes'], 'leadTimes'],
  ['no short word for just any other', 'xy', ['at', 'id'], undefined],
  ['no long word that is three letters off', 'maxlate', ['maxLateness'], undefined],
])('proposes %s', (_, written, known, proposed) => {
  expect(closest(written, known)).toBe(proposed);
});
