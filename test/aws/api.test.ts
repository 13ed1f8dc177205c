import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createAwsApi } from '../../lib/aws/api.ts';
import { createDynamoClient } from '../../lib/aws/clients.ts';
import { post } from '../../lib/aws/post.ts';
import { createTable } from '../../lib/aws/table.ts';
import { testAccess } from './table.ts';

type Answer = { status: number; text: string };

/** Opens a server until the test ends; gives its address. */
async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An AWS that gives these answers, one after the other and the last one from then on. */
async function anAws(...answers: Answer[]) {
  const tokens: unknown[] = [];
  const times: number[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    const { status, text } = answers[Math.min(tokens.length, answers.length - 1)] ?? {
      status: 500,
      text: '',
    };
    tokens.push(request.headers['x-amz-security-token']);
    times.push(performance.now());
    request.resume();
    response.writeHead(status).end(text);
  });
  server.on('connection', () => {
    connections += 1;
  });
  const endpoint = await listen(server);
  return { endpoint, tokens, times, connections: () => connections };
}

const fine = { status: 200, text: '{}' };
const refused = (name: string, message = 'no', status = 400) => ({
  status,
  text: JSON.stringify({ __type: `com.amazonaws#${name}`, message }),
});

describe('a post', () => {
  it.each([
    ['no answer comes', ''],
    ['an answer stops in its middle', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"It'],
  ])('ends by its time-out when %s', async (_name, begun) => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.write(begun);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await expect(post(url, {}, '{}', 50)).rejects.toThrow(/abort/i);
  });
});

describe('many posts', () => {
  it('have few connections open at once, and wait for their turn without a time-out', async () => {
    let open = 0;
    let most = 0;
    const server = createServer((request, response) => {
      open += 1;
      most = Math.max(most, open);
      request.resume();
      setTimeout(() => {
        open -= 1;
        response.writeHead(200).end('{}');
      }, 700);
    });
    const url = new URL(await listen(server));
    // The last two wait for 2.1 s and are answered after 2.8 s; a busy machine has two seconds more for each.
    const answers = await Promise.all(Array.from({ length: 194 }, () => post(url, {}, '{}', 2_700)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(194);
    expect(most).toBe(64);
  });

  it('to a host that hangs hold up no other host, and fail soon, all of them', async () => {
    const hanging = createServer(() => {});
    const url = new URL(await listen(hanging));
    const begunAt = performance.now();
    const calls = Array.from({ length: 500 }, () => post(url, {}, '{}', 1_000).catch(() => 'failed'));
    const { endpoint } = await anAws(fine);
    await post(new URL(endpoint), {}, '{}', 500);
    expect(performance.now() - begunAt).toBeLessThan(900);
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['failed']));
    expect(performance.now() - begunAt).toBeLessThan(3_000);
  });

  it('use no connection of before a freeze though an answer came after it', async () => {
    const held: (() => void)[] = [];
    let connections = 0;
    const server = createServer((request, response) => {
      request.resume();
      const answer = () => void response.writeHead(200).end('{}');
      if (request.url === '/slow') held.push(answer);
      else answer();
    });
    server.on('connection', () => {
      connections += 1;
    });
    const endpoint = await listen(server);
    onTestFinished(() => void vi.useRealTimers());
    const at = (path: string) => post(new URL(`${endpoint}${path}`), {}, '{}', 3_000);
    const slow = at('/slow');
    await at('/fast');
    await vi.waitFor(() => expect(held).toHaveLength(1));
    expect(connections).toBe(2);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
    held[0]?.();
    await slow;
    await at('/fast');
    expect(connections).toBe(3);
  });

  it('use no connection of before a freeze', async () => {
    const { endpoint, connections } = await anAws(fine);
    const call = createAwsApi('dynamodb', { ...testAccess, endpoint });
    await Promise.all(Array.from({ length: 10 }, () => call('GetItem', {})));
    expect(connections()).toBe(10);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_000 });
    onTestFinished(() => void vi.useRealTimers());
    await call('GetItem', {});
    expect(connections()).toBe(10);
    vi.setSystemTime(Date.now() + 5_000);
    await call('GetItem', {});
    expect(connections()).toBe(11);
  });
});

