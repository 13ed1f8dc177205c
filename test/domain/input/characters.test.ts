import { expect, it } from 'vitest';
import { escapeControls } from '../../../lib/domain/input/characters.ts';
import { createLog } from '../../../lib/log.ts';

it.each([
  ['\u001b[2J', '\\u001b[2J'],
  ['a\u0007b\u007fc\u009bd', 'a\\u0007b\\u007fc\\u009bd'],
  ['a\u202eb\u2066c\u2028d', 'a\\u202eb\\u2066c\\u2028d'],
  ['研发 🕔 naïve\u200f', '研发 🕔 naïve\u200f'],
])('writes out what commands a terminal in %j', (text, printed) => {
  expect(escapeControls(text)).toBe(printed);
});

it('leaves what the caller prints itself', () => {
  expect(escapeControls('a\tb\nc\r', '\n\t')).toBe('a\tb\nc\\u000d');
});

it('keeps a line of the log one line that no terminal obeys', () => {
  const lines: string[] = [];
  const log = createLog({ now: () => 0 }, (line) => lines.push(line));
  log.warn('job-unreadable', { jobId: '\u001b]0;owned\u0007', pool: 'a\nb', name: 'c\u009bd' });
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toMatch(/\p{Cc}/u);
});
