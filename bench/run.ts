import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stopChildren } from './children.ts';
import { failedLine, keepReport, type Line, reportOf } from './report.ts';

type Row = { measure: () => Promise<Line[]>; onlyWhenAsked?: true };

// Loaded when they are asked for: some need the peers, which may not be installed yet.
const rows: Record<string, Row> = {
  signing: { measure: async () => (await import('./signing.ts')).measureSigning() },
  sending: { measure: async () => (await import('./sending.ts')).measureSending() },
  lateness: { measure: async () => (await import('./lateness.ts')).measureLateness() },
  stored: { measure: async () => (await import('./stored.ts')).measureStored() },
  tick: { measure: async () => (await import('./tick.ts')).measureTick() },
  idle: { measure: async () => (await import('./idle.ts')).measureIdle() },
  kill: { measure: async () => (await import('./kill.ts')).measureKill() },
  scale: { measure: async () => (await import('./scale.ts')).measureScale() },
  startup: { measure: async () => (await import('./startup.ts')).measureStartup() },
  lambda: { measure: async () => (await import('./lambda.ts')).measureLambda() },
  install: { measure: async () => (await import('./commands.ts')).measureInstall(), onlyWhenAsked: true },
  tests: { measure: async () => (await import('./commands.ts')).measureTests(), onlyWhenAsked: true },
};

/** The whole takes less than ten minutes; whatever hangs must not hang for good. */
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
  for (const [name, { measure, onlyWhenAsked }] of Object.entries(rows)) {
    if (asked.length === 0 ? onlyWhenAsked : !asked.includes(name)) continue;
    lines.push(...(await tryRow(name, measure)));
  }
  const report = reportOf(lines, new Date());
  console.log(report);
  if (asked.length === 0) keepReport(report);
}

/** One that fails does not stop the others. */
async function tryRow(name: string, measure: Row['measure']): Promise<Line[]> {
  const startedAt = performance.now();
  try {
    return await measure();
  } catch (cause) {
    console.error(cause);
    process.exitCode = 1;
    return [failedLine(name, String(cause))];
  } finally {
    await stopChildren();
    console.error(`${name}: ${Math.round((performance.now() - startedAt) / 1_000)} s`);
  }
}

function installPeers(): void {
  const installed = join(import.meta.dirname, 'node_modules', '.package-lock.json');
  if (existsSync(installed) && hasAll(installed)) return;
  const args = ['ci', '--prefix', import.meta.dirname, '--no-audit', '--no-fund'];
  execFileSync('npm', args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Whether what is installed is what the lockfile names. */
function hasAll(installed: string): boolean {
  const versions = (path: string) => {
    const { packages } = JSON.parse(readFileSync(path, 'utf8')) as {
      packages: Record<string, { version?: string }>;
    };
    return new Map(Object.entries(packages).map(([name, { version }]) => [name, version]));
  };
  const present = versions(installed);
  const wanted = versions(join(import.meta.dirname, 'package-lock.json'));
  return ['bullmq', 'croner', 'node-cron', 'pg-boss'].every(
    (name) => present.get(`node_modules/${name}`) === wanted.get(`node_modules/${name}`),
  );
}

setTimeout(() => {
  console.error('The measurements take too long; given up.');
  process.exit(1);
}, longestRunMs).unref();
await main(process.argv.slice(2));
