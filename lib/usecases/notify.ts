import { createHash } from 'node:crypto';
import { type Definition, type DefinitionContext, parseDefinition } from '../domain/definition.ts';
import { secondsOf } from '../domain/duration.ts';
import { InvalidInputError, KeyReusedError } from '../domain/errors.ts';
import { day, type Instant, isoOf, second } from '../domain/instant.ts';
import { tellsOfEvent } from '../domain/message.ts';
import { type Notice, nextSecond } from '../domain/notice.ts';
import { type Exception, eventsOf } from '../domain/notifications.ts';
import { type Problem, problem, type Warning } from '../domain/problems.ts';
import type { Schedule } from '../domain/schedule.ts';
import { instantOf, resolveTimeZone, wallOf } from '../domain/zone.ts';
import {
  type ActDeps,
  type Acting,
  type ActResult,
  act,
  checkRevision,
  checkRoom,
  liveSchedule,
  nextRevision,
  rehearseAct,
  type Step,
} from './act.ts';
import { comingEvent, type Operated, type Operation } from './acts.ts';
import { withNotice } from './announce.ts';
import { saveDefinition } from './schedules.ts';

/** A request that may be repeated: the same key and the same request have the same effect once. */
export type Repeatable = { idempotencyKey?: string | undefined };

export type Notified = ActResult & { warnings: Warning[] };

/**
 * Sends a schedule's own message to all its pools now, about one event or the next one.
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
    idempotencyKey,
  }: Omit<Operation, 'notify'> & Repeatable & { why: string; eventAt?: Instant | undefined },
  acting: Acting,
  now: Instant,
): Promise<Operated> {
  const noticeId =
    idempotencyKey === undefined ? deps.ids.next() : shortHash(scheduleId, acting.who, idempotencyKey);
  const requestHash = shortHash(scheduleId, why, String(eventAt ?? ''));
  const step = (seen: Schedule | undefined): Step => {
    const live = liveSchedule(scheduleId, seen);
    const about = eventAt === undefined ? {} : { eventTimes: [eventAt] };
    const sent = live.notices.find((notice) => notice.noticeId === noticeId);
    if (sent !== undefined && sent.requestHash !== requestHash) throw new KeyReusedError();
    if (sent !== undefined) return about;
    checkRevision(acting.ifMatch, live);
    checkRoom(live, now);
    const notice = noticeNow(live, { noticeId, requestHash, eventAt }, now);
    const facts = { what: 'send', acting, at: now, why, eventAt: notice.eventAt } as const;
    const next = nextRevision(live, facts, deps.ids.next());
    return { ...about, next: { ...next, ...withNotice(next, notice, now) } };
  };
  const run = isDryRun ? rehearseAct : act;
  return { ...(await run(deps, scheduleId, step, now)), warnings: [] };
}

/** An event further ahead than this is none that people are told of now. */
const furthestEvent = 366 * day;

function noticeNow(
  live: Schedule,
  { noticeId, requestHash, eventAt }: { noticeId: string; requestHash: string; eventAt: Instant | undefined },
  now: Instant,
): Notice {
  const { definition } = live;
  const dueAt = nextSecond(now);
  const nextEvent = () =>
    eventsOf(live, now, now + furthestEvent).find(({ unwanted }) => unwanted === undefined)?.eventAt;
  const chosen = eventAt === undefined ? nextEvent() : comingEvent(live, eventAt, now).happensAt;
  if (chosen === undefined && tellsOfEvent(definition.message))
    throw new InvalidInputError([problem('eventAt', 'no_event_to_tell', {})]);
  return {
    noticeId,
    requestHash,
    dueAt,
    deadline: dueAt + secondsOf(definition.maxLateness) * second,
    eventAt: chosen ?? dueAt,
    message: definition.message,
    pools: definition.pools,
  };
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
export async function notify(
  deps: ActDeps,
  input: NotificationInput,
  { idempotencyKey }: Repeatable,
  acting: Acting,
  now: Instant,
): Promise<Notified> {
  const key = idempotencyKey ?? deps.ids.next();
  const id = `adhoc-${shortHash(acting.who, key)}`;
  const known = await deps.schedules.getSchedule(id);
  const context = { messageLimit: deps.messageLimit, poolNames: await deps.pools.names() };
  const read = readNotification(id, input, { ...context, now: known?.createdAt ?? now });
  const request = { requestHash: shortHash(JSON.stringify(input)), exceptions: read.exceptions };
  const saved = await saveDefinition(deps, read.definition, { ...acting, owner: 'adhoc' }, now, request);
  return { ...saved, warnings: read.warnings };
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

/** Whoever asks gives an instant, `eventAt`; only the schedule that is made of it has a local time. */
function problemAsAsked(found: Problem): Problem {
  return found.path === 'at' ? problem('eventAt', 'event_years', {}) : found;
}

function warningAsAsked(told: Warning): Warning {
  return told.path === 'at' ? { ...told, path: 'eventAt' } : told;
}

function shortHash(...parts: string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 20);
}
