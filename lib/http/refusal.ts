import type { Role } from '../config/tokens.ts';
import { DeskbellError, type ErrorCode } from '../domain/codes/errors.ts';

type RefusalCode = Extract<
  ErrorCode,
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'TOO_LARGE'
  | 'TOO_MANY_REQUESTS'
  | 'UNSUPPORTED_MEDIA_TYPE'
>;
type Details = { params?: Record<string, unknown>; headers?: Record<string, string> };

/** A call that is refused for its form or its caller, before anything was done. */
export class RefusedCallError extends DeskbellError {
  readonly code: RefusalCode;
  /** For programs, beside the code. */
  readonly params: Record<string, unknown>;
  readonly headers: Record<string, string>;
  constructor(code: RefusalCode, message: string, { params = {}, headers = {} }: Details = {}) {
    super(message);
    this.code = code;
    this.params = params;
    this.headers = headers;
  }
}

/** No token, or none that is known. */
export function unauthenticated(what: string): RefusedCallError {
  return new RefusedCallError('UNAUTHENTICATED', `${what}; send "Authorization: Bearer TOKEN"`, {
    headers: { 'WWW-Authenticate': 'Bearer realm="deskbell"' },
  });
}

/** One of so many without a known token that it cannot even wait for its answer. */
export function tooManyRefusals(): RefusedCallError {
  const message = 'too many calls without a known token; try again in 10 s';
  return new RefusedCallError('TOO_MANY_REQUESTS', message, { headers: { 'Retry-After': '10' } });
}

/** A known token that does not allow the call. */
export function forbidden({ name, role }: { name: string; role: Role }, needed: Role): RefusedCallError {
  const message = `the token "${name}" is for the role ${role}, and this call needs ${needed}`;
  return new RefusedCallError('FORBIDDEN', message, { params: { role, needed } });
}

/** A path that means nothing here, or that does not take this method. */
export function noSuchCall(method: string, allowed: readonly string[]): RefusedCallError {
  if (allowed.length === 0) return new RefusedCallError('NOT_FOUND', 'there is nothing at this path');
  const allow = allowed.join(', ');
  return new RefusedCallError('METHOD_NOT_ALLOWED', `this path takes ${allow}, not ${method}`, {
    params: { allowed },
    headers: { Allow: allow },
  });
}

/** A body over the limit. */
export function tooLarge(maxBytes: number): RefusedCallError {
  const message = `the body is larger than ${maxBytes / 1024} kB`;
  return new RefusedCallError('TOO_LARGE', message, { params: { maxBytes } });
}

/** A body of a kind that this call does not take. */
export function wrongMediaType(expected: readonly string[]): RefusedCallError {
  const message = `the body must be sent with Content-Type ${expected.join(' or ')}`;
  return new RefusedCallError('UNSUPPORTED_MEDIA_TYPE', message, { params: { expected } });
}
