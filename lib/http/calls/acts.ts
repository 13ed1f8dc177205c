import { type Problem, problem } from '../../domain/codes/problems.ts';
import { readBoolean, readDuration, readObject } from '../../domain/input/input.ts';
import { readInstant } from '../../domain/table/definition-fields.ts';
import { secondsOf } from '../../domain/time/duration.ts';
import { type Instant, isoIfAny, second } from '../../domain/time/instant.ts';
import type { Acting, ActResult } from '../../usecases/changes/act.ts';
import { pause, postpone, resume, skip } from '../../usecases/changes/acts.ts';
import { notify, sendNow } from '../../usecases/changes/notify.ts';
import type { ApiAnswer, ApiCall } from '../call.ts';
import { etagOf, readIfMatch } from '../etag.ts';
import { readIdempotencyKey } from '../idempotency-key.ts';
import { refuseIfAny } from '../query.ts';
import { gateWarning } from './gate-warning.ts';
import { readNotice, readReason } from './reason.ts';
import { toldShape } from './told.ts';

const delays = { minSeconds: 60, maxSeconds: 366 * 86_400 };

/** POST /v1/schedules/{id}/pause: `{reason, until?, notify?, dryRun?}` */
export function pauseSchedule(call: ApiCall): Promise<ApiAnswer> {
  const problems: Problem[] = [];
  const fields = readFields(call, ['reason', 'until', 'notify', 'dryRun'], problems);
  const operation = readOperation(call, fields, problems);
  const why = readReason(fields.reason, problems);
  const until = readIfGiven(fields.until, 'until', problems);
  return answerAct(call, problems, (acting) => pause(call.runtime, { ...operation, why, until }, acting));
}

/** POST /v1/schedules/{id}/resume: `{reason?, eventAt?, notify?, dryRun?}` */
export function resumeSchedule(call: ApiCall): Promise<ApiAnswer> {
  const problems: Problem[] = [];
  const fields = readFields(call, ['reason', 'eventAt', 'notify', 'dryRun'], problems);
  const operation = readOperation(call, fields, problems);
  const why = fields.reason === undefined ? undefined : readReason(fields.reason, problems);
  const eventAt = readIfGiven(fields.eventAt, 'eventAt', problems);
  return answerAct(call, problems, (acting) => resume(call.runtime, { ...operation, why, eventAt }, acting));
}

/** POST /v1/schedules/{id}/skip: `{reason, eventAt, notify?, dryRun?}` */
export function skipEvent(call: ApiCall): Promise<ApiAnswer> {
  const problems: Problem[] = [];
  const fields = readFields(call, ['reason', 'eventAt', 'notify', 'dryRun'], problems);
  const operation = readOperation(call, fields, problems);
  const why = readReason(fields.reason, problems);
  const eventAt = readAt(fields.eventAt, 'eventAt', problems);
  return answerAct(call, problems, (acting) => skip(call.runtime, { ...operation, why, eventAt }, acting));
}

/** POST /v1/schedules/{id}/postpone: `{reason, eventAt, to | by, notify?, dryRun?}` */
export function postponeEvent(call: ApiCall): Promise<ApiAnswer> {
  const problems: Problem[] = [];
  const fields = readFields(call, ['reason', 'eventAt', 'to', 'by', 'notify', 'dryRun'], problems);
  const operation = readOperation(call, fields, problems);
  const why = readReason(fields.reason, problems);
  const eventAt = readAt(fields.eventAt, 'eventAt', problems);
  const to = readIfGiven(fields.to, 'to', problems);
  const byMs = fields.by === undefined ? undefined : readDelay(fields.by, problems);
  if ((fields.to === undefined) === (fields.by === undefined))
    problems.push(problem('', 'to_or_by', { given: fields.to === undefined ? 'neither' : 'both' }));
  return answerAct(call, problems, (acting) =>
    postpone(call.runtime, { ...operation, why, eventAt, to, byMs }, acting),
  );
}

