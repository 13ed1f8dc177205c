import { KeyUnreadableError } from '../domain/codes/errors.ts';
import { type Instant, minute } from '../domain/time/instant.ts';
import { Secret } from '../secret.ts';
import { type AwsApi, AwsError, isPassing } from './api.ts';
import { fieldsIn } from './json.ts';

/** What signs requests to Huawei. */
export type HuaweiKeys = { accessKey: string; secretKey: Secret; securityToken?: Secret };

/** Keys from Secrets Manager, remembered for a while. */
export type SecretReader = {
  /** @throws KeyUnreadableError when the secret cannot be read, or is none; it says why, and never the value. */
  read(): Promise<HuaweiKeys>;
  /** The next one to ask reads them again. */
  forget(): void;
};

const longestAge = 5 * minute;

/** @param secretId name or ARN of a secret `{"accessKey": …, "secretKey": …, "securityToken"?: …}`. */
export function createSecretReader({
  client,
  secretId,
  now,
}: {
  client: AwsApi;
  secretId: string;
  now: () => Instant;
}): SecretReader {
  let known: { keys: Promise<HuaweiKeys>; at: Instant } | undefined;

  /** @param before good until Huawei says otherwise, so it outlives an outage of AWS; but not a right that was taken. */
  async function fetchKeys(before?: Promise<HuaweiKeys>): Promise<HuaweiKeys> {
    const name = `the secret ${secretId}`;
    try {
      const { SecretString } = await client('GetSecretValue', { SecretId: secretId });
      return keysIn(String(SecretString), name);
    } catch (cause) {
      if (before !== undefined && cause instanceof AwsError && isPassing(cause)) return before;
      known = undefined;
      if (cause instanceof KeyUnreadableError) throw cause;
      const why = cause instanceof Error ? cause.name : 'no answer';
      throw new KeyUnreadableError(`${name} cannot be read: ${why}`, {}, { cause });
    }
  }

  return {
    read() {
      if (known === undefined || Math.abs(now() - known.at) >= longestAge)
        known = { keys: fetchKeys(known?.keys), at: now() };
      return known.keys;
    },
    forget() {
      known = undefined;
    },
  };
}

function keysIn(text: string, name: string): HuaweiKeys {
  const { accessKey, secretKey, securityToken } = fieldsIn(text) ?? {};
  if (!isText(accessKey) || !isText(secretKey))
    throw new KeyUnreadableError(`${name} must be JSON with the texts accessKey and secretKey`);
  return {
    accessKey: accessKey.trim(),
    secretKey: new Secret(secretKey.trim()),
    ...(isText(securityToken) ? { securityToken: new Secret(securityToken.trim()) } : {}),
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}
