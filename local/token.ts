import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { adminHolder, type Config, type TokenHolder } from '../lib/config.ts';
import { InvalidConfigError } from '../lib/domain/errors.ts';

/** The admin token of one machine: who it lets in beside those of the environment, and, once, the token itself. */
export type AdminToken = {
  holders: TokenHolder[];
  /** Only when it was made just now; to be shown once. */
  made?: string;
};

/**
 * The token that the environment sets, else the one in `token` in the data folder, which is made at the first start.
 *
 * @throws InvalidConfigError when the file cannot be used.
 */
export function adminTokenOf({ adminToken, dataDir }: Pick<Config, 'adminToken' | 'dataDir'>): AdminToken {
  if (adminToken !== undefined) return { holders: [] };
  const path = join(dataDir, 'token');
  const made = randomBytes(24).toString('base64url');
  if (createOnce(path, made)) return { holders: [adminHolder(made)], made };
  return { holders: [adminHolder(readToken(path))] };
}

/** Writes the whole file or none, and never over another one; says whether it did. */
function createOnce(path: string, token: string): boolean {
  const draft = `${path}.${process.pid}`;
  try {
    mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
    writeFileSync(draft, `${token}\n`, { mode: 0o600 });
    linkSync(draft, path);
    return true;
  } catch (cause) {
    if (isCode(cause, 'EEXIST')) return false;
    throw unusable(path, cause);
  } finally {
    rmSync(draft, { force: true });
  }
}

function readToken(path: string): string {
  try {
    chmodSync(path, 0o600);
    const token = readFileSync(path, 'utf8').trim();
    if (token.length >= 16) return token;
  } catch (cause) {
    throw unusable(path, cause);
  }
  throw unusable(path, 'it holds fewer than 16 characters; delete it, and a new one is made');
}

function unusable(path: string, cause: unknown): InvalidConfigError {
  return new InvalidConfigError([
    `${path} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`,
  ]);
}

function isCode(cause: unknown, code: string): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === code;
}
