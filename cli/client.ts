import { defaultDataDir } from '../lib/config/data-folder.ts';
import { isLoopback } from '../lib/domain/loopback.ts';
import { CommandError, type IdempotencyKey, inputError, type ShownProblem } from './failure.ts';
import { listOf, object, optional, type Shape, text } from './shape.ts';
import type { Terminal } from './terminal.ts';

export type ApiCall = {
  /** The form of the answer that is read. */
  answer: Shape;
  method?: 'GET' | 'POST';
  path: string;
  query?: URLSearchParams;
  body?: { type: string; content: Uint8Array<ArrayBuffer> };
  /** The name of the file that is sent, for its problems. */
  file?: string;
  /** Of a command that writes. */
  key?: IdempotencyKey;
};

const defaultUrl = 'http://localhost:3000';
const timeoutMs = 60_000;
/** Without a connection no request has left. */
const unconnected = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'];

/**
 * Calls the HTTP API that DESKBELL_URL names.
 *
 * @returns the answer's JSON.
 * @throws CommandError when it cannot be reached or refuses; with the key unless it is certain that nothing was changed.
 */
export async function callApi<T>(terminal: Terminal, call: ApiCall): Promise<T> {
  const { url, token } = target(terminal);
  const response = await request(terminal, `${url}${call.path}${searchOf(call)}`, url, token, call);
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok && call.answer(answer)) return answer as T;
  const { message, exitCode, problems } = refusal(response, answer, token, call, url);
  const isRefused = response.status >= 400 && response.status < 500;
  throw new CommandError(message, exitCode, problems, isRefused ? undefined : call.key);
}

/** A URL may hold a password. */
function withoutUser(url: string): string {
  return url.replace(/\S*@/, '…@');
}

type Token = { text: string | undefined; from: string };

function target(terminal: Terminal): { url: string; token: Token } {
  const { DESKBELL_URL: written = defaultUrl } = terminal.environment;
  const url = URL.parse(written);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw new CommandError(`DESKBELL_URL must be like ${defaultUrl}, not "${withoutUser(written)}"`, 2);
  if (terminal.environment.NODE_TLS_REJECT_UNAUTHORIZED === '0' && url.protocol === 'https:')
    throw new CommandError(
      'NODE_TLS_REJECT_UNAUTHORIZED=0 would show your token to anybody: remove it, and name your own authority in NODE_EXTRA_CA_CERTS',
      2,
    );
  const token = readToken(terminal, url);
  // Refused here: the error of `fetch` would show the token.
  if (/[^\x20-\x7e]/.test(token.text ?? ''))
    throw new CommandError(
      `the token from ${token.from} holds characters that no token has; copy it again`,
      2,
    );
  return { url: url.href.replace(/\/$/, ''), token };
}

/** The token that this machine's Deskbell has made is of use, and shown, to that one alone. */
export function readToken({ environment, readFile }: Terminal, url: URL): Token {
  const { DESKBELL_TOKEN: text, DESKBELL_DATA_DIR: folder = defaultDataDir } = environment;
  if (text !== undefined && text !== '') return { text: text.trim(), from: 'DESKBELL_TOKEN' };
  const path = `${folder}/token`;
  if (!isLoopback(url)) return { text: undefined, from: path };
  try {
    return { text: new TextDecoder().decode(readFile(path)).trim(), from: path };
  } catch {
    return { text: undefined, from: path };
  }
}

function searchOf({ query }: ApiCall): string {
  return query === undefined || query.size === 0 ? '' : `?${query}`;
}

async function request(
  terminal: Terminal,
  address: string,
  url: string,
  token: Token,
  { method = 'GET', body, key }: ApiCall,
): Promise<Response> {
  const headers = {
    ...(token.text === undefined ? {} : { Authorization: `Bearer ${token.text}` }),
    ...(body === undefined ? {} : { 'Content-Type': body.type }),
    ...(key === undefined ? {} : { 'Idempotency-Key': key.text }),
  };
  try {
    const sent = body === undefined ? {} : { body: body.content };
    return await terminal.fetch(address, {
      method,
      headers,
      ...sent,
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (cause) {
    const reason = reasonOf(cause);
    throw new CommandError(
      `no answer from ${url} (${reason}); start Deskbell there with "npm start", or set DESKBELL_URL`,
      1,
      [],
      unconnected.includes(reason) ? undefined : key,
    );
  }
}

/** The network's own word lies below "fetch failed". */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  if (cause.cause instanceof Error) return reasonOf(cause.cause);
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
}

type Refusal = { detail?: string; problems?: ShownProblem[] };

const isRefusal = object<Refusal>({
  detail: optional(text),
  problems: optional(listOf(object<Pick<ShownProblem, 'path' | 'message'>>({ path: text, message: text }))),
});

function refusal(
  { status }: Response,
  answer: unknown,
  { text, from }: Token,
  { file }: ApiCall,
  url: string,
): CommandError {
  const { detail, problems = [] } = isRefusal(answer) ? (answer as Refusal) : {};
  if (problems.length > 0) return inputError(problems, file);
  if (status !== 401) {
    const told = detail ?? `${url} answered ${status}, and not as Deskbell does; is DESKBELL_URL right?`;
    return new CommandError(told, 1);
  }
  return new CommandError(
    text === undefined
      ? `${url} wants a token: set DESKBELL_TOKEN; a token file (${from}) is read only for the Deskbell of its own machine`
      : `${url} does not know the token from ${from}. Is it another Deskbell? Set DESKBELL_URL to the address of yours, or DESKBELL_TOKEN to a token of that one`,
    1,
  );
}
