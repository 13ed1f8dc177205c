import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { DeskbellError, type ErrorCode, InvalidInputError } from '../domain/codes/errors.ts';
import type { Log } from '../ports.ts';
import type { ApiAnswer } from './call.ts';
import { RefusedCallError } from './refusal.ts';

const statusOf: Record<ErrorCode, number> = {
  INVALID_INPUT: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  CONFLICT: 412,
  BUSY: 409,
  KEY_REUSED: 422,
  TOO_LARGE: 413,
  TOO_MANY_REQUESTS: 429,
  UNSUPPORTED_MEDIA_TYPE: 415,
  INVALID_CONFIG: 500,
  INTERNAL: 500,
  HUAWEI_REJECTED: 502,
  HUAWEI_CREDENTIALS: 502,
  HUAWEI_CLOCK: 502,
  HUAWEI_UNAVAILABLE: 503,
  NOT_STARTED: 503,
  STORE_UNAVAILABLE: 503,
  OUTCOME_UNKNOWN: 504,
};

/** What only the operator of Deskbell should read: it may name files, settings and code. */
const internal: Partial<Record<ErrorCode, string>> = {
  INVALID_CONFIG: 'Deskbell is not set up correctly',
  STORE_UNAVAILABLE: 'the store cannot be used just now; try again',
  INTERNAL: 'Deskbell failed',
};

/** A file may have thousands; `detail` says how many there are. */
const problemsTold = 1_000;

/** An error as its caller may see it (RFC 9457); what the caller may not see is logged under an id. */
export function problemAnswer(error: unknown, log: Log): ApiAnswer {
  const code = error instanceof DeskbellError ? error.code : 'INTERNAL';
  const status = statusOf[code];
  const hidden = internal[code];
  const shown = hidden === undefined ? detailOf(error) : hide(error, hidden, log);
  if (hidden === undefined && status >= 500) log.warn('call-failed', { code, message: shown.detail });
  const body = {
    type: 'about:blank',
    title: STATUS_CODES[status],
    status,
    code,
    ...shown,
    ...(error instanceof InvalidInputError ? { problems: error.problems.slice(0, problemsTold) } : {}),
  };
  const headers = error instanceof RefusedCallError ? error.headers : {};
  return { status, body, headers: { ...headers, 'Content-Type': 'application/problem+json' } };
}

function detailOf(error: unknown): { detail: string; params: Record<string, unknown> } {
  if (error instanceof InvalidInputError) return { detail: summaryOf(error), params: {} };
  const detail = error instanceof Error ? error.message : String(error);
  return { detail, params: error instanceof RefusedCallError ? error.params : {} };
}

function summaryOf({ problems }: InvalidInputError): string {
  const [first] = problems;
  if (first === undefined) return 'the input cannot be used';
  const told = first.path === '' ? first.message : `${first.path}: ${first.message}`;
  return problems.length === 1 ? told : `${told} (and ${problems.length - 1} more)`;
}

function hide(error: unknown, what: string, log: Log): { detail: string; params: Record<string, unknown> } {
  const id = randomUUID();
  log.error('call-failed', {
    id,
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
  });
  return { detail: `${what}; its log says more under ${id}`, params: { id } };
}