describe('a call of AWS', () => {
  it.each([
    'ThrottlingException',
    'ProvisionedThroughputExceededException',
    'RequestLimitExceeded',
    'TooManyRequestsException',
    'LimitExceededException',
    'SlowDown',
  ])('is repeated when AWS is only too busy: %s', async (name) => {
    const { endpoint, tokens } = await anAws(refused(name), fine);
    await createAwsApi('dynamodb', { ...testAccess, endpoint })('GetItem', {});
    expect(tokens).toHaveLength(2);
  });

  it.each([
    ['InternalServerError', refused('InternalServerError', 'no', 500)],
    ['InternalFailure', refused('InternalFailure', 'no', 500)],
    ['ServiceUnavailable', refused('ServiceUnavailable', 'no', 503)],
    ['InternalServiceError', refused('InternalServiceError', 'no', 500)],
    ['a page without a name for it', { status: 500, text: '<html>Error</html>' }],
    ['a page of a load balancer', { status: 502, text: '<html>Bad Gateway</html>' }],
  ])('is repeated when AWS failed by itself: %s', async (_name, answer) => {
    const { endpoint, tokens } = await anAws(answer, fine);
    await createAwsApi('sqs', { ...testAccess, endpoint })('SendMessage', {});
    expect(tokens).toHaveLength(2);
  });

  it('leaves a busy AWS alone for a while, the second time for longer', async () => {
    const { endpoint, times } = await anAws(refused('ThrottlingException'));
    const call = createAwsApi('dynamodb', { ...testAccess, endpoint });
    await expect(call('GetItem', {})).rejects.toMatchObject({ name: 'ThrottlingException' });
    const [first = 0, second = 0, third = 0] = times;
    expect(second - first).toBeGreaterThanOrEqual(49);
    expect(third - second).toBeGreaterThanOrEqual(99);
  });

  it('uses the connection of the call before it', async () => {
    const { endpoint, connections } = await anAws(fine);
    const call = createAwsApi('dynamodb', { ...testAccess, endpoint });
    await call('GetItem', {});
    await call('GetItem', {});
    expect(connections()).toBe(1);
  });

  it.each(['message', 'Message'])('is refused in the words of AWS, under %s', async (field) => {
    const text = JSON.stringify({ __type: 'AccessDeniedException', [field]: 'not allowed to' });
    const { endpoint } = await anAws({ status: 400, text });
    const call = createAwsApi('sqs', { ...testAccess, endpoint });
    await expect(call('SendMessage', {})).rejects.toMatchObject({ message: 'not allowed to' });
  });

  it('is not repeated when AWS refused it for good', async () => {
    const { endpoint, tokens } = await anAws(refused('ValidationException'));
    const call = createAwsApi('dynamodb', { ...testAccess, endpoint });
    await expect(call('GetItem', {})).rejects.toMatchObject({ name: 'ValidationException', message: 'no' });
    expect(tokens).toHaveLength(1);
  });

  it.each(['', '<html>Sign in</html>', '{"Item":{"item"', 'null'])(
    'never takes for done what was answered without JSON: %s',
    async (text) => {
      const { endpoint, tokens } = await anAws({ status: 200, text });
      const table = createTable(createAwsApi('dynamodb', { ...testAccess, endpoint }), 'table');
      await expect(table.put({ pk: { S: 'a' } })).rejects.toThrow('the table cannot be used');
      expect(tokens).toHaveLength(3);
    },
  );

  it('goes on when the repetition is answered', async () => {
    const { endpoint } = await anAws({ status: 200, text: '<html>' }, { status: 200, text: '{"Count":1}' });
    const answer = await createAwsApi('dynamodb', { ...testAccess, endpoint })('Query', {});
    expect(answer).toEqual({ Count: 1 });
  });

  it('is signed with the token of the environment, and does not repeat what AWS quotes of it', async () => {
    const quoted =
      'the canonical string should have been x-amz-security-token:token-hidden, not token-hidden';
    const { endpoint, tokens } = await anAws(refused('InvalidSignatureException', quoted));
    const client = createDynamoClient({
      AWS_REGION: testAccess.region,
      AWS_ACCESS_KEY_ID: testAccess.accessKeyId,
      AWS_SECRET_ACCESS_KEY: testAccess.secretAccessKey,
      AWS_SESSION_TOKEN: 'token-hidden',
      AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    });
    const error: unknown = await createTable(client, 'table')
      .get({ pk: 'a', sk: 'b' })
      .catch((cause: unknown) => cause);
    expect(tokens).toEqual(['token-hidden']);
    const { stack, cause } = error as Error;
    expect(`${stack} ${(cause as Error).stack}`).toContain('x-amz-security-token:[secret]');
    expect(`${stack} ${(cause as Error).stack}`).not.toContain('hidden');
  });
});
