import { InvalidInputError } from '../../domain/codes/errors.ts';
import { type Problem, problem, type Warning, warning } from '../../domain/codes/problems.ts';
import { type Message, tellsOfEvent } from '../../domain/message/message.ts';
import { leadSecondsOf } from '../../domain/schedule/lead-time.ts';
import { exceptionsAt, type NamedEvent, namedEvent } from '../../domain/schedule/named-event.ts';
import { countingEventsOf, type Exception } from '../../domain/schedule/notifications.ts';
import { type Act, arrivalGrace, isPaused, type Schedule } from '../../domain/schedule/schedule.ts';
import { stopTexts } from '../../domain/schedule/stopped-texts.ts';
import { problemsOfNotice } from '../../domain/table/definition-texts.ts';
import { formatDuration } from '../../domain/time/duration.ts';
import { day, type Instant, isoIfAny, isoOf, second } from '../../domain/time/instant.ts';
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
import { withAnnouncement } from './announce.ts';
import { repeatedRevision, requestOf, shortHash, withRequest } from './requests.ts';

/** What every act of an operator says of itself. */
export type Operation = {
  scheduleId: string;
  why?: string | undefined;
  /** A text for exactly those who were warned of the event. */
  notify?: Message | undefined;
  /** Only tells what would be answered. */
  isDryRun?: boolean | undefined;
};

/** The event that an act is about, by its time as written or as moved, and why. */
type EventChoice = { eventAt: Instant; why: string };

const mostExceptions = 100;
/** An exception is kept for so long after its event, as far as there is room: warnings that are late still meet it. */
const exceptionKept = 28 * day;
const furthestMove = 366 * day;

/** Stops everything but notices, until `until` or until it is resumed. @throws NotFoundError, ConflictError, InvalidInputError */
export function pause(
  deps: ActDeps,
  { until, why, ...operation }: Operation & { why: string; until?: Instant | undefined },
  acting: Acting,
): Promise<ActResult> {
  const asked = { ...operation, what: 'pause', asked: { why, until } } as const;
  return operate(deps, asked, acting, (live, now) => {
    if (until !== undefined && until <= now) refuse(problem('until', 'until_past', {}));
    const held = { by: acting.who, at: now, why, ...(until === undefined ? {} : { until }) };
    const facts = { what: 'pause', acting, at: now, why, ...(until === undefined ? {} : { until }) } as const;
    const next = { ...nextRevision(live, facts, deps.ids.next()), pause: held };
    return { next, warnings: warningsOfReplaced(live, until, now) };
  });
}

/** The newer pause holds; that it ends at another time than the one before must not go unseen. */
function warningsOfReplaced(live: Schedule, until: Instant | undefined, now: Instant): Warning[] {
  const { pause: before } = live;
  if (before === undefined || !isPaused(live, now) || before.until === until) return [];
  const ends = { before: isoIfAny(before.until), now: isoIfAny(until) };
  return [warning('pause_replaced', { by: before.by, why: before.why, ...ends })];
}

/** Ends a pause, or, with `eventAt`, undoes what was done to that event. @throws NotFoundError, ConflictError, InvalidInputError */
export function resume(
  deps: ActDeps,
  { eventAt, why, ...operation }: Operation & { eventAt?: Instant | undefined },
  acting: Acting,
): Promise<ActResult> {
  const asked = { ...operation, what: 'resume', asked: { why, eventAt } } as const;
  return operate(deps, asked, acting, (live, now) => {
    const facts = { what: 'resume', acting, at: now, ...(why === undefined ? {} : { why }) } as const;
    if (eventAt === undefined) {
      if (!isPaused(live, now)) return { warnings: [warning('not_paused', {})] };
      const { pause: _pause, ...next } = nextRevision(live, facts, deps.ids.next());
      return { next };
    }
    const undone = exceptionsAt(live, eventAt);
    const writtenAt = undone[0]?.eventAt ?? refuse(problem('eventAt', 'event_not_changed', {}));
    // A text would tell the time of one of them to those who were warned of another.
    if (undone.length > 1 && operation.notify !== undefined && tellsOfEvent(operation.notify))
      refuse(problem('eventAt', 'several_events', { times: undone.map((other) => isoOf(other.eventAt)) }));
    const exceptions = live.exceptions.filter((other) => !undone.includes(other));
    const next = { ...nextRevision(live, { ...facts, eventAt: writtenAt }, deps.ids.next()), exceptions };
    const eventTimes = undone.flatMap((other) => [other.eventAt, other.movedTo ?? other.eventAt]);
    const isPast = writtenAt <= now;
    const warnings = isPast ? [warning('event_past', {}, { path: 'eventAt', at: isoOf(writtenAt) })] : [];
    return { next, eventTimes, aboutAt: writtenAt, ...(isPast ? {} : { until: writtenAt }), warnings };
  });
}

