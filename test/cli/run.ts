import { main } from '../../cli/main.ts';
import type { Terminal } from '../../cli/terminal.ts';
import { start } from '../rig.ts';

type World = {
  environment?: Record<string, string>;
  files?: Record<string, string | Uint8Array>;
  /** Of the terminal; without it nobody watches. */
  width?: number;
  /** What the API answers to each request; without it nothing listens. */
  api?: (request: Request) => Response | Promise<Response>;
  /** The Idempotency-Key that a command makes for itself. */
  key?: string;
};

/** Runs one command line in a world of the test's making, at 2026-11-24T09:00:00Z. */
export async function run(
  args: string[],
  { environment = {}, files = {}, width, api, key = 'a-key' }: World = {},
) {
  const printed: string[] = [];
  const complaints: string[] = [];
  const requests: Request[] = [];
  const terminal: Terminal = {
    environment,
    width,
    now: () => start,
    newKey: () => key,
    readFile(path) {
      if (path === 'a-folder') throw Object.assign(new Error('illegal operation'), { code: 'EISDIR' });
      const content = files[path];
      if (content === undefined) throw Object.assign(new Error(`cannot open '${path}'`), { code: 'ENOENT' });
      return typeof content === 'string' ? new TextEncoder().encode(content) : content;
    },
    async fetch(url, init) {
      const request = new Request(url, init);
      requests.push(request);
      if (api === undefined) throw new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') });
      return api(request);
    },
    print: (text) => printed.push(text),
    complain: (text) => complaints.push(text),
  };
  const exitCode = await main(args, terminal);
  return { exitCode, out: printed.join('\n'), err: complaints.join('\n'), requests };
}
