import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InvalidConfigError } from '../../lib/domain/codes/errors.ts';
import { Secret } from '../../lib/secret.ts';
import { adminHolders } from '../../local/token.ts';

let dataDir = '';
beforeEach(() => {
  dataDir = join(mkdtempSync(join(tmpdir(), 'deskbell-')), 'data');
});
afterEach(() => rmSync(join(dataDir, '..'), { recursive: true }));

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('the admin token', () => {
  it('is made once, and kept where only its owner reads it', () => {
    const holders = adminHolders({ dataDir });
    const made = readFileSync(join(dataDir, 'token'), 'utf8').trim();
    expect(made).toMatch(/^[\w-]{32}$/);
    expect(holders).toEqual([{ name: 'admin', role: 'admin', sha256: sha256(made) }]);
    expect(statSync(join(dataDir, 'token')).mode & 0o777).toBe(0o600);
    expect(adminHolders({ dataDir })).toEqual(holders);
    expect(readdirSync(dataDir)).toEqual(['token']);
  });

  it('is closed to others again when somebody opened it', () => {
    adminHolders({ dataDir });
    chmodSync(join(dataDir, 'token'), 0o644);
    adminHolders({ dataDir });
    expect(statSync(join(dataDir, 'token')).mode & 0o777).toBe(0o600);
  });

  it('is not made when the environment sets one', () => {
    expect(adminHolders({ dataDir, adminToken: new Secret('set-by-the-environment') })).toEqual([]);
    expect(() => statSync(dataDir)).toThrow();
  });

  it('says so when its file cannot be used', () => {
    adminHolders({ dataDir });
    writeFileSync(join(dataDir, 'token'), 'short\n');
    expect(() => adminHolders({ dataDir })).toThrow(
      /token cannot be used: it holds fewer than 16 characters/,
    );
  });

  it.each(['a-file', 'a-file/below'])('says that a folder is needed where there is %s', (name) => {
    writeFileSync(join(dataDir, '..', 'a-file'), '');
    const path = join(dataDir, '..', name);
    expect(() => adminHolders({ dataDir: path })).toThrow(
      new InvalidConfigError([
        `DESKBELL_DATA_DIR: ${path} cannot be used: it is, or lies under, a file where a folder is needed; DESKBELL_DATA_DIR names the folder`,
      ]),
    );
  });
});
