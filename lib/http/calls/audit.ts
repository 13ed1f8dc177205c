import type { Problem } from '../../domain/codes/problems.ts';
import type { Act } from '../../domain/schedule/schedule.ts';
import { isoIfAny, isoOf } from '../../domain/time/instant.ts';
import type { ApiAnswer, ApiCall } from '../call.ts';
import { answerPage } from '../page.ts';
import { listParameters, readListRange, readQuery, readSpan, refuseIfAny } from '../query.ts';

const parameters = ['schedule', 'pool', 'from', 'to', ...listParameters] as const;

/** GET /v1/audit: what people did to the schedules, the newest first. */
export async function listActs({ runtime, query }: ApiCall): Promise<ApiAnswer> {
  const problems: Problem[] = [];
  const { schedule, pool, ...rest } = readQuery(query, parameters, problems);
  const filter = {
    ...(schedule === undefined ? {} : { scheduleId: schedule }),
    ...(pool === undefined ? {} : { pool }),
    ...readSpan(rest, problems),
  };
  const range = readListRange(rest, problems);
  refuseIfAny(problems);
  return answerPage(range, (part) => runtime.schedules.listActs({ ...filter, ...part }), shapeOf);
}

function shapeOf({ scheduleId, rev, at, who, what, why, eventAt, movedTo, until, ...rest }: Act) {
  return {
    scheduleId,
    rev,
    at: isoOf(at),
    who,
    what,
    why,
    eventAt: isoIfAny(eventAt),
    movedTo: isoIfAny(movedTo),
    until: isoIfAny(until),
    notify: rest.notify,
    before: rest.before,
    goingOut: rest.goingOut,
    pools: rest.pools,
  };
}
