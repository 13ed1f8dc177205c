import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

const root = join(import.meta.dirname, '../..');

export type Started = { child: ChildProcess; url: string; output: string[] };

/** Runs a program of the checkout until it says where it listens, or ends. */
async function startProgram(
  entry: string,
  env: Record<string, string>,
  urlPattern: RegExp,
): Promise<Started> {
  const child = spawn(process.execPath, [join(root, entry)], {
    cwd: root,
    env: { PATH: process.env.PATH, ...env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const output: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => output.push(text));
  for await (const line of createInterface({ input: child.stdout })) {
    output.push(line);
    const [, url] = urlPattern.exec(line) ?? [];
    if (url === undefined) continue;
    // Read on, or the program blocks on a full pipe.
    child.stdout.on('data', (text: Buffer) => output.push(text.toString()));
    return { child, url, output };
  }
  throw new Error(`${entry} ended before it was ready:\n${output.join('\n')}`);
}

export function startSimulatorProgram(env: Record<string, string> = {}): Promise<Started> {
  const program = 'local/simulator/start.ts';
  return startProgram(program, { SIMULATOR_PORT: '0', ...env }, /^Simulator.*: (http:\S+)/);
}

export function startDeskbell(env: Record<string, string>): Promise<Started> {
  return startProgram('local/start.ts', { PORT: '0', ...env }, /^ {2}API +(http:\S+)/);
}

export async function stopProgram({ child }: Started, signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
  const ended = once(child, 'exit');
  child.kill(signal);
  const [code] = (await ended) as [number | null];
  return code;
}

/** A folder that goes with the test. */
export function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'deskbell-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export type DeliveryAnswer = {
  deliveryId: string;
  scheduleId: string;
  state: string;
  reasonCode?: string;
  reason?: string;
  jobId?: string;
  dueAt: string;
  firstAttemptAt?: string;
};

/** All deliveries, page after page. */
export async function deliveriesOf(url: string, dataDir: string): Promise<DeliveryAnswer[]> {
  const headers = { Authorization: `Bearer ${readFileSync(join(dataDir, 'token'), 'utf8').trim()}` };
  const items: DeliveryAnswer[] = [];
  let cursor = '';
  do {
    const query = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const answer = await fetch(`${url}/v1/deliveries?limit=200${query}`, { headers });
    const page = (await answer.json()) as { items: DeliveryAnswer[]; nextCursor?: string };
    items.push(...page.items);
    cursor = page.nextCursor ?? '';
  } while (cursor !== '');
  return items;
}

/** The texts that the simulator received. */
export async function textsAt(url: string): Promise<string[]> {
  const answer = await fetch(`${url}/_simulator/notifications`);
  const { items } = (await answer.json()) as { items: { text: string }[] };
  return items.map(({ text }) => text);
}
