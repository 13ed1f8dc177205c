import { type ChildProcess, fork, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const children = new Set<ChildProcess>();
const folders = new Set<string>();
const root = join(import.meta.dirname, '..');
const patienceMs = 15_000;

/** Starts a program of this project in a process that ends, whatever happens, with this one. */
export function startChild(
  program: string,
  settings: { flags?: string[]; args?: string[]; env?: Record<string, string>; stdio?: StdioOptions } = {},
): ChildProcess {
  const { flags = [], args = [], env = {}, stdio = ['ignore', 'ignore', 'inherit', 'ipc'] } = settings;
  const { PATH = '' } = process.env;
  const child = fork(join(root, program), args, {
    cwd: root,
    // Nothing else of our environment: it may hold settings of the product, and real keys.
    env: { PATH, ...env },
    execArgv: [...flags, '--import', join(import.meta.dirname, 'end-with-parent.ts')],
    stdio,
  });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** Asks it to stop, and makes it. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (!children.has(child)) return;
  const exited = once(child, 'exit');
  child.kill();
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  await exited;
  clearTimeout(timer);
}

/**
 * The next message of a child.
 *
 * @throws Error when it ends, or says nothing for 15 s.
 */
export async function messageOf(child: ChildProcess): Promise<unknown> {
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, AbortSignal.timeout(patienceMs)]);
  const ended = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`${child.spawnargs.at(1)} ended with code ${code}`);
  });
  try {
    const [message]: unknown[] = await Promise.race([once(child, 'message', { signal }), ended]);
    return message;
  } finally {
    ended.catch(() => undefined);
    over.abort();
  }
}

/** A new folder that goes with this process. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'deskbell-bench-'));
  folders.add(folder);
  return folder;
}

process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