/** Lets one event pass without its notifications. @throws NotFoundError, ConflictError, InvalidInputError */
export function skip(
  deps: ActDeps,
  { eventAt, why, ...operation }: Operation & EventChoice,
  acting: Acting,
): Promise<ActResult> {
  const asked = { ...operation, what: 'skip', asked: { why, eventAt } } as const;
  return operate(deps, asked, acting, (live, now) => {
    const event = comingEvent(live, eventAt, now);
    const facts = { what: 'skip', acting, at: now, why, eventAt: writtenAtOf(event) } as const;
    const next = nextRevision(live, facts, deps.ids.next());
    return {
      next: withExceptions(next, event, undefined, now),
      eventTimes: timesOf(event),
      aboutAt: event.happensAt,
    };
  });
}

/**
 * Moves one event; all its lead times count from its new time.
 *
 * @param to the new time; or `byMs`, counted from `eventAt` as it was named, written or moved.
 * @throws NotFoundError, ConflictError, InvalidInputError
 */
export function postpone(
  deps: ActDeps,
  { eventAt, to, byMs, why, ...operation }: Operation & EventChoice & Move,
  acting: Acting,
): Promise<ActResult> {
  const asked = { ...operation, what: 'postpone', asked: { why, eventAt, to, byMs } } as const;
  return operate(deps, asked, acting, (live, now) => {
    const event = comingEvent(live, eventAt, now);
    const writtenAt = writtenAtOf(event);
    const movedTo = newTimeOf(eventAt, writtenAt, { to, byMs }, now);
    const facts = { what: 'postpone', acting, at: now, why, eventAt: writtenAt, movedTo } as const;
    const next = nextRevision(live, facts, deps.ids.next());
    return {
      next: { ...withExceptions(next, event, movedTo, now), cursor: graceCursor(live, now) },
      eventTimes: timesOf(event),
      aboutAt: movedTo,
      until: movedTo,
      warnings: warningsOfMove(live, movedTo, now),
    };
  });
}

type Move = { to?: Instant | undefined; byMs?: number | undefined };

/** A whole second, as every event has it. @throws InvalidInputError */
function newTimeOf(namedAt: Instant, writtenAt: Instant, { to, byMs = 0 }: Move, now: Instant): Instant {
  const path = to === undefined ? 'by' : 'to';
  const movedTo = Math.floor((to ?? namedAt + byMs) / second) * second;
  if (movedTo <= now) refuse(problem(path, 'move_past', { to: isoOf(movedTo) }));
  if (movedTo > now + furthestMove) refuse(problem(path, 'move_far', { days: furthestMove / day }));
  if (movedTo === writtenAt) refuse(problem(path, 'move_nowhere', {}));
  return movedTo;
}

/**
 * "In 10 minutes" is milliseconds past when it arrives, so a warning 10 minutes ahead of it is still planned. What
 * came due before the last edit is not: that edit said so.
 */
function graceCursor({ lastAct }: Schedule, now: Instant): Instant {
  const editedAt = lastAct.what === 'save' ? lastAct.at : Number.NEGATIVE_INFINITY;
  return Math.min(now, Math.max(now - arrivalGrace, editedAt));
}

/** Names the warnings that come too late for the new time, and says so when nobody is warned at all. */
function warningsOfMove(live: Schedule, movedTo: Instant, now: Instant): Warning[] {
  const { leadTimes, enabled } = live.definition;
  const dueTimes = leadTimes.map((leadTime) => movedTo - leadSecondsOf(leadTime) * second);
  const past = leadTimes.flatMap((leadTime, i) => {
    const { [i]: dueAt = movedTo } = dueTimes;
    if (dueAt > graceCursor(live, now)) return [];
    return warning(
      'lead_time_past',
      { leadTime: formatDuration(leadSecondsOf(leadTime)) },
      { at: isoOf(dueAt) },
    );
  });
  const isPausedThen = dueTimes.some((dueAt) => isPaused(live, Math.max(dueAt, now)));
  return [
    ...past,
    ...(past.length === leadTimes.length ? [warning('nobody_warned', {}, { at: isoOf(movedTo) })] : []),
    ...(isPausedThen ? [warning('paused', { until: isoIfAny(live.pause?.until) })] : []),
    ...(enabled ? [] : [warning('disabled', {})]),
  ];
}

