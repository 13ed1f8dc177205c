import { InvalidInputError } from '../domain/errors.ts';
import { isObject, readObject } from '../domain/input.ts';
import { isoOf } from '../domain/instant.ts';
import { type Problem, problem } from '../domain/problems.ts';
import type { Schedule } from '../domain/schedule.ts';
import { readWholeNumber } from '../domain/whole-number.ts';
import type { ActResult, RevisionCondition } from '../usecases/act.ts';
import { deleteSchedule, getSchedule, saveInput } from '../usecases/schedules.ts';
import type { Answer, Call } from './call.ts';
import { etagOf, readIfMatch } from './etag.ts';
import { listParameters, readListRange, readQuery, refuseIfAny } from './query.ts';

/** GET /v1/schedules/{id} */
export async function showSchedule({ runtime, id }: Call): Promise<Answer> {
  const schedule = await getSchedule(runtime, id);
  return { status: 200, body: shapeOf(schedule), headers: etagOf(schedule.rev) };
}

/** GET /v1/schedules: by id, ascending. */
export async function listSchedules({ runtime, query }: Call): Promise<Answer> {
  const problems: Problem[] = [];
  const range = readListRange(readQuery(query, listParameters, problems), problems);
  refuseIfAny(problems);
  const { items, nextCursor } = await runtime.schedules.listSchedules(range);
  return { status: 200, body: { items: items.map(shapeOf), nextCursor } };
}

/** PUT /v1/schedules/{id}: 201 when it is new. */
export async function putSchedule(call: Call): Promise<Answer> {
  const { runtime, id, who, body, now } = call;
  const { input, rev } = readSaved(body, id);
  const ifMatch = readIfMatch(call.ifMatch) ?? rev;
  const acting = { who, owner: 'console', scheduleId: id, ifMatch } as const;
  const { schedule, what, warnings, ...told } = await saveInput(runtime, input, acting, now);
  return {
    status: what === 'created' ? 201 : 200,
    body: { ...shapeOf(schedule), ...toldShape(told), warnings },
    headers: etagOf(schedule.rev),
  };
}

/** DELETE /v1/schedules/{id} */
export async function removeSchedule(call: Call): Promise<Answer> {
  const { runtime, id, who, now } = call;
  const acting = { who, owner: 'console', ifMatch: readIfMatch(call.ifMatch) } as const;
  const { schedule, ...told } = await deleteSchedule(runtime, id, acting, now);
  return { status: 200, body: { ...shapeOf(schedule), ...toldShape(told) } };
}

/** What an act could not stop any more, and who was told already. */
export function toldShape({ goingOut, alreadyWarned }: Pick<ActResult, 'goingOut' | 'alreadyWarned'>) {
  return {
    goingOut: goingOut.map((going) => ({
      ...going,
      eventAt: isoOf(going.eventAt),
      dueAt: isoOf(going.dueAt),
    })),
    alreadyWarned,
  };
}

/** The fields of the file, and beside them the revision and, under `status`, what only Deskbell writes. */
function shapeOf(schedule: Schedule) {
  const { definition, rev, owner, createdAt, deletedAt, lastAct, planError } = schedule;
  const status = {
    owner,
    createdAt: isoOf(createdAt),
    changedAt: isoOf(lastAct.at),
    changedBy: lastAct.who,
    planError,
    deletedAt: deletedAt === undefined ? undefined : isoOf(deletedAt),
  };
  return { ...definition, rev, status };
}

const revisions = { min: 1, max: Number.MAX_SAFE_INTEGER };
const statusFields = ['owner', 'createdAt', 'changedAt', 'changedBy', 'planError'] as const;

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
