import { problemsOfNotice } from '../domain/definition-texts.ts';
import { InvalidInputError } from '../domain/errors.ts';
import { day, type Instant, isoOf, second } from '../domain/instant.ts';
import type { Message } from '../domain/message.ts';
import { exceptionsAt, type NamedEvent, namedEvent } from '../domain/named-event.ts';
import { type Exception, eventsOf } from '../domain/notifications.ts';
import { type Problem, problem, type Warning, warning } from '../domain/problems.ts';
import { type Act, isPaused, type Schedule } from '../domain/schedule.ts';
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
  withAnnouncement,
} from './act.ts';

/** What every act of an operator says of itself. */
export type Operation = {
  scheduleId: string;
  why?: string | undefined;
  /** A text for exactly those who were warned of the event. */
  notify?: Message | undefined;
  /** Only tells what would be answered. */
  isDryRun?: boolean | undefined;
};

export type Operated = ActResult & { warnings: Warning[] };

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
  now: Instant,
): Promise<Operated> {
  return operate(deps, operation, acting, now, (live) => {
    if (until !== undefined && until <= now) refuse(problem('until', 'until_past', {}));
    const held = { by: acting.who, at: now, why, ...(until === undefined ? {} : { until }) };
    const facts = { what: 'pause', acting, at: now, why, ...(until === undefined ? {} : { until }) } as const;
    return { next: { ...nextRevision(live, facts, deps.ids.next()), pause: held } };
  });
}

/** Ends a pause, or, with `eventAt`, undoes what was done to that event. @throws NotFoundError, ConflictError, InvalidInputError */
export function resume(
  deps: ActDeps,
  { eventAt, why, ...operation }: Operation & { eventAt?: Instant | undefined },
  acting: Acting,
  now: Instant,
): Promise<Operated> {
  const facts = { what: 'resume', acting, at: now, ...(why === undefined ? {} : { why }) } as const;
  return operate(deps, operation, acting, now, (live) => {
    if (eventAt === undefined) {
      if (!isPaused(live, now)) return { warnings: [warning('not_paused', {})] };
      const { pause: _pause, ...next } = nextRevision(live, facts, deps.ids.next());
      return { next };
    }
    const undone = exceptionsAt(live, eventAt);
    const writtenAt = undone[0]?.eventAt ?? refuse(problem('eventAt', 'event_not_changed', {}));
    const exceptions = live.exceptions.filter((other) => !undone.includes(other));
    const next = { ...nextRevision(live, { ...facts, eventAt: writtenAt }, deps.ids.next()), exceptions };
    const eventTimes = undone.flatMap((other) => [other.eventAt, other.movedTo ?? other.eventAt]);
    const isPast = writtenAt <= now;
    const warnings = isPast ? [warning('event_past', {}, { path: 'eventAt', at: isoOf(writtenAt) })] : [];
    return { next, eventTimes, aboutAt: writtenAt, warnings };
  });
}

/** Lets one event pass without its notifications. @throws NotFoundError, ConflictError, InvalidInputError */
export function skip(
  deps: ActDeps,
  { eventAt, why, ...operation }: Operation & EventChoice,
  acting: Acting,
  now: Instant,
): Promise<Operated> {
  return operate(deps, operation, acting, now, (live) => {
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
 * @param to the new time; or `byMs`, counted from the event as it was written.
 * @throws NotFoundError, ConflictError, InvalidInputError
 */
export function postpone(
  deps: ActDeps,
  { eventAt, to, byMs, why, ...operation }: Operation & EventChoice & Move,
  acting: Acting,
  now: Instant,
): Promise<Operated> {
  return operate(deps, operation, acting, now, (live) => {
    const event = comingEvent(live, eventAt, now);
    const writtenAt = writtenAtOf(event);
    const movedTo = newTimeOf(writtenAt, { to, byMs }, now);
    const facts = { what: 'postpone', acting, at: now, why, eventAt: writtenAt, movedTo } as const;
    const next = nextRevision(live, facts, deps.ids.next());
    return {
      next: withExceptions(next, event, movedTo, now),
      eventTimes: timesOf(event),
      aboutAt: movedTo,
    };
  });
}

type Move = { to?: Instant | undefined; byMs?: number | undefined };

/** A whole second, as every event has it. @throws InvalidInputError */
function newTimeOf(writtenAt: Instant, { to, byMs = 0 }: Move, now: Instant): Instant {
  const path = to === undefined ? 'by' : 'to';
  const movedTo = Math.floor((to ?? writtenAt + byMs) / second) * second;
  if (movedTo <= now) refuse(problem(path, 'move_past', { to: isoOf(movedTo) }));
  if (movedTo > now + furthestMove) refuse(problem(path, 'move_far', { days: furthestMove / day }));
  if (movedTo === writtenAt) refuse(problem(path, 'move_nowhere', {}));
  return movedTo;
}

type OperatorStep = Step & {
  /** The event whose time a notice tells. */
  aboutAt?: Instant;
  warnings?: Warning[];
};

async function operate(
  deps: ActDeps,
  { scheduleId, notify, isDryRun = false }: Operation,
  acting: Acting,
  now: Instant,
  stepOn: (live: Schedule) => OperatorStep,
): Promise<Operated> {
  const stepFrom = (seen: Schedule | undefined): OperatorStep => {
    const live = liveSchedule(scheduleId, seen);
    const { next, aboutAt, ...step } = stepOn(live);
    if (notify !== undefined) checkNotice(live, notify, deps.messageLimit);
    if (next !== undefined && repeats(next.lastAct, notify, live.lastAct))
      return { ...step, isRepeated: true };
    checkRevision(acting.ifMatch, live);
    return { ...step, next: next && withAnnouncement(next, notify, { ...step, aboutAt }) };
  };
  // Once before anything is planned or written: what is wrong with the act is told, and nothing is changed.
  const { warnings = [] } = stepFrom(await deps.schedules.getSchedule(scheduleId));
  const run = isDryRun ? rehearseAct : act;
  return { ...(await run(deps, scheduleId, stepFrom, now)), warnings };
}

/** Whether an act is the last one said again, word for word: somebody who got no answer repeats it, and it holds. */
function repeats(again: Act, notify: Message | undefined, last: Act): boolean {
  const facts = ({ what, who, why, eventAt, movedTo, until }: Act, said: Message | undefined) =>
    JSON.stringify([what, who, why, eventAt, movedTo, until, said]);
  return facts(again, notify) === facts(last, last.notify);
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

/** Whoever was warned of any of them was warned of the event. */
function timesOf({ writtenTimes, happensAt }: NamedEvent): Instant[] {
  return [...writtenTimes, happensAt];
}

/** The next events, so that a mistyped one is easily mended. */
function nearest(live: Schedule, now: Instant): { next: string[] } {
  const coming = eventsOf(live, now, now + furthestMove).filter(({ unwanted }) => unwanted === undefined);
  return { next: Array.from(coming.take(3), ({ eventAt }) => isoOf(eventAt)) };
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
