import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { readConfig, simulatorKeys } from '../lib/config.ts';
import { createWorkspace } from '../lib/huawei/workspace.ts';
import { openLocalRuntime } from '../lib/runtime/local.ts';
import { Secret } from '../lib/secret.ts';
import type { FaultAnswer } from '../local/simulator/faults.ts';
import { startSimulator } from '../local/simulator/server.ts';
import { run } from './cli/run.ts';
import { aFolder, startDeskbell, startSimulatorProgram, stopProgram } from './faults/processes.ts';

/** Planted where secrets belong; each is found by its own name. */
const planted = {
  accessKey: 'PLANTEDACCESSKEY0001',
  secretKey: 'planted-secret-key-0002',
  securityToken: 'planted-security-token-0003',
  adminToken: 'planted-admin-token-0004',
  viewerToken: 'planted-viewer-token-0005',
  wrongToken: 'planted-wrong-token-0006',
};

function sha256(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** A secret as it may be written. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  // Base64 of what stands beside it begins at one of three places; two letters on each side are shared.
  const shifted = [0, 1, 2].map((n) =>
    Buffer.concat([Buffer.alloc(n), bytes])
      .toString('base64')
      .slice(4, -4),
  );
  return [secret, ...shifted, bytes.toString('hex'), sha256(secret)];
}

/** The names of the secrets that a text holds in any form. */
function leaksIn(content: string): string[] {
  return Object.entries(planted)
    .filter(([, secret]) => formsOf(secret).some((form) => content.includes(form)))
    .map(([name]) => name);
}

const keys = {
  HUAWEICLOUD_SDK_AK: planted.accessKey,
  HUAWEICLOUD_SDK_SK: planted.secretKey,
  HUAWEICLOUD_SDK_SECURITY_TOKEN: planted.securityToken,
  HUAWEICLOUD_SDK_PROJECT_ID: simulatorKeys.projectId,
};

const tokens = {
  DESKBELL_ADMIN_TOKEN: planted.adminToken,
  DESKBELL_TOKENS: `ann:viewer:${sha256(planted.viewerToken)}`,
};

/** Keys that the simulator takes, but for what a test changes. */
const goodKeys = {
  ...keys,
  HUAWEICLOUD_SDK_AK: simulatorKeys.accessKey,
  HUAWEICLOUD_SDK_SK: simulatorKeys.secretKey,
};

/** A table of one-off schedules, one for each pool, all due soon. */
function tableDueIn(ms: number, pools: readonly string[]): string {
  const at = new Date(Date.now() + ms).toISOString().slice(0, 19);
  const schedules = pools.map((pool, i) => ({ id: `s${i}`, pools: [pool], at, message: 'Save your work.' }));
  return JSON.stringify({ schedules });
}

/** Every byte that a run has left on the disk. */
function bytesIn(folder: string): string {
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'latin1'))
    .join('\n');
}

/** Runs a program that ends by itself. */
async function outputOf(
  args: string[],
  env: Record<string, string>,
): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, args, {
    cwd: join(import.meta.dirname, '..'),
    env: { PATH: process.env.PATH, ...env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code, output: out + err };
}

function refusalOf(environment: Record<string, string>): unknown {
  try {
    return readConfig(environment);
  } catch (error) {
    return error;
  }
}

describe('the search for secrets', () => {
  it.each(Object.entries(planted))('finds %s in each form', (name, secret) => {
    for (const form of formsOf(secret)) expect(leaksIn(`"…${form}…"`)).toEqual([name]);
    const inBase64 = Buffer.from(`{"user":"${secret}"}`).toString('base64');
    expect(leaksIn(inBase64)).toEqual([name]);
    expect(leaksIn('a text without any')).toEqual([]);
  });
});

