import { createHash } from 'node:crypto';
import type { Reader } from './reader.ts';

/** What a token allows; each role may do what the one before it may. */
export type Role = 'viewer' | 'operator' | 'admin';
/** A name, a role and the SHA-256 of a token; who shows that token acts under that name. */
export type TokenHolder = { name: string; role: Role; sha256: string };

/** Those whom DESKBELL_TOKENS names. */
export function readTokens(reader: Reader): TokenHolder[] {
  const text = reader.text('DESKBELL_TOKENS');
  if (text === undefined) return [];
  return text.split(',').flatMap((entry, i) => {
    const [, name, role, sha256] =
      /^\s*([\w.@-]{1,64}):(viewer|operator|admin):([0-9a-f]{64})\s*$/i.exec(entry) ?? [];
    if (name !== undefined && isRole(role) && sha256 !== undefined)
      return [{ name, role, sha256: sha256.toLowerCase() }];
    reader.refuse(
      `DESKBELL_TOKENS, entry ${i + 1}, must be name:role:sha256 with role viewer, operator or admin and 64 hexadecimal digits`,
    );
    return [];
  });
}

/** The holder of the admin token. */
export function adminHolder(token: string): TokenHolder {
  return { name: 'admin', role: 'admin', sha256: createHash('sha256').update(token).digest('hex') };
}

function isRole(text: string | undefined): text is Role {
  return text === 'viewer' || text === 'operator' || text === 'admin';
}
