import { createHash } from 'node:crypto';
import { type Definition, parseDefinition } from '../domain/definition.ts';
import { secondsOf } from '../domain/duration.ts';
import { InvalidInputError, KeyReusedError } from '../domain/errors.ts';
import { day, type Instant, isoOf, second } from '../domain/instant.ts';
import { eventsOf } from '../domain/notifications.ts';
import { problem, type Warning } from '../domain/problems.ts';
import type { Notice, Schedule } from '../domain/schedule.ts';
import { resolveTimeZone, wallOf } from '../domain/zone.ts';
import {
  type ActDeps,
  type Acting,
  type ActResult,
  act,
  liveSchedule,
  nextRevision,
  nextSecond,
  rehearseAct,
} from './act.ts';
import type { Operated, Operation } from './acts.ts';
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
  }: Operation & Repeatable & { eventAt?: Instant | undefined },
  acting: Acting,
  now: Instant,
): Promise<Operated> {
  const noticeId =
    idempotencyKey === undefined ? deps.ids.next() : shortHash(scheduleId, acting.who, idempotencyKey);
  const requestHash = shortHash(scheduleId, why, String(eventAt ?? ''));
  const step = (seen: Schedule | undefined) => {
    const live = liveSchedule(scheduleId, seen, acting);
    const sent = live.notices.find((notice) => notice.noticeId === noticeId);
    if (sent !== undefined && sent.requestHash !== requestHash) throw new KeyReusedError();
    if (sent !== undefined) return undefined;
    const notice = noticeNow(live, { noticeId, requestHash, eventAt }, now);
    const facts = { what: 'send', acting, at: now, why, eventAt: notice.eventAt } as const;
    const next = nextRevision(live, facts, deps.ids.next());
    return { ...next, notices: [...live.notices, notice].slice(-noticesKept) };
  };
  const run = isDryRun ? rehearseAct : act;
  return { ...(await run(deps, scheduleId, step, now, { eventAt })), warnings: [] };
}

const noticesKept = 50;

function noticeNow(
  live: Schedule,
  { noticeId, requestHash, eventAt }: { noticeId: string; requestHash: string; eventAt: Instant | undefined },
  now: Instant,
): Notice {
  const { definition } = live;
  const dueAt = nextSecond(now);
  const nextEvent = () =>
    [...eventsOf(live, now, now + 28 * day)].find(({ unwanted }) => unwanted === undefined)?.eventAt;
  return {
    noticeId,
    requestHash,
    dueAt,
    deadline: dueAt + secondsOf(definition.maxLateness) * second,
    eventAt: eventAt ?? nextEvent() ?? dueAt,
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
  const requestHash = shortHash(JSON.stringify(input));
  const known = await deps.schedules.getSchedule(id);
  if (known !== undefined && known.requestHash !== requestHash) throw new KeyReusedError();
  const { definition, warnings } = readNotification(deps, id, input, known?.createdAt ?? now);
  if (known !== undefined) {
    return { ...(await rehearseAct(deps, id, () => undefined, now)), warnings };
  }
  const saved = await saveDefinition(deps, definition, { ...acting, owner: 'adhoc' }, now, requestHash);
  return { ...saved, warnings };
}

function readNotification(
  { messageLimit }: ActDeps,
  id: string,
  { eventAt, ...input }: NotificationInput,
  now: Instant,
): { definition: Definition; warnings: Warning[] } {
  if (eventAt === undefined && input.leadTimes !== undefined) {
    throw new InvalidInputError([problem('leadTimes', 'lead_times_without_event', {})]);
  }
  const fields = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  const zone = typeof input.timeZone === 'string' ? resolveTimeZone(input.timeZone) : undefined;
  const wholeSecond = Math.floor((eventAt ?? now) / second) * second;
  const at = isoOf(wallOf(wholeSecond, zone ?? 'UTC')).slice(0, 19);
  const { definition, problems, warnings } = parseDefinition(
    { ...fields, id, at },
    { calendars: {}, messageLimit, now },
  );
  if (definition === undefined) throw new InvalidInputError(problems);
  return { definition, warnings };
}

function shortHash(...parts: string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 20);
}