describe('what is printed of settings', () => {
  it('holds no secret, in whatever way the configuration and the runtime are printed', async () => {
    const environment = {
      ...keys,
      ...tokens,
      HUAWEICLOUD_REGION: 'cn-north-4',
      DESKBELL_DATA_DIR: aFolder(),
    };
    const config = readConfig(environment);
    const runtime = await openLocalRuntime(config);
    const printed = [config, runtime, new Error('failed', { cause: config.huawei })].flatMap((value) => [
      inspect(value, { depth: 10, showHidden: true }),
      `${JSON.stringify(value)}`,
      String(config.huawei.secretKey),
      `${config.huawei.securityToken}${config.adminToken}`,
    ]);
    await runtime.close();
    // The access key is the key's name, and hashes of tokens are the setting itself.
    const hashes = [planted.adminToken, planted.viewerToken].map(sha256);
    const content = hashes.reduce((rest, hash) => rest.replaceAll(hash, ''), printed.join('\n'));
    expect(leaksIn(content.replaceAll(planted.accessKey, ''))).toEqual([]);
  });

  it.each<[string, Record<string, string>]>([
    ['numbers that are none', { PORT: 'x', DESKBELL_MESSAGE_LIMIT: '0', DESKBELL_SENDS_PER_MINUTE: '-1' }],
    ['a key in place of the project', { HUAWEICLOUD_SDK_PROJECT_ID: planted.secretKey }],
    ['a password in the endpoint', { HUAWEICLOUD_WORKSPACE_ENDPOINT: `https://me:${planted.secretKey}@a.b` }],
    [
      'a password in a bad endpoint',
      { HUAWEICLOUD_WORKSPACE_ENDPOINT: `https://${planted.secretKey}@a.b/c` },
    ],
    ['a password in what is no endpoint', { HUAWEICLOUD_WORKSPACE_ENDPOINT: `me:${planted.secretKey}@a.b` }],
    ['a token where a hash belongs', { DESKBELL_TOKENS: `ann:viewer:${planted.viewerToken}` }],
    ['a token that is too short', { DESKBELL_ADMIN_TOKEN: planted.adminToken.slice(0, 15) }],
  ])('holds no secret when the configuration is refused: %s', (_, wrong) => {
    const refusal = refusalOf({ ...keys, ...tokens, HUAWEICLOUD_REGION: 'cn-north-4', ...wrong });
    expect(refusal).toBeInstanceOf(Error);
    expect(leaksIn(`${inspect(refusal, { depth: 10 })}${JSON.stringify(refusal)}`)).toEqual([]);
    expect(`${refusal}`).not.toContain(planted.adminToken.slice(0, 15));
  });
});

describe('what is said of calls that fail', () => {
  const answers: FaultAnswer[] = [
    '400',
    '401',
    '403',
    '404',
    '429',
    '500',
    'html',
    'reset-after-read',
    'no-job-id',
    'hang',
  ];

  it.each(answers)('holds no secret after %s', async (answer) => {
    const simulator = await startSimulator({ now: Date.now });
    const workspace = createWorkspace({
      endpoint: simulator.url,
      projectId: simulatorKeys.projectId,
      credentials: async () => ({
        accessKey: simulatorKeys.accessKey,
        secretKey: new Secret(simulatorKeys.secretKey),
        securityToken: new Secret(planted.securityToken),
      }),
      timeoutMs: 300,
      now: Date.now,
    });
    onTestFinished(async () => {
      await workspace.close();
      await simulator.close();
    });
    const [pool] = simulator.state.pools;
    simulator.state.faults.push({ match: {}, answer, times: 1 });
    const error: unknown = await workspace
      .sendToPool(pool?.id ?? '', 'Save.', () => true)
      .catch((cause) => cause);
    expect(error).toBeInstanceOf(Error);
    expect(leaksIn(inspect(error, { depth: 12, showHidden: true }) + JSON.stringify(error))).toEqual([]);
    expect(leaksIn(JSON.stringify(simulator.state.notifications.items))).toEqual([]);
  });
});

