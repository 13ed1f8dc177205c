import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

type Invocation = {
  id: string;
  event: unknown;
  settle: (answer: unknown) => void;
  fail: (error: Error) => void;
};

/** A function in a process of its own, as Lambda runs it. */
export type RunningFunction = {
  invoke(event: unknown): Promise<unknown>;
  /** What it wrote to its standard output. */
  output(): string;
  stop(): Promise<void>;
};

const timeoutMs = 60_000;

/**
 * Runs a handler in a process that is fed through Lambda's own interface for runtimes:
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 *
 * @param file the module that exports `handler`.
 */
export async function startFunction(
  file: string,
  environment: Record<string, string>,
): Promise<RunningFunction> {
  const waiting: Invocation[] = [];
  const underWay = new Map<string, Invocation>();
  let asking: ServerResponse | undefined;

  function handOver(): void {
    const next = asking === undefined ? undefined : waiting.shift();
    if (asking === undefined || next === undefined) return;
    underWay.set(next.id, next);
    const deadline = { 'Lambda-Runtime-Deadline-Ms': String(Date.now() + timeoutMs) };
    asking.writeHead(200, { 'Lambda-Runtime-Aws-Request-Id': next.id, ...deadline });
    asking.end(JSON.stringify(next.event));
    asking = undefined;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, id = '', kind] = /\/invocation\/([^/]+)(?:\/(response|error))?$/.exec(request.url ?? '') ?? [];
    if (id === 'next') {
      asking = response;
      handOver();
      return;
    }
    const body: unknown = JSON.parse(Buffer.concat(await Array.fromAsync(request)).toString());
    if (kind === 'error') underWay.get(id)?.fail(new Error(JSON.stringify(body)));
    else underWay.get(id)?.settle(body);
    response.writeHead(202).end();
  }

  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const api = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const output: string[] = [];
  const child = runBootstrap(file, { ...environment, AWS_LAMBDA_RUNTIME_API: api }, output);
  child.once('exit', (code) => {
    const error = new Error(`the function ended with ${code}:\n${output.join('')}`);
    for (const { fail } of [...waiting.splice(0), ...underWay.values()]) fail(error);
  });

  return {
    invoke(event) {
      return new Promise((settle, fail) => {
        waiting.push({ id: randomUUID(), event, settle, fail });
        handOver();
      });
    },
    output: () => output.join(''),
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      server.closeAllConnections();
      server.close();
    },
  };
}

function runBootstrap(file: string, env: Record<string, string>, output: string[]): ChildProcess {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'bootstrap.ts'), file], { env });
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => output.push(text));
  return child;
}
