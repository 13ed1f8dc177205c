import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import dynalite from 'dynalite';
import { type AwsApi, createAwsApi } from '../../lib/aws/api.ts';

/** What stand-ins take for an account. */
export const testAccess = { region: 'eu-central-1', accessKeyId: 'test', secretAccessKey: 'test' };

export const tableName = 'deskbell-test';

/** The same as in serverless.yml. */
export const tableDefinition = {
  TableName: tableName,
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
    { AttributeName: 'wakePk', AttributeType: 'S' },
    { AttributeName: 'wakeAt', AttributeType: 'N' },
    { AttributeName: 'logPk', AttributeType: 'S' },
    { AttributeName: 'logSk', AttributeType: 'S' },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'wake',
      KeySchema: [
        { AttributeName: 'wakePk', KeyType: 'HASH' },
        { AttributeName: 'wakeAt', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
    {
      IndexName: 'log',
      KeySchema: [
        { AttributeName: 'logPk', KeyType: 'HASH' },
        { AttributeName: 'logSk', KeyType: 'RANGE' },
      ],
      Projection: {
        ProjectionType: 'INCLUDE',
        NonKeyAttributes: ['owner', 'state', 'pool', 'poolId', 'pools'],
      },
    },
  ],
};

/** A client of anything that stands in for DynamoDB at that address. */
export function clientOf(endpoint: string): AwsApi {
  return createAwsApi('dynamodb', { ...testAccess, endpoint });
}

/** Starts a stand-in of DynamoDB; in a folder when what it holds is to outlive it. */
export async function startDynamo(path?: string, port = 0) {
  const server = dynalite({ createTableMs: 0, ...(path === undefined ? {} : { path }) });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const { port: chosen } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${chosen}`,
    port: chosen,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An empty table. */
export async function createTestTable(endpoint: string): Promise<AwsApi> {
  const client = clientOf(endpoint);
  await client('CreateTable', tableDefinition);
  for (let status = ''; status !== 'ACTIVE'; ) {
    const { Table } = (await client('DescribeTable', { TableName: tableName })) as {
      Table: { TableStatus: string };
    };
    status = Table.TableStatus;
  }
  return client;
}