/** POST /v1/schedules/{id}/send: `{reason, eventAt?, dryRun?}` */
export function sendSchedule(call: ApiCall): Promise<ApiAnswer> {
  const problems: Problem[] = [];
  const fields = readFields(call, ['reason', 'eventAt', 'dryRun'], problems);
  const operation = readOperation(call, fields, problems);
  const why = readReason(fields.reason, problems);
  const eventAt = readIfGiven(fields.eventAt, 'eventAt', problems);
  return answerAct(call, problems, (acting) => sendNow(call.runtime, { ...operation, why, eventAt }, acting));
}

/** POST /v1/notifications: `{pools, message, locale?, timeZone?, eventAt?, leadTimes?}`; 201 when it is made by this call. */
export async function notifyPools(call: ApiCall): Promise<ApiAnswer> {
  const { runtime, who, now } = call;
  const problems: Problem[] = [];
  const names = ['pools', 'message', 'locale', 'timeZone', 'eventAt', 'leadTimes'] as const;
  const { pools, message, locale, timeZone, leadTimes, ...fields } = readFields(call, names, problems);
  const eventAt = readIfGiven(fields.eventAt, 'eventAt', problems);
  const idempotencyKey = readIdempotencyKey(call, problems);
  refuseIfAny(problems);
  const input = { pools, message, locale, timeZone, leadTimes, eventAt };
  const made = await notify(runtime, input, { who, owner: 'adhoc', idempotencyKey });
  const { schedule, isDone, goingOut, alreadyWarned, warnings } = made;
  const body = {
    scheduleId: schedule.scheduleId,
    ...toldShape({ goingOut, alreadyWarned }),
    warnings: [...warnings, ...(await gateWarning(runtime, now))],
  };
  return { status: isDone ? 201 : 200, body };
}

/** What is no object has no fields to complain of. @throws InvalidInputError */
function readFields<F extends string>(
  { body = {} }: ApiCall,
  names: readonly F[],
  problems: Problem[],
): Partial<Record<F, unknown>> {
  const fields = readObject(body, '', names, problems);
  if (fields === undefined) refuseIfAny(problems);
  return fields ?? {};
}

function readOperation(
  { id: scheduleId }: ApiCall,
  { notify: text, dryRun }: { notify?: unknown; dryRun?: unknown },
  problems: Problem[],
) {
  return {
    scheduleId,
    notify: text === undefined ? undefined : readNotice(text, problems),
    isDryRun: dryRun !== undefined && readBoolean(dryRun, 'dryRun', problems),
  };
}

async function answerAct(
  call: ApiCall,
  problems: Problem[],
  run: (acting: Acting) => Promise<ActResult>,
): Promise<ApiAnswer> {
  const { who, ifMatch, runtime, now } = call;
  const idempotencyKey = readIdempotencyKey(call, problems);
  refuseIfAny(problems);
  const result = await run({ who, owner: 'console', ifMatch: readIfMatch(ifMatch), idempotencyKey });
  const { schedule, rev, act, notified } = result;
  const isSending = notified.length > 0 || act?.what === 'send';
  const body = {
    rev,
    eventAt: isoIfAny(act?.eventAt),
    movedTo: isoIfAny(act?.movedTo),
    timeZone: schedule.definition.timeZone,
    ...toldShape(result),
    warnings: [...result.warnings, ...(isSending ? await gateWarning(runtime, now) : [])],
  };
  return { status: 200, body, headers: etagOf(rev) };
}

function readAt(input: unknown, path: string, problems: Problem[]): Instant {
  return Date.parse(readInstant(input, path, problems));
}

function readIfGiven(input: unknown, path: string, problems: Problem[]): Instant | undefined {
  return input === undefined ? undefined : readAt(input, path, problems);
}

function readDelay(input: unknown, problems: Problem[]): number {
  return secondsOf(readDuration(input, 'by', delays, problems) ?? '0m') * second;
}
