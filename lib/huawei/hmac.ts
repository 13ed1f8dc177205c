import { createHmac, hash } from 'node:crypto';

/** What RFC 2104 makes of a key: the text is hashed after `inner`, and that hash after `outer`. */
type Pads = {
  secretKey: string;
  inner: string;
  /** The outer pad, and room for the inner hash behind it. */
  outer: Buffer;
};

const blockBytes = 64;
const hashBytes = 32;

// A process signs with one key over and over.
let last: Pads | undefined;

/**
 * HMAC-SHA256 in lower-case hex.
 *
 * Two one-shot hashes instead of Node's `createHmac`, whose objects cost more than the hashing: signing takes two
 * thirds of the time. Keys that are not plain ASCII of at most 64 characters, as all of Huawei's are, go to Node's.
 */
export function hmacSha256(secretKey: string, text: string): string {
  if (!/^[\x20-\x7e]{1,64}$/.test(secretKey)) {
    return createHmac('sha256', secretKey).update(text).digest('hex');
  }
  if (last?.secretKey !== secretKey) last = padsOf(secretKey);
  last.outer.write(hash('sha256', last.inner + text), blockBytes, hashBytes, 'hex');
  return hash('sha256', last.outer);
}

function padsOf(secretKey: string): Pads {
  const key = Buffer.alloc(blockBytes);
  key.write(secretKey, 'latin1');
  const outer = Buffer.alloc(blockBytes + hashBytes);
  outer.set(key.map((byte) => byte ^ 0x5c));
  // ASCII stays ASCII under 0x36, so the pad is the same bytes as text.
  return { secretKey, inner: Buffer.from(key.map((byte) => byte ^ 0x36)).toString('latin1'), outer };
}
