import { type Definition, parseDefinition } from '../domain/definition.ts';
import { ConflictError, InvalidInputError, messageOf, NotFoundError, StoreError } from '../domain/errors.ts';
import type { Instant } from '../domain/instant.ts';
import type { Warning } from '../domain/problems.ts';
import { type Act, arrivalGrace, type Owner, type Schedule } from '../domain/schedule.ts';
import type { CalendarStore, ScheduleStore } from '../ports.ts';
import { change } from './change.ts';
import { horizon, type PlanDeps, plan } from './plan.ts';

export type SchedulesDeps = PlanDeps & {
  schedules: ScheduleStore;
  calendars: CalendarStore;
  messageLimit: number;
};

/** The revisions that an act may meet; `any` means that there must be one. */
export type RevisionCondition = 'any' | readonly number[];

/** Who acts, and on which revision: `ifMatch` undefined means whichever there is, or none. */
export type Acting = { who: string; owner: Owner; ifMatch?: RevisionCondition | undefined };

export type Saved = { schedule: Schedule; what: 'created' | 'changed' | 'unchanged'; warnings: Warning[] };

/** @throws NotFoundError when there is none, or no more. */
export async function getSchedule({ schedules }: SchedulesDeps, scheduleId: string): Promise<Schedule> {
  const schedule = await schedules.getSchedule(scheduleId);
  if (schedule === undefined || schedule.deletedAt !== undefined) throw noSchedule(scheduleId);
  return schedule;
}

/**
 * Checks a schedule as somebody wrote it, and saves it.
 *
 * @throws InvalidInputError with every problem; ConflictError when `ifMatch` is not the stored revision.
 */
export async function saveInput(
  deps: SchedulesDeps,
  input: unknown,
  acting: Acting & { scheduleId: string },
  now: Instant,
): Promise<Saved> {
  const context = { calendars: await deps.calendars.getCalendars(), messageLimit: deps.messageLimit, now };
  const { definition, problems, warnings } = parseDefinition(input, context);
  if (definition === undefined) throw new InvalidInputError(problems);
  return { ...(await saveDefinition(deps, definition, acting, now)), warnings };
}

/** Saves a checked definition; one that is the same already is left alone. */
export async function saveDefinition(
  deps: SchedulesDeps,
  definition: Definition,
  acting: Acting,
  now: Instant,
): Promise<Omit<Saved, 'warnings'>> {
  let what: Saved['what'] = 'unchanged';
  const step = (seen: Schedule | undefined) => {
    const live = seen?.deletedAt === undefined ? seen : undefined;
    checkRevision(acting.ifMatch, live);
    what = live === undefined ? 'created' : isSame(live, definition, acting) ? 'unchanged' : 'changed';
    return what === 'unchanged' ? undefined : savedSchedule(deps, seen, definition, acting, now);
  };
  const schedule = await act(deps, definition.id, step, now);
  if (schedule === undefined) throw noSchedule(definition.id);
  return { schedule, what };
}

/** Leaves a tombstone, which old messages meet. @throws NotFoundError, ConflictError */
export async function deleteSchedule(
  deps: SchedulesDeps,
  scheduleId: string,
  acting: Acting,
  now: Instant,
): Promise<Schedule> {
  const schedule = await act(
    deps,
    scheduleId,
    (seen) => {
      if (seen === undefined || seen.deletedAt !== undefined) throw noSchedule(scheduleId);
      checkRevision(acting.ifMatch, seen);
      return deletedSchedule(deps, seen, acting, now);
    },
    now,
  );
  if (schedule === undefined) throw noSchedule(scheduleId);
  return schedule;
}

/**
 * Does one act: plans the old rule up to now, writes the act and the new rule in one item, plans the new rule.
 *
 * A crash between any two of these is repaired by the schedule's next look.
 */
async function act(
  deps: SchedulesDeps,
  scheduleId: string,
  step: (seen: Schedule | undefined) => Schedule | undefined,
  now: Instant,
): Promise<Schedule | undefined> {
  const { schedules } = deps;
  const { item, isMine } = await change<Schedule>(
    () => planUpTo(deps, scheduleId, now),
    (schedule) => schedules.writeSchedule(schedule),
    step,
  );
  if (!isMine || item === undefined) return item;
  await schedules.putAct(item.lastAct);
  await planAll(deps, item, now, now + horizon);
  return item;
}

