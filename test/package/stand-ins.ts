import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startFauxqs } from 'fauxqs';
import { createAwsApi } from '../../lib/aws/api.ts';
import { createDynamoStore } from '../../lib/aws/dynamo-store.ts';
import { simulatorKeys } from '../../lib/config.ts';
import { minute } from '../../lib/domain/time/instant.ts';
import { startSimulator } from '../../local/simulator/server.ts';
import { createTestTable, startDynamo, tableName, testAccess } from '../aws/table.ts';

type Received = { Body: string; MessageId: string; ReceiptHandle: string };

/** DynamoDB, SQS, Secrets Manager and Huawei Cloud, all on this machine and by its clock. */
export async function startStandIns() {
  let ahead = 0;
  const simulator = await startSimulator({ now: () => Date.now() + ahead });
  const dynamo = await startDynamo();
  const client = await createTestTable(dynamo.endpoint);
  const queues = await startFauxqs({ port: 0, logger: false });
  const sqsEndpoint = `http://127.0.0.1:${queues.port}`;
  const sqs = createAwsApi('sqs', { ...testAccess, endpoint: sqsEndpoint });
  const secrets = await startSecrets();
  const create = async (QueueName: string) => String((await sqs('CreateQueue', { QueueName })).QueueUrl);
  const [sendQueueUrl, trackQueueUrl] = [await create('send'), await create('track')];
  return {
    store: createDynamoStore({ client, tableName, now: Date.now, keptDays: 400 }),
    sendQueueUrl,
    trackQueueUrl,
    secrets,
    /** What the functions' own clients are told of, and what they are given to sign with. */
    environment: {
      AWS_REGION: testAccess.region,
      AWS_ACCESS_KEY_ID: testAccess.accessKeyId,
      AWS_SECRET_ACCESS_KEY: testAccess.secretAccessKey,
      AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
      AWS_ENDPOINT_URL_SQS: sqsEndpoint,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
    },
    workspaceEndpoint: simulator.url,
    /** The messages that are there within a second; they are taken off the queue. */
    async take(QueueUrl: string): Promise<Received[]> {
      const input = { QueueUrl, WaitTimeSeconds: 1, MaxNumberOfMessages: 10 };
      const { Messages = [] } = (await sqs('ReceiveMessage', input)) as { Messages?: Received[] };
      for (const { ReceiptHandle } of Messages) await sqs('DeleteMessage', { QueueUrl, ReceiptHandle });
      return Messages;
    },
    /** How many messages wait for their time. */
    async delayedIn(QueueUrl: string): Promise<number> {
      const name = 'ApproximateNumberOfMessagesDelayed';
      const { Attributes } = await sqs('GetQueueAttributes', { QueueUrl, AttributeNames: [name] });
      return Number((Attributes as Record<string, string>)[name]);
    },
    async notifications(): Promise<{ pool: string; text: string }[]> {
      const answer = await fetch(`${simulator.url}/_simulator/notifications`);
      return ((await answer.json()) as { items: { pool: string; text: string }[] }).items;
    },
    /** All jobs of Huawei's have had their time. */
    letJobsEnd() {
      ahead += 3 * minute;
    },
    async close() {
      await simulator.close();
      await dynamo.close();
      await queues.stop();
      await secrets.close();
    },
  };
}

/** Holds one secret: the simulator's keys. */
async function startSecrets() {
  let keys = { accessKey: simulatorKeys.accessKey, secretKey: simulatorKeys.secretKey };
  let reads = 0;
  const server = createServer((_request, response) => {
    reads += 1;
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify({ SecretString: JSON.stringify(keys) }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    reads: () => reads,
    change(secretKey: string) {
      keys = { ...keys, secretKey };
    },
    async close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
