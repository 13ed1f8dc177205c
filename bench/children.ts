import { type ChildProcess, fork, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How a process is asked to stop, and how it is made to. */
type Ending = { ask: NodeJS.Signals; make: NodeJS.Signals; isGroup: boolean };

const children = new Map<ChildProcess, Ending>();
const folders = new Set<string>();
const patienceMs = 15_000;

/** The folder of the whole project. */
export const root = join(import.meta.dirname, '..');

/** Starts a program of this project in a process that ends, whatever happens, with this one. */
export function startChild(
  program: string,
  settings: { flags?: string[]; args?: string[]; env?: Record<string, string>; stdio?: StdioOptions } = {},
): ChildProcess {
  const { flags = [], args = [], env = {}, stdio = ['ignore', 'ignore', 'inherit', 'ipc'] } = settings;
  const child = fork(join(root, program), args, {
    cwd: root,
    env: { ...plainEnvironment(), ...env },
    execArgv: [...flags, '--import', join(import.meta.dirname, '../test/end-with-parent.ts')],
    stdio,
  });
  return remember(child, { ask: 'SIGTERM', make: 'SIGKILL', isGroup: false });
}

/**
 * Starts another program, as the leader of a group of its own: what it starts ends with it.
 *
 * @param signals how it is asked to stop, and how it is made to; SIGTERM and SIGKILL.
 */
export function startProgram(
  [command, ...args]: readonly [string, ...string[]],
  settings: { env?: Record<string, string>; cwd?: string } & Partial<Pick<Ending, 'ask' | 'make'>> = {},
): ChildProcess {
  const { env = {}, cwd = root, ask = 'SIGTERM', make = 'SIGKILL' } = settings;
  const child = spawn(command, args, {
    cwd,
    env: { ...plainEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  return remember(child, { ask, make, isGroup: true });
}

/** Nothing else of our environment: it may hold settings of the product, and real keys. */
function plainEnvironment(): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME };
}

function remember(child: ChildProcess, ending: Ending): ChildProcess {
  children.set(child, ending);
  const forget = () => children.delete(child);
  child.once('exit', forget).once('error', forget);
  return child;
}

/** Asks it to stop, and makes it. */
export async function stopChild(child: ChildProcess): Promise<void> {
  const ending = children.get(child);
  if (ending === undefined) return;
  const exited = once(child, 'exit');
  signal(child, ending.ask, ending);
  const timer = setTimeout(() => signal(child, ending.make, ending), patienceMs);
  await exited;
  clearTimeout(timer);
}

/** Ends it as a crash would. */
export async function killChild(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

/** Ends all that still runs: what a measurement that failed has left behind. */
export async function stopChildren(): Promise<void> {
  await Promise.all([...children.keys()].map(stopChild));
}

function signal(child: ChildProcess, name: NodeJS.Signals, { isGroup }: Ending): void {
  if (child.pid === undefined) return;
  try {
    process.kill(isGroup ? -child.pid : child.pid, name);
  } catch (cause) {
    // It has ended by itself, and its exit is not told yet.
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ESRCH')) throw cause;
  }
}

/**
 * The next message of a child.
 *
 * @param longestMs how long to wait; 15 s.
 * @throws Error when it ends, or says nothing for so long.
 */
export async function messageOf(child: ChildProcess, longestMs = patienceMs): Promise<unknown> {
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, AbortSignal.timeout(longestMs)]);
  const ended = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`${child.spawnargs.slice(1).join(' ')} ended with code ${code}`);
  });
  try {
    const [message]: unknown[] = await Promise.race([once(child, 'message', { signal }), ended]);
    return message;
  } finally {
    ended.catch(() => undefined);
    over.abort();
  }
}

/**
 * Waits until a program that was started with `startProgram` has written something.
 *
 * @throws Error when it ends before, or does not write it within 15 s.
 */
export function written(child: ChildProcess, pattern: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let text = '';
    const fail = (why: string) => reject(new Error(`${child.spawnargs.join(' ')} ${why}:\n${text}`));
    const timer = setTimeout(fail, patienceMs, 'took too long');
    const read = (part: Buffer) => {
      text = (text + part).slice(-4_000);
      const found = pattern.exec(text);
      if (found !== null) resolve(found);
    };
    // Read on for good: a program whose pipe is full stands still.
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      fail(`ended with code ${code}`);
    });
  });
}

/**
 * Waits until a program that was started with `startProgram` has ended.
 *
 * @throws Error with the last of what it wrote when it failed.
 */
export function finished(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    const read = (part: Buffer) => {
      text = (text + part).slice(-4_000);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${child.spawnargs.join(' ')} ended with code ${code}:\n${text}`));
    });
  });
}

/** A new folder that goes with this process. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'deskbell-bench-'));
  folders.add(folder);
  return folder;
}

/** Gives a large folder back before this process ends. */
export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  folders.delete(folder);
}

process.once('exit', () => {
  for (const [child, ending] of children) signal(child, ending.make, ending);
  for (const folder of folders) removeFolder(folder);
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