type OperatorStep = Step & {
  /** The event whose time a notice tells. */
  aboutAt?: Instant;
  /** The event that a notice announces: after it the text says nothing true. */
  until?: Instant;
};

async function operate(
  deps: ActDeps,
  { scheduleId, what, asked, notify, isDryRun = false }: Operation & { what: Act['what']; asked: object },
  acting: Acting,
  stepOn: (live: Schedule, now: Instant) => OperatorStep,
): Promise<ActResult> {
  const words = [what, asked, notify];
  const request = requestOf(acting.who, acting.idempotencyKey, words);
  const said = shortHash(acting.who, JSON.stringify(words));
  const stepFrom = (seen: Schedule | undefined, now: Instant): Step => {
    const repeatedRev = repeatedRevision(seen, request, now);
    if (repeatedRev !== undefined) return { repeatedRev };
    const live = liveSchedule(scheduleId, seen);
    // Somebody who got no answer says it again, word for word, and it holds.
    if (live.lastAct.asked === said) return { repeatedRev: live.rev };
    const { next, aboutAt, until, ...step } = stepOn(live, now);
    if (notify !== undefined) checkNotice(live, notify, deps.messageLimit);
    checkRevision(acting.ifMatch, live);
    if (next === undefined) return step;
    const stopping = { why: supersededBy(next.lastAct), eventTimes: step.eventTimes, before: live };
    const marked = { ...stopTexts(next, stopping, now), lastAct: { ...next.lastAct, asked: said } };
    const told = withAnnouncement(marked, notify, { ...step, aboutAt, until });
    const stopFormer = (former: Schedule) => stopTexts(former, stopping, now);
    return { ...step, next: withRequest(told, request, now), stopFormer };
  };
  // Once before anything is planned or written: what is wrong with the act is told, and nothing is changed.
  stepFrom(await deps.schedules.getSchedule(scheduleId), deps.clock.now());
  const run = isDryRun ? rehearseAct : act;
  return run(deps, scheduleId, stepFrom);
}

/** @throws InvalidInputError when the text can be longer than may be sent. */
export function checkNotice({ definition }: Schedule, message: Message, messageLimit: number): void {
  const problems = problemsOfNotice(definition, message, messageLimit, 'notify');
  if (problems.length > 0) throw new InvalidInputError(problems);
}

/** The event that somebody names: still to come. @throws InvalidInputError */
export function comingEvent(live: Schedule, eventAt: Instant, now: Instant): NamedEvent {
  const event = namedEvent(live, eventAt);
  if ((event?.happensAt ?? eventAt) <= now) refuse(problem('eventAt', 'event_past', {}));
  return event ?? refuse(problem('eventAt', 'event_unknown', nearest(live, now)));
}

function writtenAtOf({ writtenTimes }: NamedEvent): Instant {
  return writtenTimes.at(-1) ?? writtenTimes[0];
}

/** Who was warned of any of these times was warned of the event. */
export function timesOf({ writtenTimes, happensAt }: NamedEvent): Instant[] {
  return [...writtenTimes, happensAt];
}

/** The next events, so that a mistyped one is easily mended. */
function nearest(live: Schedule, now: Instant): { next: string[] } {
  return { next: Array.from(countingEventsOf(live, now, now + furthestMove).take(3), isoOf) };
}

/** The schedule with the event skipped, or moved. @throws InvalidInputError when it has too many exceptions. */
function withExceptions(
  schedule: Schedule,
  { writtenTimes }: NamedEvent,
  movedTo: Instant | undefined,
  now: Instant,
): Schedule {
  const others = schedule.exceptions.filter(({ eventAt }) => !writtenTimes.includes(eventAt));
  const added = writtenTimes.map((eventAt) => (movedTo === undefined ? { eventAt } : { eventAt, movedTo }));
  const isToCome = (exception: Exception) => lastTimeOf(exception) > now;
  const coming = [...others.filter(isToCome), ...added];
  if (coming.length > mostExceptions) refuse(problem('', 'exceptions_full', { most: mostExceptions }));
  const past = others
    .filter((other) => !isToCome(other) && lastTimeOf(other) > now - exceptionKept)
    .sort((a, b) => lastTimeOf(b) - lastTimeOf(a))
    .slice(0, mostExceptions - coming.length);
  return { ...schedule, exceptions: [...past, ...coming] };
}

function lastTimeOf({ eventAt, movedTo = eventAt }: Exception): Instant {
  return Math.max(eventAt, movedTo);
}

function refuse(found: Problem): never {
  throw new InvalidInputError([found]);
}
