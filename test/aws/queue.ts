import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startFauxqs } from 'fauxqs';
import { onTestFinished } from 'vitest';

/** Starts a stand-in of SQS with one queue, whose messages are given back at once when they are not deleted. */
export async function openSqs() {
  const server = await startFauxqs({ port: 0, logger: false });
  const client = new SQSClient({
    endpoint: `http://127.0.0.1:${server.port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  onTestFinished(async () => {
    client.destroy();
    await server.stop();
  });
  const create = async (QueueName: string) => {
    const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName }));
    return QueueUrl;
  };
  return {
    client,
    sendQueueUrl: await create('send'),
    trackQueueUrl: await create('track'),
    /** The bodies of the messages that are there within `seconds`. */
    async receive(QueueUrl: string, seconds: number): Promise<string[]> {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: seconds, MaxNumberOfMessages: 10 }),
      );
      return Messages.map(({ Body = '' }) => Body);
    },
  };
}
