import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { InvalidInputError } from '../domain/codes/errors.ts';
import { problem } from '../domain/codes/problems.ts';
import { tooLarge, wrongMediaType } from './refusal.ts';

/** What a call takes: JSON, JSON or nothing, or a schedule file (YAML or JSON) as it is. */
export type BodyKind = 'json' | 'json or nothing' | 'schedule file';

type WithBody = Pick<APIGatewayProxyEventV2, 'body' | 'isBase64Encoded' | 'headers'>;

/** Larger bodies are refused. */
export const bodyLimit = 256 * 1024;
const jsonType = /^application\/([a-z0-9.+-]+\+)?json\s*(;|$)/i;
const fileType = /^(application\/([a-z0-9.+-]+\+)?(x-)?(yaml|json)|text\/[a-z0-9.+-]+)\s*(;|$)/i;

/** @throws RefusedCallError when the body is over the limit. */
export function checkBodySize({ body = '', isBase64Encoded }: WithBody): void {
  if (Buffer.byteLength(body, isBase64Encoded ? 'base64' : 'utf8') > bodyLimit) throw tooLarge(bodyLimit);
}

/**
 * Reads the body of a call.
 *
 * @throws RefusedCallError when its type is not taken; InvalidInputError when it cannot be read.
 */
export function readBody(event: WithBody, kind: BodyKind): unknown {
  if (kind === 'json or nothing' && (event.body ?? '') === '') return undefined;
  const mediaType = event.headers['content-type'] ?? '';
  if (kind === 'schedule file') {
    if (!fileType.test(mediaType)) throw wrongMediaType(['application/yaml', 'application/json']);
    return textOf(event);
  }
  if (!jsonType.test(mediaType)) throw wrongMediaType(['application/json']);
  return parseJson(textOf(event));
}

function textOf({ body = '', isBase64Encoded }: WithBody): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(
      Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'),
    );
  } catch {
    throw new InvalidInputError([problem('', 'not_utf8', {})]);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidInputError([problem('', 'malformed_json', { detail })]);
  }
}