/** Nothing that was due under the old rule is forgotten when the cursor is set to now. */
async function planUpTo(
  deps: SchedulesDeps,
  scheduleId: string,
  now: Instant,
): Promise<Schedule | undefined> {
  const schedule = await deps.schedules.getSchedule(scheduleId);
  if (schedule === undefined) return undefined;
  await deps.schedules.putAct(schedule.lastAct);
  if (schedule.cursor >= now) return schedule;
  try {
    return await planAll(deps, schedule, now, now);
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    // A rule that cannot be planned must not stop the save that mends it.
    deps.log.error('old-rule-not-planned', { scheduleId, message: messageOf(cause) });
    const { cursor, definition } = schedule;
    await deps.schedules.putGap({ scheduleId, from: cursor, to: now, pools: definition.pools });
    return schedule;
  }
}

async function planAll(
  deps: SchedulesDeps,
  schedule: Schedule,
  now: Instant,
  until: Instant,
): Promise<Schedule> {
  let latest = schedule;
  while ((await plan(deps, latest, now, until)).hasMore) latest = await reread(deps, latest);
  return reread(deps, latest);
}

async function reread({ schedules }: SchedulesDeps, schedule: Schedule): Promise<Schedule> {
  return (await schedules.getSchedule(schedule.scheduleId)) ?? schedule;
}

function savedSchedule(
  { ids }: SchedulesDeps,
  seen: Schedule | undefined,
  definition: Definition,
  acting: Acting,
  now: Instant,
): Schedule {
  const isNew = seen === undefined || seen.deletedAt !== undefined;
  return {
    ...nextRevision(ids.next(), seen, definition, actOf('save', acting, definition.id, seen, now)),
    owner: acting.owner,
    createdAt: isNew ? now : seen.createdAt,
    cursor: isNew || definition.at !== seen.definition.at ? now - arrivalGrace : now,
  };
}

function deletedSchedule({ ids }: SchedulesDeps, seen: Schedule, acting: Acting, now: Instant): Schedule {
  const lastAct = actOf('delete', acting, seen.scheduleId, seen, now);
  return {
    ...nextRevision(ids.next(), seen, seen.definition, lastAct),
    owner: seen.owner,
    createdAt: seen.createdAt,
    cursor: now,
    deletedAt: now,
  };
}

function nextRevision(writeId: string, seen: Schedule | undefined, definition: Definition, lastAct: Act) {
  return {
    scheduleId: definition.id,
    definition,
    lastAct,
    rev: lastAct.rev,
    planFailures: 0,
    // Also when nothing more is planned: the next look keeps the act's record, should a crash come first.
    wakeAt: lastAct.at,
    version: (seen?.version ?? 0) + 1,
    writeId,
  };
}

function actOf(
  what: Act['what'],
  { who }: Acting,
  scheduleId: string,
  seen: Schedule | undefined,
  at: Instant,
): Act {
  const rev = (seen?.rev ?? 0) + 1;
  const before = seen === undefined || seen.deletedAt !== undefined ? {} : { before: seen.definition };
  return { scheduleId, rev, at, who, what, ...before };
}

function checkRevision(ifMatch: RevisionCondition | undefined, live: Schedule | undefined): void {
  if (ifMatch === undefined) return;
  if (live === undefined) throw new ConflictError('there is no such schedule, but If-Match asks for one');
  if (ifMatch === 'any' || ifMatch.includes(live.rev)) return;
  throw new ConflictError(
    `the schedule is at revision ${live.rev}, not ${ifMatch.join(', ') || 'what If-Match names'}: read it again, then repeat your change`,
  );
}

function isSame(live: Schedule, definition: Definition, { owner }: Acting): boolean {
  return live.owner === owner && JSON.stringify(live.definition) === JSON.stringify(definition);
}

function noSchedule(scheduleId: string): NotFoundError {
  return new NotFoundError(`there is no schedule ${scheduleId}`);
}
