import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { keepReport, type Line, reportOf } from './report.ts';

// Loaded when they are asked for: some need the peers, which may not be installed yet.
const rows: Record<string, () => Promise<Line[]>> = {
  signing: async () => (await import('./signing.ts')).measureSigning(),
  sending: async () => (await import('./sending.ts')).measureSending(),
  lateness: async () => (await import('./lateness.ts')).measureLateness(),
  stored: async () => (await import('./stored.ts')).measureStored(),
  tick: async () => (await import('./tick.ts')).measureTick(),
};

/** The whole takes about five minutes; whatever hangs must not hang for good. */
const longestRunMs = 15 * 60_000;

async function main(asked: readonly string[]): Promise<void> {
  const unknown = asked.filter((name) => !Object.hasOwn(rows, name));
  if (unknown.length > 0) {
    console.error(
      `There is no measurement ${unknown.join(', ')}; there are ${Object.keys(rows).join(', ')}.`,
    );
    process.exitCode = 2;
    return;
  }
  installPeers();
  const lines: Line[] = [];
  for (const [name, measure] of Object.entries(rows)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    console.error(`measuring ${name} …`);
    lines.push(...(await measure()));
  }
  const report = reportOf(lines, new Date());
  console.log(report);
  if (asked.length === 0) keepReport(report);
}

function installPeers(): void {
  if (existsSync(join(import.meta.dirname, 'node_modules'))) return;
  const args = ['ci', '--prefix', import.meta.dirname, '--no-audit', '--no-fund'];
  execFileSync('npm', args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

setTimeout(() => {
  console.error('The measurements take too long; given up.');
  process.exit(1);
}, longestRunMs).unref();
await main(process.argv.slice(2));
