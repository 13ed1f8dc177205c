import buildConnector from 'undici/lib/core/connect.js';
import Pool from 'undici/lib/dispatcher/pool.js';
import { type Instant, second } from '../domain/time/instant.ts';
import type { HuaweiAnswer } from './answer.ts';
import type { Credentials } from './credentials.ts';
import { exchange, type HuaweiCall, isWrite } from './exchange.ts';
import { masked } from './mask.ts';
import { errorOf } from './refusal.ts';
import { signRequest } from './sign.ts';

export type SignedRequestOptions = {
  /** Scheme, host and port. */
  endpoint: string;
  projectId: string;
  /** Asked before each request, so that a changed key is used at once. What it throws is passed on. */
  credentials: () => Promise<Credentials>;
  /** For one call, from the wait for a connection to the last byte of the answer. Default 10,000. */
  timeoutMs?: number;
  now: () => Instant;
};

/** Signs and sends single requests over connections that are kept alive. Never repeats one by itself. */
export type SignedRequest = {
  /**
   * Gives the answer when it is a success (2xx).
   *
   * @throws NotStartedError when `mayStart` says no.
   * @throws HuaweiUnavailableError when nothing was sent, or when only reading was at stake.
   * @throws OutcomeUnknownError when something was sent and no answer tells what became of it.
   * @throws HuaweiError for any other answer, by what it says.
   */
  request(call: HuaweiCall): Promise<HuaweiAnswer>;
  /** Lets what is under way end, then closes the connections. */
  close(): Promise<void>;
};

const defaultTimeoutMs = 10_000;
const mostConnections = 64;
/** Shorter than a gateway's own limit, so that we are the first to close an idle connection. */
const keepAliveMs = 4 * second;

/** Opens the way to one endpoint. */
export function createSignedRequest(options: SignedRequestOptions): SignedRequest {
  const { credentials, timeoutMs = defaultTimeoutMs, now } = options;
  const openPool = poolOpener(options.endpoint, timeoutMs);
  let pool = openPool();
  /** When a connection of the pool last showed that it lives, or the pool had none yet. */
  let aliveAt = now();

  function currentPool(): Pool {
    // In a process that was frozen (Lambda, a laptop lid) the timers of idle connections stood still with it,
    // and a request written to a connection that died meanwhile would end as unknown. What is under way tells
    // nothing of the idle ones: it may have been frozen as well. It ends on the pool that it began on.
    if (Math.abs(now() - aliveAt) > keepAliveMs && !pool.closed) {
      void pool.close();
      pool = openPool();
      aliveAt = now();
    }
    return pool;
  }

  return {
    async request(call) {
      const keys = await credentials();
      const headers = headersFor(call, options, keys);
      const live = currentPool();
      const startedAt = now();
      // Before anything is read of it: an answer may quote the keys in a message, a code, an id or a name.
      const answer = masked(await exchange(live, call, headers, timeoutMs), keys);
      // An answer may have lain there while the process was frozen: it tells nothing of the other connections.
      if (Math.abs(now() - startedAt) <= keepAliveMs) aliveAt = now();
      if (answer.status >= 200 && answer.status < 300) return answer;
      const hasToken = keys.securityToken !== undefined;
      throw errorOf(answer, { isWrite: isWrite(call), hasToken, now: now() });
    },
    async close() {
      if (!pool.destroyed) await pool.close();
    },
  };
}

function poolOpener(endpoint: string, timeoutMs: number): () => Pool {
  // One for all pools, since it keeps the TLS sessions.
  const connect = buildConnector({ allowH2: false, timeout: timeoutMs });
  return () =>
    new Pool(endpoint, {
      connect,
      connections: mostConnections,
      // HTTP/1.1 with one request at a time on each connection: then the moment at which a request begins is
      // known, and undici holds nothing that it could send a second time.
      allowH2: false,
      pipelining: 1,
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: keepAliveMs,
      // The call's own timer stands for both.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
}

function headersFor(
  { method, path, body }: HuaweiCall,
  { endpoint, projectId, now }: SignedRequestOptions,
  { accessKey, secretKey, securityToken }: Credentials,
): Record<string, string> {
  const given: Record<string, string> = { 'X-Project-Id': projectId };
  if (body !== undefined) given['Content-Type'] = 'application/json';
  if (securityToken !== undefined) given['X-Security-Token'] = securityToken.reveal();
  const keys = { accessKey, secretKey: secretKey.reveal() };
  const headers = signRequest(
    { method, url: `${endpoint}${path}`, headers: given, body },
    keys,
    new Date(now()),
  );
  headers['User-Agent'] = 'deskbell';
  return headers;
}
