import { badRequest } from './answer.ts';

/** The JSON object that the bytes spell; undefined when they spell none. */
export function parseJsonObject(bytes: Buffer): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(bytes.toString());
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? { ...parsed }
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The body of a request as the JSON object that it must be.
 *
 * @throws RefusedError with 400 WKS.0001.
 */
export function jsonObjectOf(bytes: Buffer): Record<string, unknown> {
  const parsed = parseJsonObject(bytes);
  if (parsed === undefined) throw badRequest('The request body must be a JSON object.');
  return parsed;
}
