import { InvalidInputError, KeyReusedError } from '../../domain/codes/errors.ts';
import { type Warning, warning } from '../../domain/codes/problems.ts';
import type { Message } from '../../domain/message/message.ts';
import type { Definition } from '../../domain/schedule/definition.ts';
import { leadSecondsOf } from '../../domain/schedule/lead-time.ts';
import { type Exception, isWritten } from '../../domain/schedule/notifications.ts';
import { arrivalGrace, isPaused, type Schedule } from '../../domain/schedule/schedule.ts';
import { stopChanged, stopTexts } from '../../domain/schedule/stopped-texts.ts';
import { parseDefinition } from '../../domain/table/definition-parser.ts';
import { day, type Instant, isoIfAny, isoOf, minute } from '../../domain/time/instant.ts';
import {
  type ActDeps,
  type Acting,
  type ActResult,
  act,
  checkRevision,
  liveSchedule,
  nextRevision,
  type Step,
} from './act.ts';
import { supersededBy } from './act-answer.ts';
import { checkNotice } from './acts.ts';
import { withAnnouncement } from './announce.ts';
import { repeatedRevision, requestOf, withRequest } from './requests.ts';

export type Saved = ActResult & { what: 'created' | 'changed' | 'unchanged' };

/** Who saves; `askedAt` is when the request arrived, from which on a new schedule counts. */
export type Saving = Acting & { askedAt?: Instant };

/** A single notification is made once, under an id of its own. */
const firstRevision = 1;
/** A schedule that a file left out gets back what operators did if it is brought back within this time. */
const leftOutKept = 28 * day;
/** What is due so long after an edit may have been sent under the former name of its pool: its write takes less. */
const formerNamesKept = 5 * minute;
/** The same of a file that renames a schedule, and fails before it has deleted the former one. */
const formerIdsKept = day;

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
): Promise<Saved> {
  const { messageLimit } = deps;
  const askedAt = deps.clock.now();
  const calendars = await deps.calendars.getCalendars();
  const context = { calendars, messageLimit, now: askedAt, poolNames: await deps.pools.names() };
  const { definition, problems, warnings } = parseDefinition(input, context);
  if (definition === undefined) throw new InvalidInputError(problems);
  const saved = await saveDefinition(deps, definition, { ...acting, askedAt });
  return { ...saved, warnings: [...warnings, ...saved.warnings] };
}

/** What else there is to a save. */
export type SaveOptions = {
  /** What makes a schedule one single notification; it has its effect once. */
  request?: { requestHash: string; exceptions: readonly Exception[] };
  /** The schedule that this one is, under a new id. */
  renamed?: Schedule;
};

/**
 * Saves a checked definition; one that is the same already is left alone.
 *
 * @throws ConflictError; KeyReusedError when another request has made the schedule.
 */
export async function saveDefinition(
  deps: ActDeps,
  definition: Definition,
  saving: Saving,
  { request, renamed }: SaveOptions = {},
): Promise<Saved> {
  const { askedAt = deps.clock.now() } = saving;
  let what: Saved['what'] = 'unchanged';
  const step = (seen: Schedule | undefined, now: Instant): Step => {
    const live = seen?.deletedAt === undefined ? seen : undefined;
    if (request !== undefined && seen !== undefined) {
      if (seen.requestHash !== request.requestHash) throw new KeyReusedError();
      return { repeatedRev: firstRevision };
    }
    checkRevision(saving.ifMatch, live);
    what = live === undefined ? 'created' : isSame(live, definition, saving) ? 'unchanged' : 'changed';
    if (what === 'unchanged') return {};
    const times = { now, askedAt: Math.min(askedAt, now) };
    if (live !== undefined) {
      const next = editedSchedule(deps, live, definition, saving, times);
      const edit = { before: live, after: next, why: supersededBy(next.lastAct) };
      return { next: stopChanged(next, edit, now), stopFormer: (former) => stopChanged(former, edit, now) };
    }
    const { next, warnings } = newSchedule(deps, { seen, renamed, definition }, saving, times);
    return { next: { ...next, ...request }, warnings };
  };
  const result = await act(deps, definition.id, step);
  return { ...result, what };
}

/** What a deletion says, and whether it is one of a file that leaves the schedule out. */
export type Deletion = {
  why?: string | undefined;
  notify?: Message | undefined;
  isLeftOut?: boolean;
  /** The id under which it goes on: its texts stay true, and what was planned is still wanted. */
  renamedTo?: string | undefined;
};

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
  { why, notify, isLeftOut = false, renamedTo }: Deletion = {},
): Promise<ActResult> {
  const request = requestOf(acting.who, acting.idempotencyKey, ['delete', why, notify]);
  const step = (seen: Schedule | undefined, now: Instant): Step => {
    const repeatedRev = repeatedRevision(seen, request, now);
    if (repeatedRev !== undefined) return { repeatedRev };
    const live = liveSchedule(scheduleId, seen, acting);
    if (notify !== undefined) checkNotice(live, notify, deps.messageLimit);
    const facts = { what: 'delete', acting, at: now, before: live.definition } as const;
    const next = nextRevision(live, why === undefined ? facts : { ...facts, why }, deps.ids.next());
    const stopping = { why: supersededBy(next.lastAct), before: live };
    const stopped = renamedTo === undefined ? stopTexts(next, stopping, now) : { ...next, renamedTo };
    const deleted = { ...stopped, deletedAt: now, ...(isLeftOut ? { isLeftOut } : {}) };
    const told = withRequest(withAnnouncement(deleted, notify, {}), request, now);
    if (renamedTo !== undefined) return { next: told };
    return { next: told, stopFormer: (former) => stopTexts(former, stopping, now) };
  };
  return act(deps, scheduleId, step);
}

