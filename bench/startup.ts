import { setTimeout as sleep } from 'node:timers/promises';
import { finished, startProgram, stopChild, temporaryFolder, written } from './children.ts';
import type { Line } from './report.ts';
import { median, whole } from './statistics.ts';

const rounds = 3;
const longestStartMs = 30_000;

/** What a person waits for: the server, and the command line's answer. */
export async function measureStartup(): Promise<Line[]> {
  const settings = { PORT: '0', SIMULATOR_PORT: '0', DESKBELL_DATA_DIR: await temporaryFolder() };
  const server = startProgram(['npm', 'start'], { env: settings });
  const url = await addressOf(server);
  const env = { DESKBELL_URL: url, DESKBELL_DATA_DIR: settings.DESKBELL_DATA_DIR };
  const found = { floor: [] as number[], npm: [] as number[], start: [] as number[], list: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    found.floor.push(await timeOf(['node', '--eval', '0']));
    found.npm.push(await timeOf(['npm', '--version']));
    found.start.push(await timeOfStart({ ...settings, DESKBELL_DATA_DIR: await temporaryFolder() }));
    found.list.push(await timeOf(['npx', 'deskbell', 'deliveries', '--json'], env));
  }
  await stopChild(server);
  const told = (what: keyof typeof found) => `${whole(median(found[what]))} ms`;
  const floor = `${told('floor')} (node, an empty program), ${told('npm')} (npm --version)`;
  return [
    { work: '`npm start` to ready', floor, peers: '–', ours: told('start'), mark: '–' },
    { work: '`npx deskbell deliveries`', floor, peers: '–', ours: told('list'), mark: '–' },
  ];
}

/** From the command until /v1/health says that all is well, in milliseconds. */
export async function timeOfStart(env: Record<string, string>): Promise<number> {
  const startedAt = performance.now();
  const server = startProgram(['npm', 'start'], { env });
  const url = await addressOf(server);
  while (!(await isWell(url))) {
    if (performance.now() > startedAt + longestStartMs) throw new Error('/v1/health does not get well');
    await sleep(5);
  }
  const tookMs = performance.now() - startedAt;
  await stopChild(server);
  return tookMs;
}

async function isWell(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/v1/health`);
  await answer.body?.cancel();
  return answer.ok;
}

/**
 * From the start of a command to its end, in milliseconds.
 *
 * @throws Error when it fails.
 */
export async function timeOf(
  command: readonly [string, ...string[]],
  env: Record<string, string> = {},
  cwd?: string,
): Promise<number> {
  const startedAt = performance.now();
  await finished(startProgram(command, { env, ...(cwd === undefined ? {} : { cwd }) }));
  return performance.now() - startedAt;
}

async function addressOf(server: ReturnType<typeof startProgram>): Promise<string> {
  const [, url = ''] = await written(server, /^ {2}API +(http:\S+)/m);
  return url;
}
