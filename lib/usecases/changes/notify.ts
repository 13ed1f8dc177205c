import { InvalidInputError } from '../../domain/codes/errors.ts';
import { type Problem, problem, type Warning } from '../../domain/codes/problems.ts';
import { placeOf } from '../../domain/input/input.ts';
import type { PoolNames } from '../../domain/input/pool-names.ts';
import { tellsOfEvent } from '../../domain/message/message.ts';
import type { Definition } from '../../domain/schedule/definition.ts';
import { type NamedEvent, namedEvent } from '../../domain/schedule/named-event.ts';
import { type Notice, nextSecond } from '../../domain/schedule/notice.ts';
import { countingEventsOf, type Exception, endBefore } from '../../domain/schedule/notifications.ts';
import type { Schedule } from '../../domain/schedule/schedule.ts';
import { stopTexts } from '../../domain/schedule/stopped-texts.ts';
import type { DefinitionContext } from '../../domain/table/definition-context.ts';
import { parseDefinition } from '../../domain/table/definition-parser.ts';
import { secondsOf } from '../../domain/time/duration.ts';
import { day, type Instant, isoOf, second } from '../../domain/time/instant.ts';
import { instantOf, resolveTimeZone, wallOf } from '../../domain/time/zone.ts';
import {
  type ActDeps,
  type Acting,
  type ActResult,
  act,
  checkRevision,
  liveSchedule,
  nextRevision,
  rehearseAct,
  type Step,
} from './act.ts';
import { supersededBy } from './act-answer.ts';
import { comingEvent, type Operation, timesOf } from './acts.ts';
import { checkRoom, withNotice } from './announce.ts';
import { repeatedRevision, requestOf, shortHash, withRequest } from './requests.ts';
import { saveDefinition } from './schedules.ts';

/**
 * Sends a schedule's own message to all its pools now, about one event or the next one.
 *
 * It goes out though the schedule is paused, or the event skipped: somebody asked for it. An act that comes before it
 * has left stops it.
 *
 * @throws NotFoundError, ConflictError, InvalidInputError; KeyReusedError when the key stood for another request.
 */
export async function sendNow(
  deps: ActDeps,
  {
    scheduleId,
    why,
    isDryRun = false,
    eventAt,
  }: Omit<Operation, 'notify'> & { why: string; eventAt?: Instant | undefined },
  acting: Acting,
): Promise<ActResult> {
  const request = requestOf(acting.who, acting.idempotencyKey, ['send', why, eventAt]);
  const step = (seen: Schedule | undefined, now: Instant): Step => {
    const repeatedRev = repeatedRevision(seen, request, now);
    if (repeatedRev !== undefined) return { repeatedRev };
    const live = liveSchedule(scheduleId, seen);
    checkRevision(acting.ifMatch, live);
    checkRoom(live, 'message', now);
    const notice = noticeNow(live, { noticeId: deps.ids.next(), eventAt }, now);
    const facts = { what: 'send', acting, at: now, why, eventAt: notice.eventAt } as const;
    const next = nextRevision(live, facts, deps.ids.next());
    const { about: eventTimes, pools } = notice;
    const stopping = { why: supersededBy(next.lastAct), eventTimes, pools, before: live };
    const stopped = stopTexts(next, stopping, now);
    const told = withRequest({ ...stopped, ...withNotice(stopped, notice, now) }, request, now);
    const stopFormer = (former: Schedule) => stopTexts(former, stopping, now);
    return { ...(eventAt === undefined ? {} : { eventTimes }), next: told, stopFormer };
  };
  const run = isDryRun ? rehearseAct : act;
  return run(deps, scheduleId, step);
}

/** An event further ahead than this is none that people are told of now. */
const furthestEvent = 366 * day;

function noticeNow(
  live: Schedule,
  { noticeId, eventAt }: { noticeId: string; eventAt: Instant | undefined },
  now: Instant,
): Notice {
  const { definition } = live;
  const dueAt = nextSecond(now);
  const event = comingEventIfAny(live, { eventAt, after: dueAt }, now);
  const isTold = tellsOfEvent(definition.message);
  if (event === undefined && isTold)
    throw new InvalidInputError([problem('eventAt', 'no_event_to_tell', {})]);
  const latest = dueAt + secondsOf(definition.maxLateness) * second;
  return {
    noticeId,
    kind: 'message',
    dueAt,
    deadline: event === undefined ? latest : Math.min(latest, endBefore(dueAt, event.happensAt, isTold)),
    eventAt: event?.happensAt ?? dueAt,
    about: event === undefined ? [] : timesOf(event),
    message: definition.message,
    pools: definition.pools,
  };
}

