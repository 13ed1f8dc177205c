import {
  HuaweiClockError,
  HuaweiCredentialsError,
  type HuaweiError,
  HuaweiRejectedError,
  HuaweiUnavailableError,
  OutcomeUnknownError,
} from '../domain/codes/errors.ts';
import { type Instant, minute, second } from '../domain/time/instant.ts';
import { type HuaweiAnswer, type HuaweiRefusal, readRefusal } from './answer.ts';

/** Whether the call changes something, whether its key is a temporary one, and what our clock says. */
export type CallFacts = { isWrite: boolean; hasToken?: boolean; now: Instant };

type Verdict = 'rejected' | 'credentials' | 'clock' | 'throttled' | 'unavailable' | 'uncertain';

/** Answers with which nothing took effect and a later attempt may succeed. */
const passingStatuses = new Set([408, 409, 500, 503]);

/** Codes that mean something else than their status says; from Huawei's Terraform provider. */
const exceptions = new Map<string, Verdict>([
  // Disks are being added to the desktops.
  ['400 WKS.0407', 'unavailable'],
  // The organisational unit does not exist.
  ['500 WKS.0202', 'rejected'],
]);

/** What to do about it, by code or else by status. */
const hints = new Map<string, string>([
  ['WKS.0001', 'Check that the pool still exists: Huawei answers this for an unknown pool too'],
  ['WKS.00010099', 'Open the Workspace service for this project and region'],
  ['APIGW.0101', 'Check HUAWEICLOUD_REGION and HUAWEICLOUD_WORKSPACE_ENDPOINT'],
  ['APIGW.0310', 'Check HUAWEICLOUD_SDK_PROJECT_ID'],
  ['APIGW.0501', 'The quota of the Huawei Cloud account is used up; ask its owner'],
  ['APIGW.0502', 'The Huawei Cloud account is frozen; ask its owner'],
  ['403', "Give the key's user the permission for this call"],
  ['404', 'Check the id, HUAWEICLOUD_REGION and HUAWEICLOUD_WORKSPACE_ENDPOINT'],
]);

/** Turns an answer that is no success into the error that says what may be done about it: status first, then code. */
export function errorOf(answer: HuaweiAnswer, facts: CallFacts): HuaweiError {
  const refusal = readRefusal(answer);
  const { failure } = refusal;
  const said = describe(refusal);
  switch (verdictOf(refusal)) {
    case 'rejected':
      return new HuaweiRejectedError(join(said, hintFor(refusal)), failure);
    case 'credentials':
      return new HuaweiCredentialsError(join(said, credentialsHint(refusal, answer, facts)), failure);
    case 'clock': {
      const ahead = secondsAhead(refusal, answer, facts.now);
      return new HuaweiClockError(join(said, clockHint(ahead)), ahead, failure);
    }
    case 'throttled': {
      const throttledForSeconds = throttleSeconds(refusal, answer, facts.now);
      return new HuaweiUnavailableError(said, failure, { throttledForSeconds });
    }
    case 'unavailable':
      return new HuaweiUnavailableError(said, failure);
    case 'uncertain':
      return facts.isWrite
        ? new OutcomeUnknownError(said, failure)
        : new HuaweiUnavailableError(said, failure);
  }
}

function verdictOf({ failure: { status }, code, text }: HuaweiRefusal): Verdict {
  const exception = exceptions.get(`${status} ${code}`);
  if (exception !== undefined) return exception;
  if (status === 401) return /signature expired/i.test(text) ? 'clock' : 'credentials';
  if (status === 403 && isKeyLocked(text)) return 'credentials';
  if (status === 429) return 'throttled';
  if (passingStatuses.has(status)) return 'unavailable';
  // The gateway itself says that the service behind it was not reached.
  if (status === 502 && code.startsWith('APIGW.')) return 'unavailable';
  return status >= 500 ? 'uncertain' : 'rejected';
}

function isKeyLocked(text: string): boolean {
  return /AK access failed to reach the limit/i.test(text);
}

