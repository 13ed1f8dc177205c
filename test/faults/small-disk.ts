import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { onTestFinished } from 'vitest';
import { aFolder } from './processes.ts';

/** A data folder in which the process of that id finds no more space, until there is some again. */
export type SmallDisk = {
  folder: string;
  fill(pid: number): void;
  free(pid: number): void;
};

/** A file system of its own; undefined without the right to mount one. */
export function aFileSystem(): SmallDisk | undefined {
  const folder = aFolder();
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m,mode=700', 'tmpfs', folder]);
  if (status !== 0) return undefined;
  // Lazily: a process that is killed at the same moment may still hold its files open.
  onTestFinished(() => void execFileSync('umount', ['-l', folder]));
  const filler = join(folder, 'filler');
  return {
    folder,
    fill() {
      emptyLog(folder);
      writeUntilFull(filler);
    },
    free: () => rmSync(filler),
  };
}

function writeUntilFull(path: string): void {
  const file = openSync(path, 'w');
  const block = Buffer.alloc(4_096, 1);
  try {
    for (;;) writeSync(file, block);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC')) throw cause;
  } finally {
    closeSync(file);
  }
}

/** A limit on how large a file the process may write, which needs no rights; undefined without `prlimit`. */
export function aSizeLimit(): SmallDisk | undefined {
  const folder = aFolder();
  if (spawnSync('prlimit', ['--version']).status !== 0) return undefined;
  const limit = (pid: number, bytes: number | 'unlimited') =>
    execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`]);
  return {
    folder,
    fill(pid) {
      emptyLog(folder);
      limit(pid, statSync(join(folder, 'deskbell.db-wal')).size);
    },
    free: (pid) => void limit(pid, 'unlimited'),
  };
}

/** SQLite writes over what is old in its log, and so has room for a while though the disk is full. */
function emptyLog(folder: string): void {
  const sql = new DatabaseSync(join(folder, 'deskbell.db'), { timeout: 5_000 });
  sql.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  sql.close();
}