describe('a run', () => {
  const pools = ['finance', 'engineering', 'support', '研发一部', 'nowhere'];
  const patience = { timeout: 20_000, interval: 20 };

  async function ask(url: string, path: string, token: string | undefined, init: RequestInit = {}) {
    const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
    const answer = await fetch(`${url}${path}`, { ...init, headers: { ...headers, ...init.headers } });
    const headerLines = [...answer.headers].map(([name, value]) => `${name}: ${value}`);
    return { status: answer.status, content: [...headerLines, await answer.text()].join('\n') };
  }

  /** Lets everything come due and fail, asks for everything, stops, and gives all that was said or stored. */
  async function aRun(env: Record<string, string>, faults: FaultAnswer[], state: RegExp): Promise<string> {
    const simulator = await startSimulatorProgram();
    for (const answer of faults) {
      const body = JSON.stringify({ match: { operation: 'sendToPool' }, answer });
      await fetch(`${simulator.url}/_simulator/faults`, { method: 'POST', body });
    }
    const folder = aFolder();
    const table = join(folder, 'table.json');
    writeFileSync(table, tableDueIn(1_500, pools));
    const endpoint = { HUAWEICLOUD_WORKSPACE_ENDPOINT: simulator.url };
    const data = { DESKBELL_DATA_DIR: folder, DESKBELL_TABLE: table };
    const deskbell = await startDeskbell({ ...env, ...tokens, ...endpoint, ...data });
    const seen: string[] = [];
    const look = async (path: string, token?: string, init?: RequestInit) => {
      const { status, content } = await ask(deskbell.url, path, token, init);
      seen.push(content);
      return status;
    };
    await vi.waitFor(async () => {
      await look('/v1/deliveries', planted.adminToken);
      expect(`${seen.at(-1)}${deskbell.output.join('')}`).toMatch(state);
    }, patience);
    const list = JSON.parse(seen.at(-1)?.split('\n').at(-1) ?? '') as { items: { deliveryId: string }[] };
    for (const { deliveryId } of list.items) await look(`/v1/deliveries/${deliveryId}`, planted.adminToken);
    for (const path of [
      '/v1/health',
      '/v1/schedules',
      '/v1/schedules/s0',
      '/v1/pools',
      '/v1/session',
      '/v1/audit',
    ])
      await look(path, planted.adminToken);
    expect(await look('/v1/schedules', planted.viewerToken)).toBe(200);
    expect(await look('/v1/apply', planted.viewerToken, { method: 'POST', body: '{}' })).toBe(403);
    expect(await look('/v1/schedules', planted.wrongToken)).toBe(401);
    expect(await look(`/v1/schedules?limit=${planted.wrongToken.length}x`, planted.wrongToken)).toBe(401);
    await look('/v1/apply', planted.adminToken, {
      method: 'POST',
      body: '{',
      headers: { Cookie: planted.wrongToken },
    });
    await stopProgram(deskbell, 'SIGTERM');
    return [...seen, ...deskbell.output, ...simulator.output, bytesIn(folder)].join('\n');
  }

  it('shows no secret when Huawei echoes the request whose signature is wrong', async () => {
    const wrong = { ...goodKeys, HUAWEICLOUD_SDK_SK: planted.secretKey };
    const content = await aRun(wrong, [], /huawei-not-usable/);
    expect(content).toContain('canonicalRequest: [left out]');
    expect(leaksIn(content)).toEqual([]);
  });

  it('shows no secret when Huawei does not know the key', async () => {
    const content = await aRun(keys, [], /huawei-not-usable/);
    expect(content).toContain('Get secretKey failed');
    expect(leaksIn(content)).toEqual([]);
  });

  it('shows no secret when sends fail in every way', async () => {
    const content = await aRun(goodKeys, ['html', '403', 'no-job-id', '401'], /canonicalRequest/);
    expect(content).toContain('502 Bad Gateway');
    expect(leaksIn(content)).toEqual([]);
  });

  it('shows no secret when it cannot start or breaks down', async () => {
    const folder = aFolder();
    const file = join(folder, 'file');
    writeFileSync(file, 'no table: [');
    const all = {
      ...keys,
      ...tokens,
      HUAWEICLOUD_REGION: 'cn-north-4',
      DESKBELL_DATA_DIR: folder,
      PORT: '0',
    };
    const breakDown = `
      import { readConfig } from './lib/config.ts';
      const config = readConfig(process.env);
      console.log(config);
      console.error('%o', config);
      Promise.reject(Object.assign(new Error('broken'), { config }));`;
    const start = 'local/start.ts';
    const ends = await Promise.all([
      outputOf([start], { ...all, PORT: 'x' }),
      outputOf([start], { ...all, DESKBELL_HOST: '203.0.113.1' }),
      outputOf([start], { ...all, DESKBELL_DATA_DIR: file }),
      outputOf([start], { ...all, DESKBELL_DATA_DIR: aFolder(), DESKBELL_TABLE: file }),
      outputOf(['cli/deskbell.ts', 'doctor'], {
        ...all,
        HUAWEICLOUD_WORKSPACE_ENDPOINT: 'http://127.0.0.1:9',
      }),
      outputOf(['--input-type=module', '-e', breakDown], all),
    ]);
    expect(ends.map(({ code }) => code)).not.toContain(null);
    const content = ends.map(({ output }) => output).join('\n');
    expect(content).toContain('broken');
    const hashes = [planted.adminToken, planted.viewerToken].map(sha256);
    const rest = hashes.reduce((less, hash) => less.replaceAll(hash, ''), content);
    expect(leaksIn(rest.replaceAll(planted.accessKey, ''))).toEqual([]);
  });
});

