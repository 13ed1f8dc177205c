import { simulatorKeys } from '../../../lib/config.ts';
import { type Instant, minute } from '../../../lib/domain/time/instant.ts';
import { type Answer, type Call, gatewayError, RefusedError } from '../answer.ts';
import {
  canonicalRequestOf,
  instantOfSdkDate,
  isSignedBy,
  parseAuthorization,
  sdkDateOf,
} from './signature.ts';

/** What the gateway remembers between calls. */
export type Gateway = {
  isThrottling: boolean;
  /** Failed signatures since the last good one. */
  failuresInRow: number;
  lockedUntil: Instant;
  /** For each operation the instants of its latest calls, as many as a minute may hold, in a ring. */
  latestCalls: Map<string, { ring: Instant[]; next: number }>;
};

// Signing guide: a signature is good for 15 minutes; a key is locked for 5 after failures in a row.
const signatureWindow = 15 * minute;
const lockLength = 5 * minute;
const failuresToLock = 5;

// Workspace's page on limits, per user, minute and URI. Its rows for these calls are not known; its usual figures are.
const callsPerMinute: Record<string, number> = { GET: 200, POST: 100 };

export function createGateway(isThrottling: boolean): Gateway {
  return { isThrottling, failuresInRow: 0, lockedUntil: Number.NEGATIVE_INFINITY, latestCalls: new Map() };
}

function unauthenticated(call: Call, reason: string): Answer {
  return gatewayError(call, 401, 'APIGW.0301', `Incorrect IAM authentication information: ${reason}`);
}

/** The answer to a wrong signature: it shows the gateway's own canonical request, with `|` for line ends. */
export function signatureMismatch(call: Call): Answer {
  const signedHeaders = parseAuthorization(call.headers.authorization)?.signedHeaders ?? [];
  const canonicalRequest = canonicalRequestOf(call, signedHeaders).replaceAll('\n', '|');
  return unauthenticated(call, `verify aksk signature fail, canonicalRequest:${canonicalRequest}`);
}

/** The answer to a call above the limit. */
export function throttled(call: Call): Answer {
  const limit = callsPerMinute[call.method] ?? 0;
  const policy = `policy user over ratelimit,limit:${limit},time:1 minute`;
  return gatewayError(call, 429, 'APIGW.0308', `The throttling threshold has been reached: ${policy}`);
}

function countFailure(gateway: Gateway, now: Instant): void {
  gateway.failuresInRow += 1;
  if (gateway.failuresInRow < failuresToLock) return;
  gateway.failuresInRow = 0;
  gateway.lockedUntil = now + lockLength;
}

function isLocked({ lockedUntil }: Gateway, now: Instant): boolean {
  // A lock that ends later than its own length is left over from a clock since set back.
  return now < lockedUntil && lockedUntil - now <= lockLength;
}

/** What is wrong with the signature itself, once the key is known; undefined when it is right. */
function signatureFault(call: Call): Answer | undefined {
  const given = parseAuthorization(call.headers.authorization);
  const sdkDate = String(call.headers['x-sdk-date']);
  const signedAt = instantOfSdkDate(sdkDate);
  if (given === undefined || signedAt === undefined || !given.signedHeaders.includes('x-sdk-date')) {
    return unauthenticated(
      call,
      'verify aksk signature fail, X-Sdk-Date is missing, malformed or not signed',
    );
  }
  if (Math.abs(call.receivedAt - signedAt) > signatureWindow) {
    const times = `signature time:${sdkDate},server time:${sdkDateOf(call.receivedAt)}`;
    return unauthenticated(call, `calc aksk signature fail:signature expired, ${times}`);
  }
  return isSignedBy(simulatorKeys.secretKey, call) ? undefined : signatureMismatch(call);
}

/**
 * Lets a correctly signed call pass, whatever set of headers it signs.
 *
 * @throws RefusedError with the gateway's 401; the fifth in a row locks the key for five minutes.
 */
export function authenticate(gateway: Gateway, call: Call): void {
  const header = call.headers.authorization;
  if (header === undefined) {
    const reason =
      call.headers['x-auth-token'] === undefined ? 'x-auth-token not found' : 'decrypt token fail';
    throw new RefusedError(unauthenticated(call, reason));
  }
  const accessKey = parseAuthorization(header)?.accessKey;
  if (accessKey === undefined) {
    throw new RefusedError(unauthenticated(call, 'the Authorization header is not SDK-HMAC-SHA256'));
  }
  if (accessKey !== simulatorKeys.accessKey)
    throw new RefusedError(unauthenticated(call, `Get secretKey failed,ak:${accessKey},err:ak not exist`));
  if (isLocked(gateway, call.receivedAt)) {
    throw new RefusedError(unauthenticated(call, 'AK access failed to reach the limit, forbidden'));
  }
  const fault = signatureFault(call);
  if (fault !== undefined) {
    countFailure(gateway, call.receivedAt);
    throw new RefusedError(fault);
  }
  gateway.failuresInRow = 0;
}

/**
 * Counts a call against the minute of its operation; refused calls count too.
 *
 * @throws RefusedError with 429 for a call above the limit in any 60 seconds.
 */
export function throttle(gateway: Gateway, operation: string, call: Call): void {
  if (!gateway.isThrottling) return;
  const limit = callsPerMinute[call.method] ?? 0;
  const calls = gateway.latestCalls.get(operation) ?? { ring: [], next: 0 };
  const oldestAt = calls.ring[calls.next];
  calls.ring[calls.next] = call.receivedAt;
  calls.next = (calls.next + 1) % limit;
  gateway.latestCalls.set(operation, calls);
  // The distance, not the difference: a clock set back must not bar the door for hours.
  if (oldestAt !== undefined && Math.abs(call.receivedAt - oldestAt) < minute) {
    throw new RefusedError(throttled(call));
  }
}
