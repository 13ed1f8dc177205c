import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { aFolder } from '../faults/processes.ts';

const root = join(import.meta.dirname, '../..');
const table = (message: string, more = '') =>
  `schedules:\n  - id: hello\n    pools: [engineering]\n    cron: "0 4 * * *"\n    message: ${message}\n${more}`;

/** The settings of a run of its own, over a table that the test may change. */
function aWorld(content = table('Hello.')) {
  const folder = aFolder();
  const file = join(folder, 'table.yml');
  writeFileSync(file, content);
  const env = {
    DESKBELL_DATA_DIR: join(folder, 'data'),
    DESKBELL_TABLE: file,
    PORT: '0',
    // Nobody listens there; a simulator of its own would have another port at each start.
    HUAWEICLOUD_WORKSPACE_ENDPOINT: 'http://127.0.0.1:9',
  };
  return { file, env, tokenFile: join(folder, 'data/token') };
}

/** Runs a command in the checkout; `output` has all that it has printed so far. */
function run(command: string, env: Record<string, string>) {
  const { PATH = '' } = process.env;
  const child = spawn('sh', ['-c', command], {
    cwd: root,
    env: { ...env, PATH: `${join(root, 'node_modules/.bin')}:${PATH}` },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  // Not `exit`: were it a shell that ended, the program below it would keep the output open.
  const closed = once(child, 'close').then(([code]) => code as number | null);
  return { child, closed, output: () => output };
}

/** What a start prints until it has stopped again. */
async function outputOf(env: Record<string, string>): Promise<string> {
  const { child, closed, output } = run('exec node local/start.ts', env);
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  expect(await closed).toBe(0);
  return output();
}

describe('what the start says', () => {
  it('names the file of the token, and never the token', async () => {
    const { env, tokenFile } = aWorld();
    const output = await outputOf(env);
    expect(output).toContain(`in ${tokenFile}`);
    expect(output).not.toContain(readFileSync(tokenFile, 'utf8').trim());
  });

  it('says how the command line finds it when it is not on the usual port', async () => {
    const output = await outputOf(aWorld().env);
    const [, url] = /API +(\S+)/.exec(output) ?? [];
    expect(output).toContain(`export DESKBELL_URL=${url}\n`);
  });

  it('warns of a data folder that others may write to', async () => {
    const { env } = aWorld();
    const folder = join(aFolder(), 'open');
    mkdirSync(folder);
    chmodSync(folder, 0o777);
    const output = await outputOf({ ...env, DESKBELL_DATA_DIR: folder });
    expect(output).toContain(`warning       other users may write to ${folder}`);
  });

  it('names line and schedule of each warning', async () => {
    const { file, env } = aWorld(table('Hello.', '    enabled: false\n'));
    expect(await outputOf(env)).toContain(`${file}:6: hello: enabled: the schedule is not enabled`);
  });

  it('says what apply would do when the file is not what is stored', async () => {
    const { file, env } = aWorld();
    await outputOf(env);
    expect(await outputOf(env)).toContain(`as in ${file}\n`);
    writeFileSync(file, table('Bye.'));
    expect(await outputOf(env)).toContain(
      `"npx deskbell apply ${file}" would replace what an earlier file brought`,
    );
  });

  it.each([
    [{ DESKBELL_SENDS_PER_MINUTE: '0' }, 'whole number from 1 to 10000, or off, not "0"'],
    [{ DESKBELL_DATA_DIR: join(root, 'LICENSE') }, 'a file where a folder is needed'],
    [{ DESKBELL_TABLE: root }, `DESKBELL_TABLE: ${root} cannot be read`],
  ])('tells in words why it cannot start: %j', async (env, message) => {
    const { closed, output } = run('exec node local/start.ts', { ...aWorld().env, ...env });
    expect(await closed).toBe(1);
    expect(output()).toContain(message);
    expect(output()).not.toContain('    at ');
  });
});

describe('a signal to npm start', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

  it.each([
    [['SIGTERM']],
    // As Ctrl-C does it: once from the terminal, once from npm.
    [['SIGINT', 'SIGINT']],
  ] as const)('ends Deskbell itself, and cleanly: %j', async (signals) => {
    const { child, closed } = run(scripts.start, aWorld().env);
    await once(child.stdout, 'data');
    for (const signal of signals) child.kill(signal);
    expect(await closed).toBe(0);
  });
});
