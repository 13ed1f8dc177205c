import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { examineFolder } from '../../lib/config/data-folder.ts';
import type { Config } from '../../lib/config.ts';
import { messageOf } from '../../lib/domain/codes/errors.ts';
import { targetOf } from '../../lib/domain/target.ts';
import type { Instant } from '../../lib/domain/time/instant.ts';
import { inspectStore } from '../../lib/sqlite/inspection.ts';
import { type Finding, ok, trouble, warning } from './finding.ts';

/**
 * Whether Node's time zone data is recent: governments change their clocks at a few weeks' notice.
 *
 * @param version as in `2026a`: the year, and the release of that year.
 */
export function checkTimeZones(version: string, now: Instant): Finding {
  const age = new Date(now).getUTCFullYear() - Number(version.slice(0, 4));
  if (age <= 1) return ok('time zones', `the time zone data is ${version}`);
  return warning(
    'time zones',
    `the time zone data is ${version}, so that later changes of the clocks anywhere are not known`,
    'run npm ci with a newer Deskbell, which brings a newer Node.js',
  );
}

/** Whether the data folder can be used, and holds the data of this project. */
export function checkData({ dataDir, huawei }: Pick<Config, 'dataDir' | 'huawei'>): Finding[] {
  const folder = resolve(dataDir);
  if (!existsSync(folder)) return [checkNewFolder(folder)];
  if (!statSync(folder).isDirectory())
    return [trouble('data folder', `${folder} is not a folder`, 'set DESKBELL_DATA_DIR to another one')];
  if (!mayWrite(folder)) return [notWritable(folder)];
  const { danger, oddity } = examineFolder(folder);
  if (danger !== undefined)
    return [trouble('data folder', danger, 'do that before the next start, which refuses the folder')];
  if (oddity !== undefined)
    return [warning('data folder', oddity, 'leave it if you meant it'), ...checkFile(folder, huawei)];
  return checkFile(folder, huawei);
}

function checkFile(folder: string, huawei: Config['huawei']): Finding[] {
  const file = join(folder, 'deskbell.db');
  if (!existsSync(file)) return [ok('data folder', `${folder} can be written; the first start fills it`)];
  if (!mayWrite(file)) return [notWritable(file)];
  return [ok('data folder', `${folder} can be written`), ...checkStore(file, huawei)];
}

function checkNewFolder(folder: string): Finding {
  let parent = dirname(folder);
  while (!existsSync(parent)) parent = dirname(parent);
  return mayWrite(parent)
    ? ok('data folder', `${folder} will be made by the first start`)
    : notWritable(parent);
}

function notWritable(path: string): Finding {
  return trouble(
    'data folder',
    `${path} cannot be written`,
    'give the user that runs Deskbell the right to write there, or set DESKBELL_DATA_DIR to another folder',
  );
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function checkStore(file: string, huawei: Config['huawei']): Finding[] {
  try {
    const { schemaVersion, newestVersion, target } = inspectStore(file);
    return [checkSchema(schemaVersion, newestVersion), ...checkTarget(target, targetOf(huawei))];
  } catch (cause) {
    return [trouble('store', messageOf(cause), 'put a backup in its place, as docs/one-machine.md tells')];
  }
}

function checkSchema(version: number, newest: number): Finding {
  if (version > newest)
    return trouble(
      'store',
      `the store has schema version ${version}, and this Deskbell knows ${newest}`,
      'run the newer Deskbell that wrote it',
    );
  const next = version < newest ? `; the next start brings it to ${newest}` : '';
  return ok('store', `the store has schema version ${version}${next}`);
}

function checkTarget(stored: string | undefined, wanted: string): Finding[] {
  if (stored === undefined) return [];
  if (stored === wanted) return [ok('store', `it belongs to ${stored}, as the environment says`)];
  return [
    trouble(
      'store',
      `it belongs to ${stored}, but the environment says ${wanted}`,
      'set DESKBELL_DATA_DIR to another folder, or restore the environment',
    ),
  ];
}
