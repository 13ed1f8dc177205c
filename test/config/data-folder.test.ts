import { chmodSync, chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { examineFolder } from '../../lib/config/data-folder.ts';
import { aFolder, skipFor } from '../faults/processes.ts';

const stranger = 12_345;

describe('a data folder', () => {
  it.each([
    [0o700, undefined],
    [0o755, undefined],
    [0o775, 'other users may write'],
    [0o777, 'other users may write'],
    [0o1777, 'other users may write'],
    [0o702, 'other users may write'],
  ])('with the rights %o is odd: %s', (mode, expected) => {
    const folder = aFolder();
    chmodSync(folder, mode);
    expect(examineFolder(folder).oddity?.slice(0, 21)).toBe(expected);
    expect(examineFolder(folder).danger).toBeUndefined();
  });

  it('with the token of a stranger is dangerous, and with its own owner’s is not', (test) => {
    if (process.getuid?.() !== 0) skipFor(test, 'only root may give files away');
    const folder = aFolder();
    const token = join(folder, 'token');
    writeFileSync(token, 'planted-by-somebody-else');
    expect(examineFolder(folder)).toEqual({});
    chownSync(token, stranger, stranger);
    expect(examineFolder(folder).danger).toContain(`${token} was made by another user (id ${stranger})`);
    chownSync(folder, stranger, stranger);
    expect(examineFolder(folder)).toEqual({});
  });

  it('that is not there yet is fine', () => {
    expect(examineFolder(join(aFolder(), 'new'))).toEqual({});
  });
});
