import type { ApiCall } from './client.ts';

/** What a call is asked for, as its body; fields that are undefined are left out. */
export function jsonBody(asked: object): NonNullable<ApiCall['body']> {
  return { type: 'application/json', content: new TextEncoder().encode(JSON.stringify(asked)) };
}
