import { type Stats, statSync } from 'node:fs';
import { join } from 'node:path';

/** Where the data is, unless DESKBELL_DATA_DIR names another folder. */
export const defaultDataDir = '.deskbell';

const groupOrOthersMayWrite = 0o022;

/**
 * Whether somebody else could put data or a token of their own into the data folder, or has done so.
 *
 * @returns `danger`: why it must not be used. `oddity`: what is unusual about it, but may be meant or not be changed.
 */
export function examineFolder(folder: string): { danger?: string; oddity?: string } {
  const user = process.getuid?.();
  const data = look(folder);
  if (user === undefined || data === undefined) return {};
  const path = join(folder, 'token');
  const token = look(path);
  if (token !== undefined && ![user, 0, data.uid].includes(token.uid))
    return {
      danger: `${path} was made by another user (id ${token.uid}), who knows the token: delete it, and a new one is made`,
    };
  if ((data.mode & groupOrOthersMayWrite) === 0) return {};
  return {
    oddity: `other users may write to ${folder}, and so replace the data or the token: run "chmod go-w ${folder}", or set DESKBELL_DATA_DIR to a folder below it, which Deskbell makes for itself`,
  };
}

/** Undefined where there is nothing, or nothing that may be looked at. */
function look(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