describe('the command line', () => {
  const environment = { ...keys, ...tokens, DESKBELL_TOKEN: planted.adminToken };

  it.each<[string, string[], ((request: Request) => Response) | undefined, Record<string, string>]>([
    ['nothing listens', ['schedules'], undefined, {}],
    [
      'the token is refused',
      ['pools'],
      () => Response.json({ detail: 'the token is not known' }, { status: 401 }),
      {},
    ],
    ['the answer is no JSON', ['deliveries'], () => new Response('<html>', { status: 500 }), {}],
    [
      'the URL holds a password',
      ['pools'],
      undefined,
      { DESKBELL_URL: `http://me:${planted.wrongToken}@localhost` },
    ],
    ['the URL is none', ['pools'], undefined, { DESKBELL_URL: `me:${planted.wrongToken}@localhost` }],
    ['the command is unknown', ['scedules'], undefined, {}],
    ['the configuration is wrong', ['doctor'], undefined, { PORT: 'x' }],
    [
      'the URL of the doctor holds a password',
      ['doctor'],
      undefined,
      { PORT: 'x', DESKBELL_URL: `http://me:${planted.wrongToken}@localhost` },
    ],
  ])('says no secret when %s', async (_, args, api, more) => {
    for (const json of [[], ['--json']]) {
      const world = { environment: { ...environment, ...more }, ...(api === undefined ? {} : { api }) };
      const { exitCode, out, err } = await run([...args, ...json], world);
      expect(exitCode).not.toBe(0);
      expect(leaksIn(out + err)).toEqual([]);
    }
  });

  it('says no secret when the doctor finds that the key is wrong', async () => {
    const simulator = await startSimulator({ now: () => Date.parse('2026-11-24T09:00:00Z') });
    onTestFinished(() => simulator.close());
    const wrong = { ...environment, HUAWEICLOUD_SDK_AK: simulatorKeys.accessKey };
    const settings = {
      ...wrong,
      HUAWEICLOUD_WORKSPACE_ENDPOINT: simulator.url,
      DESKBELL_DATA_DIR: aFolder(),
    };
    const { out, err } = await run(['doctor'], { environment: settings });
    expect(out).toMatch(/PROBLEM {2}key: Huawei answered 401/);
    expect(leaksIn(out + err)).toEqual([]);
  });
});
