import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { adminHolder, type TokenHolder } from '../lib/config/tokens.ts';
import type { Config } from '../lib/config.ts';
import { InvalidConfigError, messageOf } from '../lib/domain/codes/errors.ts';

/**
 * Whom the admin token of one machine lets in, beside those of the environment.
 *
 * It is the one in `token` in the data folder, which is made at the first start, unless the environment sets one.
 *
 * @throws InvalidConfigError when the folder or the file cannot be used.
 */
export function adminHolders({ adminToken, dataDir }: Pick<Config, 'adminToken' | 'dataDir'>): TokenHolder[] {
  if (adminToken !== undefined) return [];
  const path = join(dataDir, 'token');
  makeFolder(dataDir);
  // One that is there is read even where nothing can be written, as on a full disk.
  if (!existsSync(path)) createOnce(path, randomBytes(24).toString('base64url'));
  return [adminHolder(readToken(path))];
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw unusable(`DESKBELL_DATA_DIR: ${folder}`, cause);
  }
}

/** Writes the whole file or none, and never over another one. */
function createOnce(path: string, token: string): void {
  const draft = `${path}.${process.pid}`;
  try {
    writeFileSync(draft, `${token}\n`, { mode: 0o600 });
    linkSync(draft, path);
  } catch (cause) {
    if (!isCode(cause, 'EEXIST')) throw unusable(path, cause);
  }
  rmSync(draft, { force: true });
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
  return new InvalidConfigError([`${path} cannot be used: ${whyUnusable(cause)}`]);
}

function whyUnusable(cause: unknown): string {
  if (isCode(cause, 'EEXIST') || isCode(cause, 'ENOTDIR'))
    return 'it is, or lies under, a file where a folder is needed; DESKBELL_DATA_DIR names the folder';
  if (isCode(cause, 'EACCES') || isCode(cause, 'EPERM'))
    return `${messageOf(cause)}; start Deskbell as the user to whom it belongs, or set DESKBELL_DATA_DIR to a folder of your own`;
  return messageOf(cause);
}

function isCode(cause: unknown, code: string): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === code;
}
