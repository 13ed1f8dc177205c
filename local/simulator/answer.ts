import type { IncomingHttpHeaders } from 'node:http';
import type { Instant } from '../../lib/domain/time/instant.ts';

/** A request that was read to its end, and the operation that its method and path name. */
export type Call = {
  requestId: string;
  receivedAt: Instant;
  method: string;
  /** The request target as it came: path and query, not decoded. */
  target: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
  query: URLSearchParams;
  /** The variable parts of the path, decoded; `project`, `pool`, `job`, `task`, `record`. */
  params: Record<string, string>;
};

/** What goes back: an object as JSON, a string as an HTML page, nothing for an empty body. */
export type Answer = { status: number; body?: object | string };

/** An answer thrown by whatever finds that an operation cannot be done; nothing took effect. */
export class RefusedError extends Error {
  readonly answer: Answer;
  constructor(answer: Answer) {
    super(`refused with ${answer.status}`);
    this.answer = answer;
  }
}

/** Stands where Huawei's real code is not known, so that nobody takes it for one. */
export const inventedCode = 'WKS.0000FAKE';

/** An error as Workspace shapes it. */
export function workspaceError(
  status: number,
  errorCode: string,
  message: string,
  encodedAuthorizationMessage: string | null = null,
): Answer {
  const body = {
    error_code: errorCode,
    error_msg: message,
    error_detail: null,
    encoded_authorization_message: encodedAuthorizationMessage,
  };
  return { status, body };
}

/** An error as the gateway in front of Workspace shapes it. */
export function gatewayError(
  { requestId }: Pick<Call, 'requestId'>,
  status: number,
  errorCode: string,
  message: string,
): Answer {
  return { status, body: { error_msg: message, error_code: errorCode, request_id: requestId } };
}

/** The refusal of a request whose query or body cannot be used. */
export function badRequest(message: string): RefusedError {
  return new RefusedError(workspaceError(400, 'WKS.0001', message));
}
