import { startFauxqs } from 'fauxqs';
import { onTestFinished } from 'vitest';
import { createAwsApi } from '../../lib/aws/api.ts';
import { testAccess } from './table.ts';

/** Starts a stand-in of SQS with two queues of its own; it ends with the test. */
export async function openSqs() {
  const server = await startFauxqs({ port: 0, logger: false });
  const client = createAwsApi('sqs', { ...testAccess, endpoint: `http://127.0.0.1:${server.port}` });
  onTestFinished(async () => {
    await server.stop();
  });
  const create = async (QueueName: string) => {
    const { QueueUrl } = await client('CreateQueue', { QueueName });
    return String(QueueUrl);
  };
  return {
    client,
    sendQueueUrl: await create('send'),
    trackQueueUrl: await create('track'),
    /** The bodies of the messages that are there within `seconds`. */
    async receive(QueueUrl: string, seconds: number): Promise<string[]> {
      const input = { QueueUrl, WaitTimeSeconds: seconds, MaxNumberOfMessages: 10 };
      const { Messages = [] } = (await client('ReceiveMessage', input)) as { Messages?: { Body: string }[] };
      return Messages.map(({ Body }) => Body);
    },
  };
}
