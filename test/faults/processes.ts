import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, type TestContext } from 'vitest';
import { runDeskbell, runSimulator, type Started } from './programs.ts';

export { stopProgram } from './programs.ts';
export { deliveriesOf, textsAt } from './records.ts';

function killAtTheEnd(child: ChildProcess): void {
  onTestFinished(() => void child.kill('SIGKILL'));
}

/** A simulator that goes with the test. */
export function startSimulatorProgram(env: Record<string, string> = {}): Promise<Started> {
  return runSimulator(env, killAtTheEnd);
}

/** A Deskbell that goes with the test. */
export function startDeskbell(env: Record<string, string>): Promise<Started> {
  return runDeskbell(env, killAtTheEnd);
}

/** A folder that goes with the test. */
export function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'deskbell-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Skips a test for which the machine lacks something, and says so; the reporter keeps the reason to itself. */
export function skipFor(test: TestContext, why: string): never {
  console.log(`skipped: ${why}`);
  return test.skip(why);
}
