import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mutations } from './mutations.ts';

const run = join(import.meta.dirname, 'run.ts');

/** What the simulation says of the product with a mistake in it. */
function hunt(name: string, seeds: number): Promise<string> {
  return new Promise((resolve) => {
    const args = [run, '--mutation', name, '--seeds', String(seeds)];
    execFile(process.execPath, args, (_, stdout, stderr) => resolve(`${stdout}${stderr}`.trim()));
  });
}

describe('the simulation notices that', () => {
  it.concurrent.each(mutations)(
    '$name (invariant $breaks)',
    async ({ name, breaks }) => {
      const said = await hunt(name, 1_000);
      console.log(`${name}: ${said}`);
      expect(breaks, said).toContain(Number(/^invariant (\d+),/.exec(said)?.[1]));
    },
    60_000,
  );
});
