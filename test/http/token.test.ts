import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../lib/secret.ts';
import { adminTokenOf } from '../../local/token.ts';

let dataDir = '';
beforeEach(() => {
  dataDir = join(mkdtempSync(join(tmpdir(), 'deskbell-')), 'data');
});
afterEach(() => rmSync(join(dataDir, '..'), { recursive: true }));

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('the admin token', () => {
  it('is made once, told once, and kept where only its owner reads it', () => {
    const { made = '', holders } = adminTokenOf({ dataDir });
    expect(made).toMatch(/^[\w-]{32}$/);
    expect(holders).toEqual([{ name: 'admin', role: 'admin', sha256: sha256(made) }]);
    expect(readFileSync(join(dataDir, 'token'), 'utf8').trim()).toBe(made);
    expect(statSync(join(dataDir, 'token')).mode & 0o777).toBe(0o600);
    expect(adminTokenOf({ dataDir })).toEqual({ holders });
    expect(readdirSync(dataDir)).toEqual(['token']);
  });

  it('is closed to others again when somebody opened it', () => {
    adminTokenOf({ dataDir });
    chmodSync(join(dataDir, 'token'), 0o644);
    adminTokenOf({ dataDir });
    expect(statSync(join(dataDir, 'token')).mode & 0o777).toBe(0o600);
  });

  it('is not made when the environment sets one', () => {
    expect(adminTokenOf({ dataDir, adminToken: new Secret('set-by-the-environment') })).toEqual({
      holders: [],
    });
    expect(() => statSync(dataDir)).toThrow();
  });

  it('says so when its file cannot be used', () => {
    adminTokenOf({ dataDir });
    writeFileSync(join(dataDir, 'token'), 'short\n');
    expect(() => adminTokenOf({ dataDir })).toThrow(
      /token cannot be used: it holds fewer than 16 characters/,
    );
  });
});