function comingEventIfAny(
  live: Schedule,
  { eventAt, after }: { eventAt: Instant | undefined; after: Instant },
  now: Instant,
): NamedEvent | undefined {
  if (eventAt !== undefined) return comingEvent(live, eventAt, now);
  const next = countingEventsOf(live, after, now + furthestEvent).next().value;
  return next === undefined ? undefined : namedEvent(live, next);
}

/** What a pipeline or a person says of a single notification. */
export type NotificationInput = {
  pools: unknown;
  message: unknown;
  locale?: unknown;
  timeZone?: unknown;
  leadTimes?: unknown;
  /** Now when absent. */
  eventAt?: Instant | undefined;
};

/**
 * Sends one notification that belongs to no schedule: now, or around an event with lead times.
 *
 * @throws InvalidInputError; KeyReusedError when the key stood for another request.
 */
export async function notify(deps: ActDeps, input: NotificationInput, acting: Acting): Promise<ActResult> {
  const askedAt = deps.clock.now();
  const key = acting.idempotencyKey ?? deps.ids.next();
  const id = `adhoc-${shortHash(acting.who, key)}`;
  const known = await deps.schedules.getSchedule(id);
  const poolNames = await deps.pools.names();
  const context = { messageLimit: deps.messageLimit, poolNames };
  const read = readNotification(id, input, { ...context, now: known?.createdAt ?? askedAt });
  if (known === undefined) refuseUnknownIds(read.definition, poolNames);
  const request = { requestHash: shortHash(JSON.stringify(input)), exceptions: read.exceptions };
  const who = { who: acting.who, owner: 'adhoc', askedAt } as const;
  const saved = await saveDefinition(deps, read.definition, who, { request });
  return { ...saved, warnings: [...saved.warnings, ...read.warnings] };
}

/** Each such request would fail, and use up what others need to be sent. @throws InvalidInputError */
function refuseUnknownIds({ pools }: Definition, poolNames: PoolNames): void {
  const problems = pools.flatMap((pool, index) =>
    poolNames.lacksId(pool) ? problem(placeOf('pools', index), 'no_such_pool', { pool }) : [],
  );
  if (problems.length > 0) throw new InvalidInputError(problems);
}

type Read = { definition: Definition; exceptions: Exception[]; warnings: Warning[] };

function readNotification(
  id: string,
  { eventAt, ...input }: NotificationInput,
  context: Pick<DefinitionContext, 'messageLimit' | 'poolNames' | 'now'>,
): Read {
  const { now } = context;
  const fields = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  const zone = (typeof input.timeZone === 'string' && resolveTimeZone(input.timeZone)) || 'UTC';
  const happensAt = Math.floor((eventAt ?? now) / second) * second;
  const wallAt = wallOf(happensAt, zone);
  const { definition, problems, warnings } = parseDefinition(
    { ...fields, id, at: isoOf(wallAt).slice(0, 19) },
    { calendars: {}, ...context },
  );
  if (eventAt === undefined && input.leadTimes !== undefined)
    problems.push(problem('leadTimes', 'lead_times_without_event', {}));
  if (definition === undefined || problems.length > 0)
    throw new InvalidInputError(problems.map(problemAsAsked));
  // Of a local time that the clocks repeat, `at` is the first; the event may be the second.
  const writtenAt = instantOf(wallAt, zone);
  if (writtenAt === happensAt) return { definition, exceptions: [], warnings: warnings.map(warningAsAsked) };
  const exceptions = [{ eventAt: writtenAt, movedTo: happensAt }];
  return { definition, exceptions, warnings: warnings.filter(({ at }) => at === undefined) };
}

/** The caller gives an instant, `eventAt`; only the schedule that is made of it has a local time. */
function problemAsAsked(found: Problem): Problem {
  return found.path === 'at' ? problem('eventAt', 'event_years', {}) : found;
}

function warningAsAsked(told: Warning): Warning {
  return told.path === 'at' ? { ...told, path: 'eventAt' } : told;
}
