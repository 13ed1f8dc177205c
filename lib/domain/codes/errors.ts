import type { Problem } from './problems.ts';

/** Every error that a caller is told of, by what the caller can do about it. */
export type ErrorCode =
  | 'INVALID_INPUT'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'CONFLICT'
  | 'KEY_REUSED'
  | 'BUSY'
  | 'TOO_LARGE'
  | 'TOO_MANY_REQUESTS'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'INVALID_CONFIG'
  | 'HUAWEI_REJECTED'
  | 'HUAWEI_CREDENTIALS'
  | 'HUAWEI_CLOCK'
  | 'HUAWEI_UNAVAILABLE'
  | 'OUTCOME_UNKNOWN'
  | 'NOT_STARTED'
  | 'STORE_UNAVAILABLE'
  | 'INTERNAL';

/** The base of all errors that carry a code for programs; the message is for people. */
export abstract class DeskbellError extends Error {
  abstract readonly code: ErrorCode;
  /** The code: names of classes are lost when a function is bundled. */
  override get name(): string {
    return this.code;
  }
}

/** The caller sent something that cannot be used; each problem names its place. */
export class InvalidInputError extends DeskbellError {
  readonly code = 'INVALID_INPUT';
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('\n'));
    this.problems = problems;
  }
}

/** No such schedule, delivery or path. */
export class NotFoundError extends DeskbellError {
  readonly code = 'NOT_FOUND';
}

/** Somebody else changed the item since the caller read it; read again, then repeat. */
export class ConflictError extends DeskbellError {
  readonly code = 'CONFLICT';
}

/** The same Idempotency-Key came with another request before. */
export class KeyReusedError extends DeskbellError {
  readonly code = 'KEY_REUSED';
  constructor() {
    super('this Idempotency-Key stood for another request; use a new key for a new request');
  }
}

/** Somebody else is doing what only one may do at a time; nothing was changed. */
export class BusyError extends DeskbellError {
  readonly code = 'BUSY';
}

/** The environment cannot be used; each problem is one line for the operator. */
export class InvalidConfigError extends DeskbellError {
  readonly code = 'INVALID_CONFIG';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(['Configuration cannot be used:', ...problems.map((problem) => `- ${problem}`)].join('\n'));
    this.problems = problems;
  }
}

/** What Huawei's answer said, as far as there was one. */
export type HuaweiFailure = {
  readonly status?: number;
  readonly errorCode?: string;
  readonly requestId?: string;
  /** Opaque; STS decodes it on request. Never decoded by itself. */
  readonly encodedAuthorizationMessage?: string;
};

/** The base of errors that come from calling Huawei. */
export abstract class HuaweiError extends DeskbellError {
  readonly failure: HuaweiFailure;
  constructor(message: string, failure: HuaweiFailure = {}, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}

/** Huawei refused for good: the same request will be refused again. */
export class HuaweiRejectedError extends HuaweiError {
  readonly code = 'HUAWEI_REJECTED';
}

/** The keys are wrong, locked, expired or unknown (401). Closes the gate of the connection. */
export class HuaweiCredentialsError extends HuaweiError {
  readonly code = 'HUAWEI_CREDENTIALS';
}

/** Huawei refused the signature's time. */
export class HuaweiClockError extends HuaweiError {
  readonly code = 'HUAWEI_CLOCK';
  /** Our clock minus Huawei's, in seconds; above 0 is ahead. Undefined when the answer does not tell. */
  readonly aheadBySeconds: number | undefined;
  constructor(
    message: string,
    aheadBySeconds: number | undefined,
    failure?: HuaweiFailure,
    options?: ErrorOptions,
  ) {
    super(message, failure, options);
    this.aheadBySeconds = aheadBySeconds;
  }
}

/** Nothing took effect and a later attempt may succeed: 429, 500, 503, 409, or never connected. */
export class HuaweiUnavailableError extends HuaweiError {
  readonly code = 'HUAWEI_UNAVAILABLE';
  /** Seconds to leave the whole connection alone; set for 429 only. */
  readonly throttledForSeconds: number | undefined;
  constructor(
    message: string,
    failure?: HuaweiFailure,
    options?: ErrorOptions & { throttledForSeconds?: number },
  ) {
    super(message, failure, options);
    this.throttledForSeconds = options?.throttledForSeconds;
  }
}

/** The keys could not be read, so nothing could be signed. */
export class KeyUnreadableError extends HuaweiUnavailableError {}

/** The request may have taken effect: it left, and no answer says what became of it. */
export class OutcomeUnknownError extends HuaweiError {
  readonly code = 'OUTCOME_UNKNOWN';
}

/** The caller's own guard stopped the request before its first byte. */
export class NotStartedError extends DeskbellError {
  readonly code = 'NOT_STARTED';
}

/** The store or the queue did not answer; nothing is known of the write. */
export class StoreError extends DeskbellError {
  readonly code = 'STORE_UNAVAILABLE';
}

/** What a thrown value says, for a log line or a record. */
export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
