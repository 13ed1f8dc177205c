import { globSync, readFileSync } from 'node:fs';

// What Linux tells of processes under /proc; elsewhere these throw.

/** The unit of the times in /proc/PID/stat. */
const clockTickMs = 10;

/**
 * CPU that a process and all that it started have taken so far, in milliseconds.
 *
 * @throws Error where there is no /proc.
 */
export function cpuMsOf(pid: number): number {
  const running = treeOf(pid).flatMap((each) => globSync(`/proc/${each}/task/*/schedstat`));
  const nanoseconds = running.reduce((sum, path) => sum + Number(read(path).split(' ')[0]), 0);
  const ended = fieldsOf(pid).slice(13, 15);
  return nanoseconds / 1e6 + ended.reduce((sum, ticks) => sum + Number(ticks) * clockTickMs, 0);
}

/** The most memory that was resident since its start, in MiB. */
export function peakMemoryOf(pid: number): number {
  return kilobytes(`/proc/${pid}/status`, 'VmHWM') / 1_024;
}

/** What a process and all that it started hold now, memory that they share counted once, in MiB. */
export function memoryOfTree(pid: number): number {
  const sum = treeOf(pid).reduce((all, each) => all + kilobytes(`/proc/${each}/smaps_rollup`, 'Pss'), 0);
  return sum / 1_024;
}

function treeOf(pid: number): number[] {
  const pids = globSync('/proc/[0-9]*').map((path) => Number(path.slice('/proc/'.length)));
  const parents = new Map(pids.map((each) => [each, Number(fieldsOf(each)[1])]));
  const tree = [pid];
  // It grows as it is gone through.
  for (const parent of tree) {
    for (const [child, its] of parents) if (its === parent) tree.push(child);
  }
  return tree;
}

/** From the state on: what comes before it, the name, may hold spaces. Empty when it has ended. */
function fieldsOf(pid: number): string[] {
  return read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? [];
}

function kilobytes(path: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(read(path))?.[1] ?? 0);
}

/** A process may end between a look at the list and a look at it. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (process.platform === 'linux') return '';
    throw cause;
  }
}
