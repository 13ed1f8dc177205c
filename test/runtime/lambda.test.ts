import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { readWorkerConfig } from '../../lib/config/lambda.ts';
import { simulatorKeys } from '../../lib/config.ts';
import { HuaweiCredentialsError } from '../../lib/domain/codes/errors.ts';
import { createWorkspace } from '../../lib/huawei/workspace.ts';
import { getApiRuntime } from '../../lib/runtime/lambda-api.ts';
import { openLambdaHuawei } from '../../lib/runtime/lambda-huawei.ts';
import { getWorkerRuntime } from '../../lib/runtime/lambda-worker.ts';
import { tableName } from '../aws/table.ts';
import { tokensSetting } from '../http/api-rig.ts';
import { startStandIns } from '../package/stand-ins.ts';
import { anAsker } from '../rig.ts';

let standIns: Awaited<ReturnType<typeof startStandIns>>;

beforeAll(async () => {
  standIns = await startStandIns();
  const environment = {
    ...standIns.environment,
    DESKBELL_TABLE_NAME: tableName,
    DESKBELL_SEND_QUEUE_URL: standIns.sendQueueUrl,
    DESKBELL_TRACK_QUEUE_URL: standIns.trackQueueUrl,
    DESKBELL_SECRET_ID: 'deskbell-test-huawei',
    DESKBELL_SENDS_PER_MINUTE: '2',
    DESKBELL_TOKENS: tokensSetting,
    HUAWEICLOUD_REGION: 'simulator',
    HUAWEICLOUD_SDK_PROJECT_ID: simulatorKeys.projectId,
    HUAWEICLOUD_WORKSPACE_ENDPOINT: standIns.workspaceEndpoint,
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await standIns.close();
});

it.each([
  ['senders', getWorkerRuntime],
  ['the API', getApiRuntime],
])(
  '%s work with one key as long as an invocation lasts, and take a refused one anew at the next',
  async (name, getRuntime) => {
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    onTestFinished(() => void vi.restoreAllMocks());
    const { gatekeeper } = await getRuntime();
    const { fingerprint } = await gatekeeper.look();
    standIns.secrets.change(`a-key-for-${name}`);
    await gatekeeper.failed('read', new HuaweiCredentialsError('the signature is wrong'));
    expect((await gatekeeper.look()).fingerprint).toBe(fingerprint);
    const next = await getRuntime();
    expect((await next.gatekeeper.look()).fingerprint).not.toBe(fingerprint);
  },
);

it('lets no more requests through than the environment says', async () => {
  const { gatekeeper } = await openLambdaHuawei(readWorkerConfig(process.env), createWorkspace);
  await gatekeeper.proved();
  const answers = await Promise.all(Array.from({ length: 3 }, () => gatekeeper.ask('send', anAsker())));
  expect(answers.filter((answer) => 'until' in answer)).toHaveLength(1);
});

it('does not start on a table that belongs to another project', async () => {
  const config = readWorkerConfig(process.env);
  await openLambdaHuawei(config, createWorkspace);
  const huawei = { ...config.huawei, projectId: 'f'.repeat(32) };
  await expect(openLambdaHuawei({ ...config, huawei }, createWorkspace)).rejects.toThrow(
    'this table belongs to',
  );
});
