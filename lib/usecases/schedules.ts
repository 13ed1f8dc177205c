import { type Definition, parseDefinition } from '../domain/definition.ts';
import { InvalidInputError, KeyReusedError } from '../domain/errors.ts';
import type { Instant } from '../domain/instant.ts';
import { leadSecondsOf } from '../domain/lead-time.ts';
import type { Message } from '../domain/message.ts';
import type { Exception } from '../domain/notifications.ts';
import type { Warning } from '../domain/problems.ts';
import { arrivalGrace, type Schedule } from '../domain/schedule.ts';
import {
  type ActDeps,
  type Acting,
  type ActResult,
  act,
  checkRevision,
  liveSchedule,
  nextRevision,
  type Step,
  withAnnouncement,
} from './act.ts';
import { checkNotice } from './acts.ts';

export type Saved = ActResult & { what: 'created' | 'changed' | 'unchanged'; warnings: Warning[] };

/** @throws NotFoundError when there is none, or no more. */
export async function getSchedule({ schedules }: ActDeps, scheduleId: string): Promise<Schedule> {
  return liveSchedule(scheduleId, await schedules.getSchedule(scheduleId));
}

/**
 * Checks a schedule as somebody wrote it, and saves it.
 *
 * @throws InvalidInputError with every problem; ConflictError when `ifMatch` is not the stored revision.
 */
export async function saveInput(
  deps: ActDeps,
  input: unknown,
  acting: Acting & { scheduleId: string },
  now: Instant,
): Promise<Saved> {
  const { messageLimit } = deps;
  const calendars = await deps.calendars.getCalendars();
  const context = { calendars, messageLimit, now, poolNames: await deps.pools.names() };
  const { definition, problems, warnings } = parseDefinition(input, context);
  if (definition === undefined) throw new InvalidInputError(problems);
  return { ...(await saveDefinition(deps, definition, acting, now)), warnings };
}

/** What makes a schedule one single notification, on request. */
export type Request = { requestHash: string; exceptions: readonly Exception[] };

/**
 * Saves a checked definition; one that is the same already is left alone.
 *
 * @param request has its effect once: a schedule that it has made already is left alone.
 * @throws ConflictError; KeyReusedError when another request has made the schedule.
 */
export async function saveDefinition(
  deps: ActDeps,
  definition: Definition,
  acting: Acting,
  now: Instant,
  request?: Request,
): Promise<Omit<Saved, 'warnings'>> {
  let what: Saved['what'] = 'unchanged';
  const step = (seen: Schedule | undefined): Step => {
    const live = seen?.deletedAt === undefined ? seen : undefined;
    if (request !== undefined && seen !== undefined) {
      if (seen.requestHash !== request.requestHash) throw new KeyReusedError();
      return {};
    }
    checkRevision(acting.ifMatch, live);
    what = live === undefined ? 'created' : isSame(live, definition, acting) ? 'unchanged' : 'changed';
    if (what === 'unchanged') return {};
    return { next: { ...savedSchedule(deps, seen, definition, acting, now), ...request } };
  };
  const result = await act(deps, definition.id, step, now);
  return { ...result, what };
}

/**
 * Leaves a tombstone, which old messages meet.
 *
 * @param notify a text for those who were warned of an event to come.
 * @throws NotFoundError, ConflictError; InvalidInputError when the text can be too long.
 */
export function deleteSchedule(
  deps: ActDeps,
  scheduleId: string,
  acting: Acting,
  now: Instant,
  { why, notify }: { why?: string | undefined; notify?: Message | undefined } = {},
): Promise<ActResult> {
  const step = (seen: Schedule | undefined): Step => {
    const live = liveSchedule(scheduleId, seen, acting);
    if (notify !== undefined) checkNotice(live, notify, deps.messageLimit);
    const facts = { what: 'delete', acting, at: now, before: live.definition } as const;
    const next = nextRevision(live, why === undefined ? facts : { ...facts, why }, deps.ids.next());
    return { next: withAnnouncement({ ...next, deletedAt: now }, notify, {}) };
  };
  return act(deps, scheduleId, step, now);
}

function savedSchedule(
  { ids }: ActDeps,
  seen: Schedule | undefined,
  definition: Definition,
  acting: Acting,
  now: Instant,
): Schedule {
  const { owner } = acting;
  const leads = longestLeadOf(seen, definition);
  if (seen !== undefined && seen.deletedAt === undefined) {
    const next = nextRevision(seen, { what: 'save', acting, at: now, before: seen.definition }, ids.next());
    const cursor = definition.at === seen.definition.at ? now : now - arrivalGrace;
    const pools = [...new Set([...next.lastAct.pools, ...definition.pools])];
    return { ...next, ...leads, owner, definition, cursor, lastAct: { ...next.lastAct, pools } };
  }
  const nothing = {
    exceptions: [],
    // What was promised to those who were warned outlives the deletion.
    notices: seen?.notices ?? [],
    ...(seen?.announcements === undefined ? {} : { announcements: seen.announcements }),
    planFailures: 0,
    rev: seen?.rev ?? 0,
    version: seen?.version ?? 0,
  };
  const blank = { scheduleId: definition.id, owner, definition, createdAt: now, ...nothing };
  const next = nextRevision(blank, { what: 'save', acting, at: now }, ids.next());
  return { ...next, ...leads, cursor: now - arrivalGrace };
}

/** Not known of a schedule that was saved before it was noted. */
function longestLeadOf(
  seen: Schedule | undefined,
  { leadTimes }: Definition,
): Pick<Schedule, 'longestLeadSeconds'> {
  if (seen !== undefined && seen.longestLeadSeconds === undefined) return {};
  return {
    longestLeadSeconds: Math.max(seen?.longestLeadSeconds ?? 0, ...leadTimes.map(leadSecondsOf)),
  };
}

function isSame(live: Schedule, definition: Definition, { owner }: Acting): boolean {
  return live.owner === owner && JSON.stringify(live.definition) === JSON.stringify(definition);
}
