import { InvalidInputError } from '../../domain/codes/errors.ts';
import type { Problem } from '../../domain/codes/problems.ts';
import { readBoolean, readObject } from '../../domain/input/input.ts';
import { readWholeNumber } from '../../domain/input/whole-number.ts';
import { preview } from '../../domain/schedule/preview.ts';
import { parseDefinition } from '../../domain/table/definition-parser.ts';
import { type Instant, isoOf, second } from '../../domain/time/instant.ts';
import { dryRun } from '../../usecases/planning/dry-run.ts';
import { type TickDeps, type TickResult, tick } from '../../usecases/planning/tick.ts';
import type { ApiAnswer, ApiCall } from '../call.ts';
import { readIdempotencyKey } from '../idempotency-key.ts';
import { readSpan, refuseIfAny } from '../query.ts';

const defaultCount = 10;
const counts = { min: 1, max: 200 };

/** POST /v1/tick: plans and sweeps at once; with `dryRun` it only says what it would do. */
export async function runTick({ runtime, body, now }: ApiCall): Promise<ApiAnswer> {
  const problems: Problem[] = [];
  const { dryRun: isDry = false } =
    body === undefined ? {} : (readObject(body, '', ['dryRun'], problems) ?? {});
  const run = readBoolean(isDry, 'dryRun', problems) ? dryRun : tickInTime;
  refuseIfAny(problems);
  const result = await run(runtime, now);
  return { status: 200, body: { ...result, at: isoOf(result.at) } };
}

/** API Gateway waits for 30 s; the answer says when there is more to do. */
function tickInTime(deps: TickDeps, now: Instant): Promise<TickResult> {
  return tick(deps, now, { budgetMs: 20 * second });
}

/** POST /v1/preview: what a schedule would send; saves nothing. */
export async function previewSchedule({ runtime, body, now }: ApiCall): Promise<ApiAnswer> {
  const problems: Problem[] = [];
  const asked = readObject(body, '', ['schedule', 'from', 'to', 'count'], problems) ?? {};
  const { from = now, to } = readSpan({ from: asked.from ?? isoOf(now), to: asked.to }, problems);
  const count =
    asked.count === undefined ? defaultCount : readWholeNumber(asked.count, 'count', counts, problems);
  const calendars = await runtime.calendars.getCalendars();
  const { messageLimit, config } = runtime;
  const parsed = parseDefinition(asked.schedule, { calendars, messageLimit, now, path: 'schedule' });
  problems.push(...parsed.problems);
  if (parsed.definition === undefined || problems.length > 0) throw new InvalidInputError(problems);
  const shown = preview(parsed.definition, { from, to, count }, config.limits.send);
  return {
    status: 200,
    body: {
      fireTimes: shown.fireTimes.map(isoOf),
      notifications: shown.notifications.map((notification) => ({
        ...notification,
        eventAt: isoOf(notification.eventAt),
        dueAt: isoOf(notification.dueAt),
      })),
      warnings: [...parsed.warnings, ...shown.warnings],
    },
  };
}

/** POST /v1/apply: makes the stored schedules what the file says. */
export async function applyFile(call: ApiCall): Promise<ApiAnswer> {
  const { runtime, body, who } = call;
  const problems: Problem[] = [];
  const idempotencyKey = readIdempotencyKey(call, problems);
  refuseIfAny(problems);
  // Loaded by the first call that needs it, so that a function starts faster.
  const { apply } = await import('../../usecases/changes/apply.ts');
  return { status: 200, body: await apply(runtime, String(body), { who, idempotencyKey }) };
}
