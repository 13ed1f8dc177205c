import { KeyUnreadableError } from '../../domain/codes/errors.ts';
import type { Asker } from '../../domain/delivery/fair-share.ts';
import {
  type Api,
  askGate,
  closeGate,
  type Gate,
  type GateRefusal,
  isKeyProven,
  openGate,
  proveKey,
  unreadable,
} from '../../domain/delivery/gate.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { Clock, GateStore, Ids } from '../../ports.ts';
import { change } from '../change.ts';

export type GatekeeperDeps = {
  gates: GateStore;
  clock: Clock;
  ids: Ids;
  connection: string;
  /** Requests in any 62 s; Infinity lifts the limit. */
  limits: Readonly<Record<Api, number>>;
  /** Tells keys apart without telling them. */
  fingerprint: () => Promise<string>;
};

/** `isProbe`: the key has not been accepted yet, so tell the gatekeeper when this request is. */
export type Grant = { at: Instant; isProbe: boolean };

/** Asks the shared gate of one connection on behalf of this process. */
export type Gatekeeper = {
  /** Those who ask together are served by their deadlines, and share fairly when there is too little for all. */
  ask(api: Api, asker: Asker): Promise<Grant | GateRefusal>;
  /** Huawei accepted a signature. */
  proved(): Promise<void>;
  /** Closes the gate if the error is one that closes it. */
  failed(api: Api, error: unknown): Promise<void>;
  /** The gate as stored, to show it. */
  look(): Promise<{ gate: Gate; fingerprint: string }>;
};

type Waiting = Asker & { settle: (answer: Grant | GateRefusal) => void; fail: (cause: unknown) => void };

/** One write serves all who ask while the write before is under way. */
export function createGatekeeper(deps: GatekeeperDeps): Gatekeeper {
  const { gates, clock, ids, connection } = deps;
  const waiting: Record<Api, Waiting[]> = { send: [], read: [] };
  const isServing: Record<Api, boolean> = { send: false, read: false };

  function changeGate(step: (gate: Gate) => Gate | undefined) {
    return change({ read: () => gates.getGate(connection), write: (gate) => gates.writeGate(gate) }, (seen) =>
      step(seen ?? openGate(connection)),
    );
  }

  async function serve(api: Api, askers: Waiting[]): Promise<void> {
    const fingerprint = await deps.fingerprint();
    let answer: ReturnType<typeof askGate> = { next: undefined, refusals: [] };
    let grant: Grant = { at: 0, isProbe: false };
    await changeGate((gate) => {
      const asking = { api, askers, limit: deps.limits[api], fingerprint };
      const now = clock.now();
      grant = { at: now, isProbe: !isKeyProven(gate, fingerprint) };
      answer = askGate(gate, asking, now, ids.next());
      return answer.next;
    });
    for (const [i, asker] of askers.entries()) asker.settle(answer.refusals[i] ?? grant);
  }

  async function serveAll(api: Api): Promise<void> {
    if (isServing[api]) return;
    isServing[api] = true;
    while (waiting[api].length > 0) {
      const askers = waiting[api].toSorted((a, b) => a.deadline - b.deadline);
      waiting[api] = [];
      try {
        await serve(api, askers);
      } catch (cause) {
        // Keys that cannot be read just now keep everybody waiting, as a closed gate does.
        if (cause instanceof KeyUnreadableError)
          for (const asker of askers) asker.settle(unreadable(cause, clock.now()));
        else for (const asker of askers) asker.fail(cause);
      }
    }
    isServing[api] = false;
  }

  return {
    ask(api, asker) {
      return new Promise((settle, fail) => {
        waiting[api].push({ ...asker, settle, fail });
        void serveAll(api);
      });
    },
    async proved() {
      const fingerprint = await deps.fingerprint();
      await changeGate((gate) =>
        isKeyProven(gate, fingerprint) ? undefined : proveKey(gate, fingerprint, ids.next()),
      );
    },
    async failed(api, error) {
      const fingerprint = await deps.fingerprint();
      await changeGate((gate) => closeGate(gate, error, { api, fingerprint }, clock.now(), ids.next()));
    },
    async look() {
      const gate = (await gates.getGate(connection)) ?? openGate(connection);
      return { gate, fingerprint: await deps.fingerprint() };
    },
  };
}
