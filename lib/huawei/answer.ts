import type { HuaweiFailure } from '../domain/codes/errors.ts';
import { findIn, type JsonObject, parseJson, textIn } from './json.ts';

/** An answer as it came off the wire. */
export type HuaweiAnswer = {
  status: number;
  /** By lower-case name. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: string;
};

/** A refusal in Huawei's words. */
export type HuaweiRefusal = {
  /** What the error carries for programs. */
  failure: HuaweiFailure & { status: number };
  /** `APIGW.` and `APIG.` are two products' names for the same codes; here it is always the first. */
  code: string;
  /** Cleaned and cut for people; empty when nothing was said. */
  text: string;
};

const longestText = 500;
/** Characters of a page that are looked at: looking for tags in a hostile megabyte would take minutes. */
const mostOfPage = 5000;
const secretField =
  /\b(x-security-token|x-auth-token|authorization|access(?==)|signature(?==))["']?\s*[:=]\s*[^\s|,;]+/gi;

/** Where Huawei's services put code and message; a shape counts only with both, of which the message may be null. */
const shapes = [
  { code: 'error_code', message: 'error_msg' },
  { code: 'errorCode', message: 'errorMsg' },
  { code: 'code', message: 'message' },
] as const;

/** Reads an error in any shape that Huawei uses, however deep it is nested; a proxy's page gives its text. */
export function readRefusal(answer: HuaweiAnswer): HuaweiRefusal {
  const body = parseJson(answer.body);
  const error = findIn(body, readShape);
  const requestId = requestIdOf(answer, body);
  const encoded = findIn(body, readEncodedMessage);
  return {
    failure: {
      status: answer.status,
      ...(error === undefined ? {} : { errorCode: error.code }),
      ...(requestId === undefined ? {} : { requestId }),
      ...(encoded === undefined ? {} : { encodedAuthorizationMessage: encoded }),
    },
    code: error?.code.replace(/^APIG\./, 'APIGW.') ?? '',
    text: cleanText(error?.message ?? withoutTags(answer.body)),
  };
}

/** Huawei's id of the request, which its support asks for. */
export function requestIdOf(
  { headers, body }: HuaweiAnswer,
  json: unknown = parseJson(body),
): string | undefined {
  const id =
    headers['x-request-id'] ??
    headers['x-iam-trace-id'] ??
    findIn(json, (object) => textIn(object, 'request_id'));
  return typeof id === 'string' && id !== '' ? cleanText(id).slice(0, 100) : undefined;
}

/**
 * A text from Huawei for people: one line, at most 500 characters, without what it may echo of a request.
 *
 * The gateway answers a wrong signature with the canonical request, tokens included.
 */
export function cleanText(text: string): string {
  const line = text
    .replace(/canonical_?request["']?\s*[:=].*/is, 'canonicalRequest: [left out]')
    .replace(secretField, '$1: [left out]')
    .replace(/[\p{Cc}\p{Cf}\p{Z}]+/gu, ' ')
    .trim();
  if (line.length <= longestText) return line;
  return `${line.slice(0, longestText - 1).replace(/\p{Surrogate}$/u, '')}…`;
}

function readShape(object: JsonObject): { code: string; message: string } | undefined {
  for (const shape of shapes) {
    const code = textIn(object, shape.code);
    const message = object[shape.message] === null ? '' : textIn(object, shape.message);
    if (code !== undefined && message !== undefined) return { code: cleanText(code).slice(0, 100), message };
  }
  return undefined;
}

function readEncodedMessage(object: JsonObject): string | undefined {
  const encoded = textIn(object, 'encoded_authorization_message');
  // STS: the longest that it decodes, 10,240 characters.
  return encoded === undefined || encoded.length > 10_240 ? undefined : encoded;
}

function withoutTags(page: string): string {
  return page.slice(0, mostOfPage).replace(/<(style|script)\b.*?<\/\1\s*>|<[^>]*>/gis, ' ');
}
