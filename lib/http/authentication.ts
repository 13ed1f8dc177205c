import { createHash, timingSafeEqual } from 'node:crypto';
import type { Role, TokenHolder } from '../config/tokens.ts';
import { forbidden, unauthenticated } from './refusal.ts';

const ranks: Record<Role, number> = { viewer: 0, operator: 1, admin: 2 };

/**
 * Who calls, by the `Authorization` header.
 *
 * @throws RefusedCallError when the token is missing, unknown, or not for the role.
 */
export function authenticate(
  authorization: string | undefined,
  holders: readonly TokenHolder[],
  needed: Role,
): TokenHolder {
  const token = tokenOf(authorization);
  if (token === undefined) throw unauthenticated('this call needs a token');
  const holder = holderOf(token, holders);
  if (holder === undefined) throw unauthenticated('the token is not known');
  if (ranks[holder.role] < ranks[needed]) throw forbidden(holder, needed);
  return holder;
}

/** Whether a caller shows a token of any role: only then is a body worth keeping. */
export function isKnownCaller(authorization: string | undefined, holders: readonly TokenHolder[]): boolean {
  const token = tokenOf(authorization);
  return token !== undefined && holderOf(token, holders) !== undefined;
}

function tokenOf(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
}

/** Compares with every holder in constant time, so that the time it takes tells nothing of the tokens. */
function holderOf(token: string, holders: readonly TokenHolder[]): TokenHolder | undefined {
  const digest = createHash('sha256').update(token).digest();
  return holders.filter(({ sha256 }) => timingSafeEqual(digest, Buffer.from(sha256, 'hex')))[0];
}
