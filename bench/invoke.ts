// What Lambda does with a new instance: loads the handler, and hands it the first event.
import { pathToFileURL } from 'node:url';

const [, , file = '', event = ''] = process.argv;
const { handler } = (await import(pathToFileURL(file).href)) as {
  handler: (event: unknown, context: object) => Promise<unknown>;
};
const answer = await handler(JSON.parse(event), { getRemainingTimeInMillis: () => 60_000 });
const { statusCode = 200, batchItemFailures = [] } = (answer ?? {}) as {
  statusCode?: number;
  batchItemFailures?: unknown[];
};
if (![200, 503].includes(statusCode) || batchItemFailures.length > 0) throw new Error(JSON.stringify(answer));
process.exit();
