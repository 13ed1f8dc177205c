import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type AwsService, createAwsApi } from '../../lib/aws/api.ts';
import { createDynamoClient, createSecretsClient, createSqsClient } from '../../lib/aws/clients.ts';
import { post } from '../../lib/aws/post.ts';
import { testAccess } from './table.ts';

vi.mock('../../lib/aws/post.ts', () => ({ post: vi.fn(async () => ({ status: 200, text: '{}' })) }));

beforeEach(() => void vi.mocked(post).mockClear());

/** What the last call said, and where. */
function lastPost() {
  const [url, headers, , timeoutMs] = vi.mocked(post).mock.lastCall ?? [];
  const { Authorization = '', 'X-Amz-Target': target, 'Content-Type': type } = headers ?? {};
  const [, scope] = /Credential=test\/\d{8}\/(\S+)\/aws4_request/.exec(Authorization) ?? [];
  return { url: url?.href, target, type, scope, timeoutMs };
}

const environment = {
  AWS_REGION: testAccess.region,
  AWS_ACCESS_KEY_ID: testAccess.accessKeyId,
  AWS_SECRET_ACCESS_KEY: testAccess.secretAccessKey,
};

describe('a call of AWS goes to', () => {
  const services: [AwsService, string, string][] = [
    ['dynamodb', 'DynamoDB_20120810', 'application/x-amz-json-1.0'],
    ['sqs', 'AmazonSQS', 'application/x-amz-json-1.0'],
    ['secretsmanager', 'secretsmanager', 'application/x-amz-json-1.1'],
  ];
  it.each(services)(
    'the address of %s in its region, under its own target and type',
    async (service, target, type) => {
      await createAwsApi(service, testAccess)('Act', {});
      expect(lastPost()).toMatchObject({
        url: `https://${service}.eu-central-1.amazonaws.com/`,
        target: `${target}.Act`,
        type,
        scope: `eu-central-1/${service}`,
      });
    },
  );

  it('the domain of its own that AWS has in China', async () => {
    await createAwsApi('sqs', { ...testAccess, region: 'cn-north-1' })('SendMessage', {});
    expect(lastPost().url).toBe('https://sqs.cn-north-1.amazonaws.com.cn/');
  });

  it('the address that the environment names: one for all, or one for the service', async () => {
    const everywhere = { ...environment, AWS_ENDPOINT_URL: 'http://all.test' };
    await createSqsClient(everywhere)('SendMessage', {});
    expect(lastPost().url).toBe('http://all.test/');
    await createDynamoClient({ ...everywhere, AWS_ENDPOINT_URL_DYNAMODB: 'http://table.test' })(
      'GetItem',
      {},
    );
    expect(lastPost().url).toBe('http://table.test/');
    await createSecretsClient({ ...everywhere, AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://keys.test' })(
      'GetSecretValue',
      {},
    );
    expect(lastPost().url).toBe('http://keys.test/');
  });

  it('nowhere when there is nobody to call as, and says all that is missing', () => {
    const { AWS_REGION } = environment;
    const create = () => createDynamoClient({ AWS_REGION });
    expect(create).toThrow('AWS_ACCESS_KEY_ID is not set');
    expect(create).toThrow('AWS_SECRET_ACCESS_KEY is not set');
  });

  it('an end within the lease of whoever sends, with all of its repetitions', async () => {
    await createAwsApi('dynamodb', testAccess)('PutItem', {});
    expect(3 * (lastPost().timeoutMs ?? Infinity)).toBeLessThan(15_000);
  });
});
