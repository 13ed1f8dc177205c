import { InvalidInputError } from '../../domain/codes/errors.ts';
import { type Problem, problem } from '../../domain/codes/problems.ts';
import { isObject, readObject } from '../../domain/input/input.ts';
import { readWholeNumber } from '../../domain/input/whole-number.ts';
import { isPaused, type Pause, type Schedule } from '../../domain/schedule/schedule.ts';
import { type Instant, isoIfAny, isoOf } from '../../domain/time/instant.ts';
import type { RevisionCondition } from '../../usecases/changes/act.ts';
import { deleteSchedule, getSchedule, saveInput } from '../../usecases/changes/schedules.ts';
import type { ApiAnswer, ApiCall } from '../call.ts';
import { etagOf, readIfMatch } from '../etag.ts';
import { readIdempotencyKey } from '../idempotency-key.ts';
import { answerPage } from '../page.ts';
import { listParameters, readListRange, readQuery, refuseIfAny } from '../query.ts';
import { readNotice, readReason } from './reason.ts';
import { toldShape } from './told.ts';

/** GET /v1/schedules/{id} */
export async function showSchedule({ runtime, id, now }: ApiCall): Promise<ApiAnswer> {
  const schedule = await getSchedule(runtime, id);
  return { status: 200, body: shapeOf(schedule, now), headers: etagOf(schedule.rev) };
}

/** GET /v1/schedules: by id, ascending. */
export async function listSchedules({ runtime, query, now }: ApiCall): Promise<ApiAnswer> {
  const problems: Problem[] = [];
  const range = readListRange(readQuery(query, listParameters, problems), problems);
  refuseIfAny(problems);
  return answerPage(
    range,
    (part) => runtime.schedules.listSchedules(part),
    (schedule) => shapeOf(schedule, now),
  );
}

/** PUT /v1/schedules/{id}: 201 when it is new. */
export async function putSchedule(call: ApiCall): Promise<ApiAnswer> {
  const { runtime, id, who, body, now } = call;
  const { input, rev } = readSaved(body, id);
  const ifMatch = readIfMatch(call.ifMatch) ?? rev;
  const acting = { who, owner: 'console', scheduleId: id, ifMatch } as const;
  const { schedule, what, warnings, goingOut, alreadyWarned } = await saveInput(runtime, input, acting);
  return {
    status: what === 'created' ? 201 : 200,
    body: { ...shapeOf(schedule, now), ...toldShape({ goingOut, alreadyWarned }), warnings },
    headers: etagOf(schedule.rev),
  };
}

/** DELETE /v1/schedules/{id}: `{reason?, notify?}`, or nothing. */
export async function removeSchedule(call: ApiCall): Promise<ApiAnswer> {
  const { runtime, id, who, now, body = {} } = call;
  const problems: Problem[] = [];
  const { reason, notify } = readObject(body, '', ['reason', 'notify'], problems) ?? {};
  const said = {
    why: reason === undefined ? undefined : readReason(reason, problems),
    notify: notify === undefined ? undefined : readNotice(notify, problems),
  };
  const idempotencyKey = readIdempotencyKey(call, problems);
  refuseIfAny(problems);
  const acting = { who, owner: 'console', ifMatch: readIfMatch(call.ifMatch), idempotencyKey } as const;
  const { schedule, warnings, ...told } = await deleteSchedule(runtime, id, acting, said);
  return { status: 200, body: { ...shapeOf(schedule, now), ...toldShape(told), warnings } };
}

/** The fields of the file, and beside them the revision and, under `status`, what only Deskbell writes. */
function shapeOf(schedule: Schedule, now: Instant) {
  const { definition, rev, owner, createdAt, deletedAt, lastAct, planError, pause, exceptions } = schedule;
  const status = {
    owner,
    createdAt: isoOf(createdAt),
    changedAt: isoOf(lastAct.at),
    changedBy: lastAct.who,
    planError,
    deletedAt: isoIfAny(deletedAt),
    pause: pause && isPaused(schedule, now) ? shapeOfPause(pause) : undefined,
    exceptions: exceptions.map(({ eventAt, movedTo }) => ({
      eventAt: isoOf(eventAt),
      movedTo: isoIfAny(movedTo),
    })),
  };
  return { ...definition, rev, status };
}

function shapeOfPause({ by, at, why, until }: Pause) {
  return { by, at: isoOf(at), why, until: isoIfAny(until) };
}

const revisions = { min: 1, max: Number.MAX_SAFE_INTEGER };
const statusFields = [
  ...['owner', 'createdAt', 'changedAt', 'changedBy', 'planError', 'deletedAt'],
  ...['pause', 'exceptions'],
];

/**
 * Reads what a PUT brings. What GET answered can be put back: its `status` changes nothing, and its `rev` is the
 * revision that the change was made to, as if it stood in `If-Match`.
 */
function readSaved(body: unknown, id: string): { input: unknown; rev?: RevisionCondition } {
  if (!isObject(body)) return { input: body };
  if (body.id !== undefined && body.id !== id)
    throw new InvalidInputError([problem('id', 'other_id', { id })]);
  const { status, rev, ...fields } = body;
  const input = { ...fields, id };
  const problems: Problem[] = [];
  if (status !== undefined) readObject(status, 'status', statusFields, problems);
  const known = rev === undefined ? undefined : readWholeNumber(rev, 'rev', revisions, problems);
  refuseIfAny(problems);
  return known === undefined ? { input } : { input, rev: [known] };
}
