import { InvalidInputError } from '../domain/errors.ts';
import { day, type Instant, isoOf } from '../domain/instant.ts';
import { type Exception, eventsOf } from '../domain/notifications.ts';
import { type Problem, problem, type Warning, warning } from '../domain/problems.ts';
import { isPaused, type Schedule } from '../domain/schedule.ts';
import {
  type ActDeps,
  type Acting,
  type ActResult,
  act,
  liveSchedule,
  nextRevision,
  rehearseAct,
} from './act.ts';

/** What every act of an operator says of itself. */
export type Operation = {
  scheduleId: string;
  why: string;
  /** A text for exactly those who were warned of the event. */
  notify?: string | undefined;
  /** Only tells what would be answered. */
  isDryRun?: boolean | undefined;
};

export type Operated = ActResult & { warnings: Warning[] };

/** The event that an act is about, by its time as written or as moved. */
type EventChoice = { eventAt: Instant };

const mostExceptions = 100;
/** An exception is kept for so long after its event, for whoever asks what happened. */
const exceptionKept = 28 * day;
const furthestMove = 366 * day;

/** Stops everything but notices, until `until` or until it is resumed. @throws NotFoundError, ConflictError, InvalidInputError */
export function pause(
  deps: ActDeps,
  { until, ...operation }: Operation & { until?: Instant | undefined },
  acting: Acting,
  now: Instant,
): Promise<Operated> {
  if (until !== undefined && until <= now) refuse(problem('until', 'until_past', {}));
  const { why } = operation;
  return operate(deps, operation, acting, now, (live) => {
    const held = { by: acting.who, at: now, why, ...(until === undefined ? {} : { until }) };
    const facts = { what: 'pause', acting, at: now, why, ...(until === undefined ? {} : { until }) } as const;
    return { next: { ...nextRevision(live, facts, deps.ids.next()), pause: held } };
  });
}

/** Ends a pause, or, with `eventAt`, undoes what was done to that event. @throws NotFoundError, ConflictError, InvalidInputError */
export function resume(
  deps: ActDeps,
  { eventAt, ...operation }: Operation & { eventAt?: Instant | undefined },
  acting: Acting,
  now: Instant,
): Promise<Operated> {
  const facts = { what: 'resume', acting, at: now, why: operation.why } as const;
  return operate(deps, operation, acting, now, (live) => {
    if (eventAt !== undefined) {
      const exception = exceptionOf(live, eventAt) ?? refuse(problem('eventAt', 'event_not_changed', {}));
      const exceptions = live.exceptions.filter((other) => other !== exception);
      const next = nextRevision(live, { ...facts, eventAt: exception.eventAt }, deps.ids.next());
      return { next: { ...next, exceptions }, eventAt: exception.movedTo ?? exception.eventAt };
    }
    if (!isPaused(live, now)) return { warnings: [warning('not_paused', {})] };
    const { pause: _pause, ...rest } = nextRevision(live, facts, deps.ids.next());
    return { next: rest };
  });
}

/** Lets one event pass without its notifications. @throws NotFoundError, ConflictError, InvalidInputError */
export function skip(
  deps: ActDeps,
  { eventAt, ...operation }: Operation & EventChoice,
  acting: Acting,
  now: Instant,
): Promise<Operated> {
  return operate(deps, operation, acting, now, (live) => {
    const event = eventOf(live, eventAt, now);
    const facts = { what: 'skip', acting, at: now, why: operation.why, eventAt: event.writtenAt } as const;
    const next = nextRevision(live, facts, deps.ids.next());
    return { next: withException(next, { eventAt: event.writtenAt }, now), eventAt };
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
  {
    eventAt,
    to,
    byMs,
    ...operation
  }: Operation & EventChoice & { to?: Instant | undefined; byMs?: number | undefined },
  acting: Acting,
  now: Instant,
): Promise<Operated> {
  return operate(deps, operation, acting, now, (live) => {
    const { writtenAt } = eventOf(live, eventAt, now);
    const movedTo = to ?? writtenAt + (byMs ?? 0);
    if (movedTo <= now) refuse(problem(to === undefined ? 'by' : 'to', 'move_past', { to: isoOf(movedTo) }));
    if (movedTo > now + furthestMove)
      refuse(problem(to === undefined ? 'by' : 'to', 'move_far', { days: 366 }));
    if (movedTo === writtenAt) refuse(problem(to === undefined ? 'by' : 'to', 'move_nowhere', {}));
    const facts = {
      what: 'postpone',
      acting,
      at: now,
      why: operation.why,
      eventAt: writtenAt,
      movedTo,
    } as const;
    const next = nextRevision(live, facts, deps.ids.next());
    return { next: withException(next, { eventAt: writtenAt, movedTo }, now), eventAt, aboutAt: movedTo };
  });
}

type Step = {
  next?: Schedule;
  /** The event that the act is about; all to come when absent. */
  eventAt?: Instant;
  /** The event whose time a notice tells, where it is another one. */
  aboutAt?: Instant;
  warnings?: Warning[];
};

async function operate(
  deps: ActDeps,
  { scheduleId, notify, isDryRun = false }: Operation,
  acting: Acting,
  now: Instant,
  stepOn: (live: Schedule) => Step,
): Promise<Operated> {
  const stepFor = (seen: Schedule | undefined) => stepOn(liveSchedule(scheduleId, seen, acting));
  // Once before anything is planned or written: what is wrong with the act is told, and nothing is changed.
  const {
    eventAt,
    aboutAt = eventAt ?? now,
    warnings = [],
  } = stepFor(await deps.schedules.getSchedule(scheduleId));
  const options = { eventAt, notify: notify === undefined ? undefined : { message: notify, aboutAt } };
  const run = isDryRun ? rehearseAct : act;
  const result = await run(deps, scheduleId, (seen) => stepFor(seen).next, now, options);
  return { ...result, warnings };
}

/** The event that somebody names: still to come, and counting. @throws InvalidInputError */
function eventOf(live: Schedule, eventAt: Instant, now: Instant): { writtenAt: Instant } {
  if (eventAt <= now) refuse(problem('eventAt', 'event_past', {}));
  const moved = exceptionOf(live, eventAt);
  if (moved !== undefined) return { writtenAt: moved.eventAt };
  const occurrence = eventsOf(live, eventAt - 1, eventAt).next().value;
  if (occurrence === undefined) refuse(problem('eventAt', 'event_unknown', nearest(live, now)));
  return { writtenAt: eventAt };
}

/** The next events, so that a mistyped one is easily mended. */
function nearest(live: Schedule, now: Instant): { next: string[] } {
  const next: string[] = [];
  for (const { eventAt, unwanted } of eventsOf(live, now, now + furthestMove)) {
    if (unwanted === undefined) next.push(isoOf(eventAt));
    if (next.length === 3) break;
  }
  return { next };
}

function exceptionOf({ exceptions }: Schedule, eventAt: Instant): Exception | undefined {
  return exceptions.find((other) => other.movedTo === eventAt || other.eventAt === eventAt);
}

function withException(schedule: Schedule, exception: Exception, now: Instant): Schedule {
  const kept = schedule.exceptions.filter(
    ({ eventAt, movedTo = eventAt }) =>
      eventAt !== exception.eventAt && Math.max(eventAt, movedTo) > now - exceptionKept,
  );
  if (kept.length >= mostExceptions) refuse(problem('', 'exceptions_full', { most: mostExceptions }));
  return { ...schedule, exceptions: [...kept, exception] };
}

function refuse(found: Problem): never {
  throw new InvalidInputError([found]);
}