function describe({ failure: { status, errorCode, requestId }, text }: HuaweiRefusal): string {
  const code = errorCode === undefined ? '' : ` ${errorCode}`;
  const id = requestId === undefined ? '' : ` (request ${requestId})`;
  return `Huawei answered ${status}${code}${id}${text === '' ? ' with an empty body' : `: ${text}`}`;
}

function join(said: string, hint: string): string {
  return hint === '' ? said : `${said.replace(/\.$/, '')}. ${hint}.`;
}

function hintFor({ failure, code }: HuaweiRefusal): string {
  if (failure.status < 400) return 'Redirects are not followed; check HUAWEICLOUD_WORKSPACE_ENDPOINT';
  const hint = hints.get(code) ?? hints.get(String(failure.status)) ?? '';
  return failure.encodedAuthorizationMessage === undefined
    ? hint
    : `${hint}; "deskbell export" has the attempt's encodedAuthorizationMessage, which STS (decode-authorization-message) decodes`;
}

function credentialsHint(
  { text }: HuaweiRefusal,
  answer: HuaweiAnswer,
  { hasToken, now }: CallFacts,
): string {
  const hint = isKeyLocked(text)
    ? 'Too many wrong signatures in a row: Huawei locks the key for five minutes. Check the key'
    : hasToken === true
      ? 'Temporary keys run out: get new ones, and set HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK and HUAWEICLOUD_SDK_SECURITY_TOKEN together'
      : 'Check HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK and HUAWEICLOUD_REGION';
  const ahead = secondsByDateHeader(answer, now);
  return ahead === undefined || Math.abs(ahead) * second < 2 * minute ? hint : `${hint}. ${clockHint(ahead)}`;
}

function clockHint(aheadBySeconds: number | undefined): string {
  if (aheadBySeconds === undefined) return "Set this machine's clock";
  const side = aheadBySeconds > 0 ? 'ahead of' : 'behind';
  return `This machine's clock is ${Math.abs(aheadBySeconds)} s ${side} Huawei's; set it`;
}

function secondsAhead({ text }: HuaweiRefusal, answer: HuaweiAnswer, now: Instant): number | undefined {
  const signedAt = instantAfter('signature time', text);
  const serverAt = instantAfter('server time', text);
  if (signedAt === undefined || serverAt === undefined) return secondsByDateHeader(answer, now);
  return (signedAt - serverAt) / second;
}

/** The gateway writes its times as `20211217T064303Z`. */
function instantAfter(label: string, text: string): Instant | undefined {
  const [, day, time] = new RegExp(`${label}:\\s*(\\d{8})T(\\d{6})Z`, 'i').exec(text) ?? [];
  if (day === undefined || time === undefined) return undefined;
  const at = Date.parse(
    `${day.replace(/(....)(..)(..)/, '$1-$2-$3')}T${time.replace(/(..)(..)(..)/, '$1:$2:$3')}Z`,
  );
  return Number.isNaN(at) ? undefined : at;
}

function secondsByDateHeader({ headers }: HuaweiAnswer, now: Instant): number | undefined {
  const serverAt = Date.parse(String(headers.date));
  return Number.isNaN(serverAt) ? undefined : Math.round((now - serverAt) / second);
}

const unitSeconds: Readonly<Record<string, number>> = { second: 1, minute: 60, hour: 3600, day: 86_400 };

/** How long Huawei wants to be left alone; a minute, the usual window, when it does not say. */
function throttleSeconds({ text }: HuaweiRefusal, { headers }: HuaweiAnswer, now: Instant): number {
  const retryAfter = String(headers['retry-after'] ?? '');
  if (/^\d+$/.test(retryAfter)) return Math.max(Number(retryAfter), 1);
  const until = Date.parse(retryAfter);
  if (!Number.isNaN(until)) return Math.max(Math.ceil((until - now) / second), 1);
  const [, count, unit = ''] = /limit:\s*\d+,\s*time:\s*(\d+)\s*(second|minute|hour|day)/i.exec(text) ?? [];
  return count === undefined ? 60 : Number(count) * (unitSeconds[unit.toLowerCase()] ?? 60);
}
