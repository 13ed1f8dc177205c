import { closingOf } from '../domain/gate.ts';
import { fingerprintOf } from '../huawei/fingerprint.ts';
import type { Credentials } from '../huawei/signed-request.ts';
import type { Clock, Log } from '../ports.ts';
import type { Gatekeeper } from '../usecases/gatekeeper.ts';

/** Where keys come from: remembered for a while, until they are forgotten. */
export type KeySource = { read(): Promise<Credentials>; forget(): void };

/** The keys that one invocation works with. */
export type Keys = {
  credentials(): Promise<Credentials>;
  fingerprint(): Promise<string>;
  /** Takes them from their source anew; only while no request is under way. */
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
 * Tells when the gate closes, and forgets a refused key: the next invocation reads the secret again, and a key
 * that was changed meanwhile is tried at once.
 */
export function watchGate(
  gatekeeper: Gatekeeper,
  { source, clock, log }: { source: KeySource; clock: Clock; log: Log },
): Gatekeeper {
  return {
    ...gatekeeper,
    async ask(api, urgency) {
      const answer = await gatekeeper.ask(api, urgency);
      if ('until' in answer && answer.why.code === 'credentials') source.forget();
      return answer;
    },
    async failed(api, error) {
      await gatekeeper.failed(api, error);
      const closing = closingOf(error, clock.now());
      if (closing === undefined) return;
      const { code: why } = closing.why;
      log.error('gate-closed', { api, why, closedForMs: closing.until - clock.now() });
      if (why === 'credentials') source.forget();
    },
  };
}
