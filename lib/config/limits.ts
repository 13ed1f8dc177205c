import { defaultMessageLimit, messageLimits } from '../domain/schedule/definition.ts';
import type { Reader } from './reader.ts';

/** DESKBELL_REQUEST_TIMEOUT_MS, for one request to Huawei. */
export function readRequestTimeout(reader: Reader): number {
  return reader.wholeNumber('DESKBELL_REQUEST_TIMEOUT_MS', 10_000, [500, 10_000]);
}

/** Requests to Huawei in any 62 s; Infinity for `off`. */
export type Limits = { send: number; read: number };

/** DESKBELL_SENDS_PER_MINUTE and DESKBELL_READS_PER_MINUTE. */
export function readLimits(reader: Reader): Limits {
  return {
    send: reader.limit('DESKBELL_SENDS_PER_MINUTE', 90),
    read: reader.limit('DESKBELL_READS_PER_MINUTE', 180),
  };
}

/** DESKBELL_MESSAGE_LIMIT, in characters. */
export function readMessageLimit(reader: Reader): number {
  return reader.wholeNumber('DESKBELL_MESSAGE_LIMIT', defaultMessageLimit, [
    messageLimits.min,
    messageLimits.max,
  ]);
}

/** DESKBELL_KEPT_DAYS: how long the record of what was sent is kept. */
export function readKeptDays(reader: Reader): number {
  return reader.wholeNumber('DESKBELL_KEPT_DAYS', 400, [30, 36_500]);
}
