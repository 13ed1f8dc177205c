import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { aFolder } from '../faults/processes.ts';
import {
  type Answering,
  answer,
  answering,
  type Change,
  change,
  changed,
  faults,
  table,
} from './any-answer.ts';
import { argsOf, type Line, line, odd, readUsages, seldom } from './any-line.ts';
import { run } from './run.ts';

type Ran = { args: string[]; exitCode: number; out: string; err: string };

/** What holds of every run, whatever came of it. */
function check(ran: Ran): void {
  const { args, exitCode, out, err } = ran;
  const told = JSON.stringify(ran);
  expect([0, 1, 2], told).toContain(exitCode);
  expect(`${out}\n${err}`, told).not.toMatch(/^ {4}at |TypeError|undefined|\[object Object\]/m);
  if (isAskedForJson(args)) expect(() => parseAll(args, out), told).not.toThrow();
}

function isAskedForJson(args: string[]): boolean {
  const [name = ''] = args;
  const end = args.indexOf('--');
  const options = args.slice(0, end < 0 ? args.length : end);
  const isHelp = ['', 'help'].includes(name) || args.includes('--help') || args.includes('-h');
  return !isHelp && options.includes('--json');
}

/** Every write carries its key, and how to repeat it is told with that key. */
function checkKeys({ args, out, err }: Ran, requests: readonly Request[]): void {
  const isWrite = ({ method }: Request) => method === 'POST' && !args.includes('--dry-run');
  const sent = requests.map(({ headers }) => headers.get('idempotency-key'));
  expect(sent.map((key) => key !== null)).toEqual(requests.map(isWrite));
  const told = isAskedForJson(args)
    ? (parseAll(args, out) as { idempotencyKey?: string }[])[0]?.idempotencyKey
    : /add --idempotency-key (\S+) to/.exec(err)?.[1];
  if (told !== undefined) expect(sent).toEqual([told]);
}

/** A rehearsal and an export print a line for each thing, and may have none. */
function parseAll([name]: string[], out: string): unknown[] {
  const texts =
    name === 'rehearse' || name === 'export' ? out.split('\n').filter((text) => text !== '') : [out];
  return texts.map((text) => JSON.parse(text));
}

/** An API that gives one answer after the other, round and round. */
function apiOf(answers: readonly Answering[]) {
  let n = 0;
  return (request: Request) => {
    const next = answers[n++ % answers.length];
    if (next === undefined) throw new Error('there is no answer to give');
    return answer(next, new URL(request.url).pathname);
  };
}

type World = {
  answers: Answering[];
  change: Change | undefined;
  text: string | undefined;
  url: string | undefined;
  token: string | undefined;
  width: number | undefined;
};
const world: fc.Arbitrary<World> = fc.record({
  answers: fc.array(answering, { minLength: 1, maxLength: 3 }),
  change,
  text: seldom(odd),
  url: seldom(odd),
  token: seldom(odd),
  width: fc.constantFrom(undefined, 0, 1, 40, 200),
});

/** Every command without and with all its options, in a world where nothing is wrong: most of them succeed, whatever chance does. */
function usual(commandCount: number): [Line, World][] {
  const right: Answering = { kind: 'right', status: 200, change: undefined, text: '' };
  const world: World = {
    answers: [right],
    change: undefined,
    text: undefined,
    url: undefined,
    token: undefined,
    width: undefined,
  };
  return Array.from({ length: 2 * commandCount }, (_, i) => {
    const picked = { isGiven: i >= commandCount, pick: 0, odd: undefined };
    return [{ pick: i % commandCount, picks: Array(10).fill(picked), isJson: false, more: [] }, world];
  });
}

describe('whatever is asked and answered', () => {
  it('every command ends soon, with 0, 1 or 2, in words, and in JSON when asked for it', async () => {
    // It asks Huawei too, see below.
    const commands = (await readUsages()).filter(({ name }) => name !== 'doctor');
    const folder = aFolder();
    const codes = new Set<number>();
    const succeeded = new Set<string>();
    await fc.assert(
      fc.asyncProperty(line, world, async (asked, { answers, text, url, token, width, ...one }) => {
        const args = argsOf(asked, commands);
        const files = {
          table: text ?? JSON.stringify(changed(table, one.change)) ?? '',
          faults: text ?? JSON.stringify(changed(faults, one.change)) ?? '',
          json: JSON.stringify(one.change?.value) ?? '',
          bytes: new Uint8Array([0xff, 0xfe, 0x00]),
        };
        const environment = {
          ...(url === undefined ? {} : { DESKBELL_URL: url }),
          DESKBELL_TOKEN: token ?? 'a-token',
          DESKBELL_DATA_DIR: folder,
        };
        const terminal = { environment, files, ...(width === undefined ? {} : { width }) };
        const begunAt = performance.now();
        const { exitCode, out, err, requests } = await run(args, { ...terminal, api: apiOf(answers) });
        check({ args, exitCode, out, err });
        checkKeys({ args, exitCode, out, err }, requests);
        expect(performance.now() - begunAt, args.join(' ')).toBeLessThan(10_000);
        codes.add(exitCode);
        if (exitCode === 0) succeeded.add(args[0] ?? '');
      }),
      { numRuns: 2_000, examples: usual(commands.length) },
    );
    expect([...codes].sort()).toEqual([0, 1, 2]);
    // A fuzz that is always refused proves little.
    expect(succeeded.size).toBeGreaterThan(commands.length / 2);
  }, 120_000);

  it('the doctor says what is wrong with Deskbell and with Huawei', async () => {
    let huawei = apiOf([]);
    const server = createServer(({ url = '/' }, response) => {
      void pass(() => huawei(new Request(new URL(url, 'http://localhost'))), response);
    });
    onTestFinished(() => void server.close());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const folder = aFolder();
    await fc.assert(
      fc.asyncProperty(
        world,
        fc.boolean(),
        fc.array(answering, { minLength: 1, maxLength: 2 }),
        async (...all) => {
          const [{ answers, url, token, text }, isJson, fromHuawei] = all;
          huawei = apiOf(fromHuawei);
          const environment = {
            HUAWEICLOUD_WORKSPACE_ENDPOINT: text ?? endpoint,
            DESKBELL_DATA_DIR: token ?? folder,
            DESKBELL_REQUEST_TIMEOUT_MS: '500',
            ...(url === undefined ? {} : { DESKBELL_URL: url }),
          };
          const args = ['doctor', ...(isJson ? ['--json'] : [])];
          const { exitCode, out, err } = await run(args, { environment, api: apiOf(answers) });
          check({ args, exitCode, out, err });
        },
      ),
      { numRuns: 300 },
    );
  }, 120_000);
});

/** Sends over a real connection what was made for `fetch`; what cannot be read to its end is cut off there. */
async function pass(make: () => Response, response: ServerResponse): Promise<void> {
  try {
    const { status, headers, body } = make();
    response.writeHead(status, Object.fromEntries(headers));
    for await (const chunk of body ?? []) response.write(chunk);
    response.end();
  } catch {
    response.destroy();
  }
}
