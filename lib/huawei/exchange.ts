import type { Dispatcher, Pool } from 'undici';
import { HuaweiUnavailableError, NotStartedError, OutcomeUnknownError } from '../domain/codes/errors.ts';
import { second } from '../domain/time/instant.ts';
import { cleanText, type HuaweiAnswer } from './answer.ts';

export type HuaweiCall = {
  method: 'GET' | 'POST';
  /** Path and query as they go over the wire. */
  path: string;
  /** JSON. */
  body?: string;
  /** Asked right before the first byte leaves. */
  mayStart?: () => boolean;
};

/** Whether the call may change something at Huawei. */
export function isWrite({ method }: HuaweiCall): boolean {
  return method !== 'GET';
}

/**
 * Sends one request and gives its answer, whatever that says.
 *
 * @param timeoutMs for all of it: a free connection, the request, the answer.
 * @throws NotStartedError when `mayStart` says no.
 * @throws HuaweiUnavailableError when nothing was sent, or when only reading was at stake.
 * @throws OutcomeUnknownError when something was sent and no answer tells what became of it.
 */
export function exchange(
  pool: Pool,
  call: HuaweiCall,
  headers: Record<string, string>,
  timeoutMs: number,
): Promise<HuaweiAnswer> {
  return new Promise((resolve, reject) => {
    const { method, path, body = null } = call;
    pool.dispatch({ method, path, headers, body }, new Exchange(call, timeoutMs, resolve, reject));
  });
}

const mostAnswerBytes = 1_000_000;

/** One request under way: what has left, what has come, and whether its end has been told. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #call: HuaweiCall;
  readonly #timeoutMs: number;
  readonly #resolve: (answer: HuaweiAnswer) => void;
  readonly #reject: (error: Error) => void;
  readonly #timer: NodeJS.Timeout;
  /** Set right before the first byte is written: from then on the request may take effect. */
  #started: Dispatcher.DispatchController | undefined;
  #isOver = false;
  #status = 0;
  #headers: HuaweiAnswer['headers'] = {};
  readonly #chunks: Buffer[] = [];
  #length = 0;

  constructor(
    call: HuaweiCall,
    timeoutMs: number,
    resolve: (answer: HuaweiAnswer) => void,
    reject: (error: Error) => void,
  ) {
    this.#call = call;
    this.#timeoutMs = timeoutMs;
    this.#resolve = resolve;
    this.#reject = reject;
    // After a stall of this process the answer may lie in the socket already: it is read before giving up.
    this.#timer = setTimeout(() => setImmediate(() => this.#expire()), timeoutMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Thrown, not aborted: undici then drops the request alone and keeps the connection.
    if (this.#isOver) throw new Error('the time of the call ran out in the queue');
    if (this.#call.mayStart?.() === false) throw new NotStartedError('too late to begin; nothing was sent');
    this.#started = controller;
  }

  onResponseStart(_controller: unknown, status: number, headers: HuaweiAnswer['headers']): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    this.#length += chunk.length;
    if (this.#length > mostAnswerBytes) throw new Error(`the answer is longer than ${mostAnswerBytes} bytes`);
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#end()) this.#answer();
  }

  onResponseError(_controller: unknown, cause: Error): void {
    if (!this.#end()) return;
    // A refusal is known by its status, even where its text was cut short.
    if (this.#status >= 400) this.#answer();
    else this.#reject(this.#failure(cause));
  }

  #expire(): void {
    this.onResponseError(undefined, new Error(`no answer within ${this.#timeoutMs / second} s`));
    this.#started?.abort(new Error('the time of the call is over'));
  }

  /** False when the end has been told before. */
  #end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    clearTimeout(this.#timer);
    return true;
  }

  #answer(): void {
    const body = Buffer.concat(this.#chunks).toString();
    this.#resolve({ status: this.#status, headers: this.#headers, body });
  }

  #failure(cause: Error): Error {
    if (cause instanceof NotStartedError) return cause;
    const why = describe(cause);
    if (this.#started === undefined) {
      return new HuaweiUnavailableError(`nothing was sent: ${why}`, {}, { cause });
    }
    const message = `the request left, and then: ${why}`;
    return isWrite(this.#call)
      ? new OutcomeUnknownError(message, {}, { cause })
      : new HuaweiUnavailableError(message, {}, { cause });
  }
}

/** An attempt on several addresses of a host fails with one error for each, and no text of its own. */
function describe(cause: Error): string {
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
  return first instanceof Error && first.message !== '' ? cleanText(first.message) : cause.name;
}
