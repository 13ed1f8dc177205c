import { HuaweiCredentialsError } from '../domain/codes/errors.ts';
import type { Credentials } from '../huawei/credentials.ts';
import { fingerprintOf } from '../huawei/fingerprint.ts';
import type { Gatekeeper } from '../usecases/sending/gatekeeper.ts';

/** Where keys come from: remembered for a while, until they are forgotten. */
export type KeySource = { read(): Promise<Credentials>; forget(): void };

/** The keys that one invocation works with. */
export type Keys = {
  credentials(): Promise<Credentials>;
  fingerprint(): Promise<string>;
  /** Takes them from their source again; only while no request is under way. */
  renew(): void;
};

/**
 * Holds on to the same keys until they are renewed.
 *
 * Ten requests may be under way when a key is refused. Had one of them changed the key for all, the refusals of
 * the others would close the gate for the new one.
 */
export function holdKeys(source: KeySource): Keys {
  let held: Promise<Credentials> | undefined;
  const credentials = () => {
    held ??= source.read().catch((cause: unknown) => {
      held = undefined;
      throw cause;
    });
    return held;
  };
  return {
    credentials,
    fingerprint: async () => fingerprintOf(await credentials()),
    renew() {
      held = undefined;
    },
  };
}

/**
 * Forgets a key that was refused: the next invocation reads the secret again, and a key that was changed meanwhile is
 * tried at once.
 */
export function forgetRefusedKeys(gatekeeper: Gatekeeper, source: Pick<KeySource, 'forget'>): Gatekeeper {
  return {
    ...gatekeeper,
    async ask(api, asker) {
      const answer = await gatekeeper.ask(api, asker);
      if ('until' in answer && answer.why.code === 'credentials') source.forget();
      return answer;
    },
    async failed(api, error) {
      await gatekeeper.failed(api, error);
      if (error instanceof HuaweiCredentialsError) source.forget();
    },
  };
}
