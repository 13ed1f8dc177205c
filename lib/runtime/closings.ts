import { sayReason } from '../domain/codes/reasons.ts';
import { closingOf } from '../domain/delivery/gate.ts';
import type { Clock, Log } from '../ports.ts';
import type { Gatekeeper } from '../usecases/sending/gatekeeper.ts';

/** Logs each closing of the gate, whichever call caused it: a send, a job, the list of pools. */
export function tellClosings(gatekeeper: Gatekeeper, { clock, log }: { clock: Clock; log: Log }): Gatekeeper {
  return {
    ...gatekeeper,
    async failed(api, error) {
      await gatekeeper.failed(api, error);
      const now = clock.now();
      const closing = closingOf(error, now);
      if (closing === undefined) return;
      const { until, why } = closing;
      log.error('gate-closed', { api, why: why.code, closedForMs: until - now, reason: sayReason(why) });
    },
  };
}
