import { createHash } from 'node:crypto';
import type { Credentials } from './credentials.ts';

/** Tells keys apart without telling them. */
export function fingerprintOf({ accessKey, secretKey }: Credentials): string {
  return createHash('sha256').update(`${accessKey}\n${secretKey.reveal()}`).digest('hex').slice(0, 16);
}
