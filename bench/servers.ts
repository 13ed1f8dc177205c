import { type ChildProcess, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { removeFolder, startProgram, stopChild, temporaryFolder, written } from './children.ts';

/** A database server of our own on loopback, with its data in a folder that goes with it. */
export type Server = { url: string; process: ChildProcess; close(): Promise<void> };

/** A kind of server that a peer needs. */
export type ServerKind = {
  /** As it is spoken of. */
  name: string;
  /** Where it is installed; undefined when it is not. */
  program(): string | undefined;
  start(): Promise<Server>;
};

const isReady = /ready to accept connections/i;
const isRoot = process.getuid?.() === 0;

/** Redis with an append-only file, as BullMQ's guide wants it in production. */
export const redis: ServerKind = {
  name: 'Redis',
  program: () =>
    pathFolders()
      .map((folder) => join(folder, 'redis-server'))
      .find(existsSync),
  async start() {
    const [folder, port] = await Promise.all([temporaryFolder(), freePort()]);
    const command = [programOf(redis), '--port', port, '--bind', '127.0.0.1', '--dir', folder];
    const settings = ['--save', '', '--appendonly', 'yes'];
    return serve(
      `redis://127.0.0.1:${port}`,
      folder,
      withSetpriv(['--pdeathsig', 'KILL'], [...command, ...settings]),
    );
  },
};

/** PostgreSQL with its own defaults. It refuses to be run by root, so root runs it as its user `postgres`. */
export const postgres: ServerKind = {
  name: 'PostgreSQL',
  program: () =>
    isRoot && !hasPostgresUser()
      ? undefined
      : [...pathFolders(), ...globSync('/usr/lib/postgresql/*/bin').toSorted().toReversed()]
          .filter((folder) => existsSync(join(folder, 'initdb')))
          .map((folder) => join(folder, 'postgres'))
          .find(existsSync),
  async start() {
    const [folder, port] = await Promise.all([temporaryFolder(), freePort()]);
    const program = programOf(postgres);
    if (isRoot) execFileSync('chown', ['postgres:', folder]);
    const asItsUser = isRoot ? ['--reuid=postgres', '--regid=postgres', '--clear-groups'] : [];
    const initdb = [
      join(program, '../initdb'),
      '-D',
      folder,
      '-U',
      'postgres',
      '--auth=trust',
      '--encoding=UTF8',
    ];
    const [first, ...args] = withSetpriv(asItsUser, initdb);
    execFileSync(first, args, { cwd: '/', stdio: 'pipe' });
    const settings = ['-D', folder, '-p', port, '-c', 'listen_addresses=127.0.0.1', '-k', folder];
    const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
    const command = withSetpriv([...asItsUser, '--pdeathsig', 'QUIT'], [program, ...settings]);
    return serve(url, folder, command, { ask: 'SIGINT', make: 'SIGQUIT' });
  },
};

/** Its version as it tells it, as in "Redis 7.0.15"; undefined when it is not installed. */
export function versionOf({ name, program }: ServerKind): string | undefined {
  const path = program();
  if (path === undefined) return undefined;
  const said = execFileSync(path, ['--version'], { encoding: 'utf8' });
  return `${name} ${/\d+\.\d+(\.\d+)?/.exec(said)?.[0] ?? said.trim()}`;
}

async function serve(
  url: string,
  folder: string,
  command: readonly [string, ...string[]],
  signals: { ask?: NodeJS.Signals; make?: NodeJS.Signals } = {},
): Promise<Server> {
  const server = startProgram(command, { cwd: '/', ...signals });
  await written(server, isReady);
  return {
    url,
    process: server,
    async close() {
      await stopChild(server);
      removeFolder(folder);
    },
  };
}

/** Linux alone can end a server with this process whatever happens; elsewhere a kill -9 of ours leaves it behind. */
function withSetpriv(options: readonly string[], command: readonly string[]): [string, ...string[]] {
  const [first = '', ...others] = command;
  return process.platform !== 'linux' || options.length === 0
    ? [first, ...others]
    : ['setpriv', ...options, first, ...others];
}

function hasPostgresUser(): boolean {
  return /^postgres:/m.test(readFileSync('/etc/passwd', 'utf8'));
}

function programOf({ name, program }: ServerKind): string {
  const path = program();
  if (path === undefined) throw new Error(`${name} is not installed`);
  return path;
}

function pathFolders(): string[] {
  return (process.env.PATH ?? '').split(':').filter((folder) => folder !== '');
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await promisify(server.close.bind(server))();
  return String(port);
}
