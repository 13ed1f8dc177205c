import { describe, expect, it } from 'vitest';
import { readApiConfig, readTickConfig, readWorkerConfig } from '../../lib/config/lambda.ts';

const tickEnvironment = {
  DESKBELL_TABLE_NAME: 'deskbell-prod',
  DESKBELL_SEND_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/123456789012/send',
  DESKBELL_TRACK_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/123456789012/track',
};
const workerEnvironment = {
  ...tickEnvironment,
  DESKBELL_SECRET_ID: 'deskbell-prod-huawei',
  HUAWEICLOUD_REGION: 'cn-north-4',
  HUAWEICLOUD_SDK_PROJECT_ID: '0a1b2c3d4e5f60718293a4b5c6d7e8f9',
};

function problemsOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    return String(error);
  }
  return 'no problem';
}

describe('the environment of a function', () => {
  it('needs little for the planner, and keeps records for 400 days', () => {
    expect(readTickConfig(tickEnvironment)).toEqual({
      tableName: 'deskbell-prod',
      sendQueueUrl: tickEnvironment.DESKBELL_SEND_QUEUE_URL,
      trackQueueUrl: tickEnvironment.DESKBELL_TRACK_QUEUE_URL,
      keptDays: 400,
    });
  });

  it('finds the Workspace by its region, unless it is told where it is', () => {
    expect(readWorkerConfig(workerEnvironment).huawei.endpoint).toBe(
      'https://workspace.cn-north-4.myhuaweicloud.com',
    );
    const HUAWEICLOUD_WORKSPACE_ENDPOINT = 'https://workspace.example.com';
    expect(readWorkerConfig({ ...workerEnvironment, HUAWEICLOUD_WORKSPACE_ENDPOINT }).huawei.endpoint).toBe(
      HUAWEICLOUD_WORKSPACE_ENDPOINT,
    );
  });

  it('tells all its problems at once', () => {
    const problems = problemsOf(() =>
      readApiConfig({ DESKBELL_SEND_QUEUE_URL: 'nope', DESKBELL_TOKENS: 'x' }),
    );
    expect(problems.split('\n')).toHaveLength(8);
    for (const name of [
      'TABLE_NAME',
      'SEND_QUEUE_URL',
      'TRACK_QUEUE_URL',
      'SECRET_ID',
      'REGION',
      'PROJECT_ID',
      'TOKENS',
    ])
      expect(problems).toContain(name);
  });

  it.each([
    'HUAWEICLOUD_SDK_AK',
    'HUAWEICLOUD_SDK_SK',
    'HUAWEICLOUD_SDK_SECURITY_TOKEN',
    'DESKBELL_ADMIN_TOKEN',
  ])('must not hold %s, and does not repeat it', (name) => {
    const problems = problemsOf(() => readTickConfig({ ...tickEnvironment, [name]: 'planted-value-9f3' }));
    expect(problems).toContain(`${name} must not be set here`);
    expect(problems).not.toContain('planted-value');
  });
});
