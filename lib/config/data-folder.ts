import { statSync } from 'node:fs';
import { join } from 'node:path';

const othersMayWrite = 0o002;
const groupMayWrite = 0o020;

/**
 * Whether somebody else could put data or a token of their own into the data folder.
 *
 * @returns `danger`: why it must not be used. `oddity`: what is unusual about it, but may be meant.
 */
export function examineFolder(folder: string): { danger?: string; oddity?: string } {
  const user = process.getuid?.();
  const mode = statSync(folder, { throwIfNoEntry: false })?.mode;
  if (user === undefined || mode === undefined) return {};
  if ((mode & othersMayWrite) !== 0)
    return {
      danger: `every user of this machine may write to ${folder}: run "chmod o-w ${folder}", or set DESKBELL_DATA_DIR to a folder below it, which Deskbell makes for itself`,
    };
  const owner = statSync(join(folder, 'token'), { throwIfNoEntry: false })?.uid ?? user;
  if (owner !== user && owner !== 0)
    return {
      danger: `${join(folder, 'token')} belongs to another user (id ${owner}): delete it, and a new one is made, or start Deskbell as that user`,
    };
  if ((mode & groupMayWrite) === 0) return {};
  return {
    oddity: `the group of ${folder} may write to it, and so make a token of its own; "chmod g-w ${folder}" takes that away`,
  };
}
