import type { HuaweiAnswer } from './answer.ts';
import type { Credentials } from './credentials.ts';

const leftOut = '[left out]';
/** A shorter text could stand anywhere, and hardly is a key. */
const shortestSecret = 8;
/** Characters that pages, URLs and JSON write in other ways, each with its name in HTML. */
const names: Readonly<Record<string, string>> = {
  '&': 'amp',
  '<': 'lt',
  '>': 'gt',
  '"': 'quot',
  '+': 'plus',
  '/': 'sol',
  '=': 'equals',
};

const masks = new WeakMap<Credentials, RegExp | undefined>();

/** The answer without the keys that its request was signed with, wherever and in whatever writing it quotes them. */
export function masked(answer: HuaweiAnswer, credentials: Credentials): HuaweiAnswer {
  const mask = maskOf(credentials);
  if (mask === undefined) return answer;
  const clean = (text: string) => text.replace(mask, leftOut);
  const headers = Object.entries(answer.headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.map(clean) : value === undefined ? undefined : clean(value),
  ]);
  return { status: answer.status, headers: Object.fromEntries(headers), body: clean(answer.body) };
}

function maskOf(credentials: Credentials): RegExp | undefined {
  if (!masks.has(credentials)) masks.set(credentials, makeMask(credentials));
  return masks.get(credentials);
}

function makeMask({ accessKey, secretKey, securityToken }: Credentials): RegExp | undefined {
  const secrets = [accessKey, secretKey.reveal(), securityToken?.reveal() ?? ''];
  const patterns = secrets
    .filter((secret) => secret.length >= shortestSecret)
    .flatMap((secret) => [writingsOf(secret), literally(Buffer.from(secret).toString('base64'))]);
  return patterns.length === 0 ? undefined : new RegExp(patterns.join('|'), 'gi');
}

/** A pattern for the secret as it stands, percent-encoded, escaped in JSON, or written with entities of HTML. */
function writingsOf(secret: string): string {
  return Array.from(secret, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const hex = code.toString(16);
    const name = names[character];
    const writings = [
      `\\\\?${literally(character)}`,
      `%${hex}`,
      `\\\\u${hex.padStart(4, '0')}`,
      `&#0*${code};`,
      `&#x0*${hex};`,
      ...(name === undefined ? [] : [`&${name};`]),
    ];
    return /[a-z0-9]/i.test(character) ? character : `(?:${writings.join('|')})`;
  }).join('');
}

function literally(text: string): string {
  return text.replaceAll(/[^a-z0-9]/gi, '\\$&');
}