type Times = { now: Instant; askedAt: Instant };

function editedSchedule(
  { ids }: ActDeps,
  live: Schedule,
  definition: Definition,
  saving: Saving,
  { now, askedAt }: Times,
): Schedule {
  const { owner } = saving;
  const facts = { what: 'save', acting: saving, at: now, before: live.definition } as const;
  const { formerPools: _formerPools, ...next } = nextRevision(live, facts, ids.next());
  const cursor = definition.at === live.definition.at ? now : askedAt - arrivalGrace;
  const pools = [...new Set([...next.lastAct.pools, ...definition.pools])];
  return {
    ...next,
    ...longestLeadOf(live, definition),
    ...formerPoolsOf(live, definition, now),
    owner,
    definition,
    cursor,
    lastAct: { ...next.lastAct, pools },
  };
}

/** Names that fall away at a time, beyond which the oldest are not looked for any more. */
const mostFormerPools = 100;

/** The names of pools that fall away; those of edits just before are still looked for. */
function formerPoolsOf(
  { definition, formerPools = [] }: Schedule,
  { pools }: Definition,
  now: Instant,
): Pick<Schedule, 'formerPools'> {
  const earlier = formerPools.filter(({ pool, until }) => now < until && !pools.includes(pool));
  const dropped = definition.pools
    .filter((pool) => !pools.includes(pool))
    .map((pool) => ({ pool, until: now + formerNamesKept }));
  const former = [...earlier.filter(({ pool }) => !definition.pools.includes(pool)), ...dropped];
  return former.length === 0 ? {} : { formerPools: former.slice(-mostFormerPools) };
}

/** @param seen its tombstone; @param renamed what it was under another id. */
function newSchedule(
  { ids }: ActDeps,
  {
    seen,
    renamed,
    definition,
  }: { seen: Schedule | undefined; renamed: Schedule | undefined; definition: Definition },
  saving: Saving,
  { now, askedAt }: Times,
): { next: Schedule; warnings: Warning[] } {
  const isBack = seen?.isLeftOut === true && now - (seen.deletedAt ?? 0) <= leftOutKept;
  const earlier = renamed ?? seen;
  const kept = keptChanges(renamed ?? (isBack ? seen : undefined), definition, now);
  const blank = {
    scheduleId: definition.id,
    owner: saving.owner,
    definition,
    createdAt: now,
    // What was promised to those who were warned outlives the deletion.
    notices: seen?.notices ?? [],
    ...(seen?.announcements === undefined ? {} : { announcements: seen.announcements }),
    ...(seen?.formerIds === undefined ? {} : { formerIds: seen.formerIds }),
    // A request that is repeated must not undo what came after it.
    ...(seen?.requests === undefined ? {} : { requests: seen.requests }),
    ...(earlier === undefined ? {} : formerPoolsOf(earlier, definition, now)),
    ...kept.changes,
    planFailures: 0,
    rev: seen?.rev ?? 0,
    version: seen?.version ?? 0,
  };
  const next = nextRevision(blank, { what: 'save', acting: saving, at: now }, ids.next());
  const longest = { ...next, ...longestLeadOf(earlier, definition) };
  // What came due before a rename was sent under the former id.
  if (renamed === undefined)
    return { next: { ...longest, cursor: askedAt - arrivalGrace }, warnings: kept.warnings };
  const former = { scheduleId: renamed.scheduleId, at: now, until: now + formerIdsKept };
  const formerIds = [...(renamed.formerIds ?? []), former].filter(
    ({ scheduleId, at }) => scheduleId !== definition.id && now - at < leftOutKept,
  );
  return { next: { ...longest, formerIds }, warnings: kept.warnings };
}

type KeptChanges = { changes: Pick<Schedule, 'exceptions' | 'pause'>; warnings: Warning[] };

/** What operators did to a schedule, as far as it still means something. */
function keptChanges(from: Schedule | undefined, definition: Definition, now: Instant): KeptChanges {
  const { pause } = from ?? {};
  const isHeld = from !== undefined && isPaused(from, now);
  const exceptions = (from?.exceptions ?? []).filter(({ eventAt }) => isWritten(definition, eventAt));
  const events = exceptions.map(({ eventAt }) => isoOf(eventAt));
  return {
    changes: { exceptions, ...(isHeld && pause !== undefined ? { pause } : {}) },
    warnings: [
      ...(isHeld && pause !== undefined
        ? [warning('pause_restored', { by: pause.by, why: pause.why, until: isoIfAny(pause.until) })]
        : []),
      ...(events.length === 0 ? [] : [warning('exceptions_restored', { events })]),
    ],
  };
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
