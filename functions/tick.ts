import middy from '@middy/core';
import type { Context, ScheduledEvent } from 'aws-lambda';
import { isoOf, second } from '../lib/domain/time/instant.ts';
import { getTickRuntime } from '../lib/runtime/lambda-tick.ts';
import { type TickDeps, type TickResult, tick } from '../lib/usecases/planning/tick.ts';

type Remaining = Pick<Context, 'getRemainingTimeInMillis'>;

/** Each run ends with a mark that the planner is alive, so a long one is cut into several. */
const longestRun = 20 * second;
/** What a run needs after its budget: the work that is under way, and the mark. */
const reserve = 10 * second;

/** One tick, by the minute or invoked by hand; what it throws counts as an error of the function. */
export function createHandler(build: () => Promise<TickDeps>) {
  return middy<ScheduledEvent, TickResult>().handler(async (_event, context) =>
    tickWhileTimeLasts(await build(), context),
  );
}

async function tickWhileTimeLasts(deps: TickDeps, context: Remaining): Promise<TickResult> {
  for (;;) {
    const budgetMs = Math.min(longestRun, Math.max(second, context.getRemainingTimeInMillis() - reserve));
    const result = await tickOnce(deps, budgetMs);
    if (!result.more || context.getRemainingTimeInMillis() <= reserve + second) return result;
  }
}

async function tickOnce(deps: TickDeps, budgetMs: number): Promise<TickResult> {
  const now = deps.clock.now();
  const result = await tick(deps, now, { budgetMs });
  const { failed, at, ...counts } = result;
  const tookMs = deps.clock.now() - now;
  deps.log.info('tick-ended', { ...counts, tickedAt: isoOf(at), failed: failed.length, tookMs });
  return result;
}

export const handler = createHandler(getTickRuntime);
