import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const root = join(import.meta.dirname, '../..');

/** A program of the checkout that is up, where it listens, and what it has printed so far. */
export type Started = { child: ChildProcess; url: string; output: string[] };

/** Told of each process before it is waited for, so that none is left behind. */
export type Keeper = (child: ChildProcess) => void;

/** Runs a program of the checkout until it says where it listens, or ends. */
async function startProgram(
  entry: string,
  env: Record<string, string>,
  urlPattern: RegExp,
  keep: Keeper,
): Promise<Started> {
  const child = fork(join(root, entry), {
    cwd: root,
    env: { PATH: process.env.PATH, ...env },
    execArgv: ['--import', join(import.meta.dirname, '../end-with-parent.ts')],
    silent: true,
  });
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('the program has no output');
  keep(child);
  const output: string[] = [];
  stderr.setEncoding('utf8').on('data', (text: string) => output.push(text));
  // Read on for good, or lines that came together with that one are lost, and the program blocks on a full pipe.
  const lines = createInterface({ input: stdout });
  const url = await new Promise<string>((resolve, reject) => {
    lines.on('line', (line) => {
      output.push(line);
      const [, found] = urlPattern.exec(line) ?? [];
      if (found !== undefined) resolve(found);
    });
    lines.once('close', () => reject(new Error(`${entry} ended before it was ready:\n${output.join('\n')}`)));
  });
  return { child, url, output };
}

/** Starts the simulator by itself, on a free port. */
export function runSimulator(env: Record<string, string>, keep: Keeper): Promise<Started> {
  const program = 'local/simulator/start.ts';
  return startProgram(program, { SIMULATOR_PORT: '0', ...env }, /^Simulator.*: (http:\S+)/, keep);
}

/** Starts Deskbell as `npm start` does, on a free port. */
export function runDeskbell(env: Record<string, string>, keep: Keeper): Promise<Started> {
  return startProgram('local/start.ts', { PORT: '0', ...env }, /^ {2}API +(http:\S+)/, keep);
}

/** Sends a signal and waits for the end; gives the exit code, null when the signal ended it. */
export async function stopProgram({ child }: Started, signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
  const ended = once(child, 'exit');
  child.kill(signal);
  const [code] = (await ended) as [number | null];
  return code;
}
