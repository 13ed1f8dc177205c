import { type Warning, warning } from '../../domain/codes/problems.ts';
import { sayReason } from '../../domain/codes/reasons.ts';
import { type Instant, isoOf } from '../../domain/time/instant.ts';
import { sendClosing } from '../../usecases/health.ts';
import type { ApiRuntime } from '../call.ts';

/** For a person who sends a text now: it does not leave while the gate is closed. */
export async function gateWarning({ gatekeeper }: ApiRuntime, now: Instant): Promise<Warning[]> {
  const closing = await sendClosing(gatekeeper, now);
  // The first use of a key is over in seconds.
  if (closing === undefined || closing.why.code === 'key_unproven') return [];
  return [warning('gate_closed', { until: isoOf(closing.until), reason: sayReason(closing.why) })];
}
