// What Lambda's own runtime for Node does: takes one event after the other and hands it to the handler.
import { pathToFileURL } from 'node:url';
import { messageOf } from '../../lib/domain/codes/errors.ts';

type Handler = (event: unknown, context: object) => Promise<unknown>;

const { handler } = (await import(pathToFileURL(process.argv[2] ?? '').href)) as { handler: Handler };
const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;

for (;;) {
  const next = await fetch(`${api}/next`);
  const awsRequestId = next.headers.get('lambda-runtime-aws-request-id');
  const deadline = Number(next.headers.get('lambda-runtime-deadline-ms'));
  const context = { awsRequestId, getRemainingTimeInMillis: () => deadline - Date.now() };
  const tell = async (kind: 'response' | 'error', body: unknown) => {
    const sent = await fetch(`${api}/${awsRequestId}/${kind}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    await sent.text();
  };
  try {
    await tell('response', (await handler(await next.json(), context)) ?? null);
  } catch (error) {
    await tell('error', { errorMessage: messageOf(error) });
  }
}
