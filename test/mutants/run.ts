import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Mutant } from './mutant.ts';
import { mutants } from './mutants.ts';

/** Puts each mistake into the product and runs the test that is to notice it. */

const root = join(import.meta.dirname, '../..');
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const config = join(import.meta.dirname, 'vitest.config.ts');
/** At least so many of all mistakes must be noticed. */
const least = 0.95;

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
const wanted = mutants.filter(({ name, file }) => `${file} ${name}`.includes(values.only));

/** `caught`: a test failed because of it. `missed`: every test passed. `broken`: no test could run. */
type Verdict = 'caught' | 'missed' | 'broken';

async function judge({ name, caughtBy }: Mutant): Promise<Verdict> {
  if (caughtBy === undefined) return 'missed';
  const { code, output } = await run(['run', '--config', config, `test/${caughtBy}`], { MUTANT: name });
  if (code === 0) return 'missed';
  return /AssertionError|Tests .*failed/.test(output) ? 'caught' : 'broken';
}

function run(args: string[], env: Record<string, string>): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const options = { cwd: root, env: { ...process.env, ...env, NO_COLOR: '1' }, maxBuffer: 64 << 20 };
    execFile(process.execPath, [vitest, ...args], options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : 1, output: `${stdout}${stderr}` }),
    );
  });
}

const names = mutants.map(({ name }) => name);
const repeated = names.filter((name, i) => names.indexOf(name) !== i);
if (repeated.length > 0) throw new Error(`each mistake needs a name of its own: ${repeated.join('; ')}`);

async function judgeAll(): Promise<Map<Mutant, Verdict>> {
  const verdicts = new Map<Mutant, Verdict>();
  const queue = [...wanted];
  const worker = async () => {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const verdict = await judge(mutant);
      verdicts.set(mutant, verdict);
      const { file, name, caughtBy, escapes } = mutant;
      console.log(`${verdict.padEnd(6)}  ${file}: ${name}  (${caughtBy ?? escapes ?? 'no test'})`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return verdicts;
}

const verdicts = [...(await judgeAll())];
const caught = verdicts.filter(([, verdict]) => verdict === 'caught').length;
const isAsListed = verdicts.every(
  ([{ caughtBy }, verdict]) => (verdict === 'caught') === (caughtBy !== undefined),
);
const share = caught / Math.max(wanted.length, 1);
console.log(`${caught} of ${wanted.length} mistakes noticed, ${(100 * share).toFixed(1)} %`);
if (!isAsListed || share < least) process.exitCode = 1;
