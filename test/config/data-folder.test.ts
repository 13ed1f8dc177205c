import { chmodSync, chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { examineFolder } from '../../lib/config/data-folder.ts';
import { aFolder, skipFor } from '../faults/processes.ts';

describe('a data folder', () => {
  it.each([
    [0o700, undefined, undefined],
    [0o755, undefined, undefined],
    [0o775, undefined, 'the group'],
    [0o777, 'every user', undefined],
    [0o1777, 'every user', undefined],
    [0o702, 'every user', undefined],
  ])('with the rights %o is dangerous: %s, or odd: %s', (mode, danger, oddity) => {
    const folder = aFolder();
    chmodSync(folder, mode);
    const found = examineFolder(folder);
    expect([found.danger?.startsWith(danger ?? ''), found.oddity?.startsWith(oddity ?? '')]).toEqual([
      danger === undefined ? undefined : true,
      oddity === undefined ? undefined : true,
    ]);
  });

  it('with the token of another user is dangerous', (test) => {
    if (process.getuid?.() !== 0) skipFor(test, 'only root may give files away');
    const folder = aFolder();
    const token = join(folder, 'token');
    writeFileSync(token, 'planted-by-somebody-else');
    expect(examineFolder(folder)).toEqual({});
    chownSync(token, 12_345, 12_345);
    expect(examineFolder(folder).danger).toContain(`${token} belongs to another user (id 12345)`);
  });

  it('that is not there yet is fine', () => {
    expect(examineFolder(join(aFolder(), 'new'))).toEqual({});
  });
});
