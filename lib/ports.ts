import type { ReasonCode } from './domain/codes/reasons.ts';
import type { Delivery, DeliveryState } from './domain/delivery/delivery.ts';
import type { Gate } from './domain/delivery/gate.ts';
import type { Calendars } from './domain/schedule/calendar.ts';
import type { Act, Gap, Owner, Schedule } from './domain/schedule/schedule.ts';
import type { ApplyLock } from './domain/table/apply-lock.ts';
import type { Instant } from './domain/time/instant.ts';

/** `conflict`: another write came first, or this one did already and its answer was lost. Read back to tell. */
export type WriteResult = 'written' | 'conflict';

/** One page of a list, and where the next one begins. */
export type Page<T> = { items: T[]; nextCursor?: string };

/**
 * Every write is one conditional write of one item: the stored version must be `item.version - 1`
 * (none at all for version 1). There are no transactions.
 */
export type ScheduleStore = {
  getSchedule(scheduleId: string): Promise<Schedule | undefined>;
  writeSchedule(schedule: Schedule): Promise<WriteResult>;
  /** By id, ascending; deleted ones are left out. */
  listSchedules(query: { limit: number; cursor?: string; owner?: Owner }): Promise<Page<Schedule>>;
  /**
   * Ids of schedules that want a look, the longest waiting first: at or before `until`, or so far ahead,
   * after `beyond`, that only a wrong clock can have written it.
   */
  schedulesToWake(range: { until: Instant; beyond: Instant }, limit: number): Promise<string[]>;
  /** Those whose last look failed and that wait for the next one, by id. */
  failingSchedules(limit: number): Promise<Schedule[]>;
  /**
   * Kept for good. A second write of the same revision changes nothing, unless it alone tells what was going out.
   */
  putAct(act: Act): Promise<void>;
  /** Newest first; half-open on `at`. */
  listActs(query: ActQuery): Promise<Page<Act>>;
  /** Kept for good; of two gaps that begin together the longer one is kept. */
  putGap(gap: Gap): Promise<void>;
  /** All gaps of one schedule, the oldest first. */
  listGaps(scheduleId: string): Promise<Gap[]>;
};

export type ActQuery = {
  scheduleId?: string;
  /** As written. */
  pool?: string;
  from?: Instant;
  to?: Instant;
  limit: number;
  cursor?: string;
};

export type DeliveryQuery = {
  scheduleId?: string;
  /** Id or name. */
  pool?: string;
  states?: readonly Delivery['state'][];
  /** Half-open on `dueAt`. */
  from?: Instant;
  to?: Instant;
  limit: number;
  cursor?: string;
};

export type DeliveryStore = {
  getDelivery(deliveryId: string): Promise<Delivery | undefined>;
  writeDelivery(delivery: Delivery): Promise<WriteResult>;
  /** Newest `dueAt` first. */
  listDeliveries(query: DeliveryQuery): Promise<Page<Delivery>>;
  /** Ids of open deliveries that nobody finished by their wake time, the longest waiting first. */
  deliveriesToWake(until: Instant, limit: number): Promise<string[]>;
};

export type GateStore = {
  getGate(connection: string): Promise<Gate | undefined>;
  writeGate(gate: Gate): Promise<WriteResult>;
};

export type CalendarStore = {
  getCalendars(): Promise<Calendars>;
  putCalendars(calendars: Calendars): Promise<void>;
};

/** The one lock that lets a single schedule file be applied at a time. */
export type ApplyLockStore = {
  getApplyLock(): Promise<ApplyLock | undefined>;
  writeApplyLock(lock: ApplyLock): Promise<WriteResult>;
};

export type TickLog = {
  getLastTickAt(): Promise<Instant | undefined>;
  putLastTickAt(at: Instant): Promise<void>;
};

/** Which Huawei project a store is for, so that a sample never reaches real people. */
export type Binding = {
  /**
   * Binds the store to the target for good.
   *
   * @throws StoreError when it was bound to another before.
   */
  stamp(target: string): Promise<void>;
  /** What it is bound to; undefined while it is not. */
  getTarget(): Promise<string | undefined>;
};

/** Writes that failed since the last one that did not, and why. */
export type StoreTrouble = { failedWrites: number; reason: string };

/** Looks after a store that can fail while everything else is well. */
export type StoreWatch = { trouble(): StoreTrouble | undefined };

/** What a queue carries: a hint that a delivery wants work. Never the fact itself. */
export type QueueMessage = { deliveryId: string; hops: number };

export type Queue = {
  /**
   * How many messages for one delivery may follow each other without a tick between them. Lambda stops what it
   * takes for a loop.
   */
  readonly longestChain: number;
  /** Hands the delivery to a sender at `at`, or a little earlier. */
  enqueueSend(message: QueueMessage, at: Instant): Promise<void>;
  /** Hands the delivery to the tracker at `at`. */
  enqueueTrack(message: QueueMessage, at: Instant): Promise<void>;
};

/** Real time; tests set it. */
export type Clock = {
  now(): Instant;
  sleepUntil(at: Instant): Promise<void>;
};

/** Unguessable texts; tests count. */
export type Ids = { next(): string };

/** A number from 0 to 1, for jitter; tests fix it. */
export type Chance = { next(): number };

export type Pool = {
  id: string;
  name: string;
  status?: string;
  desktopCount?: number;
  isInMaintenanceMode?: boolean;
};

/** Not whole: some pools may be missing, because the list is too long, changed meanwhile, or cannot be counted. */
export type PoolListing = { pools: Pool[]; isWhole: boolean };

/** Huawei took the request; `jobId` names its asynchronous work. */
export type Accepted = { jobId: string; status: number; requestId?: string };

/** A job as Huawei tells it now. */
export type Job = {
  /** Huawei's own word, kept as it is. */
  status: string;
  hasEnded: boolean;
  desktops: { total: number; succeeded: number; failed: number };
  /** Why it failed as a whole, in Huawei's words. */
  failReason?: string;
  /** Why the desktops could not be read, although the job could. */
  desktopsUnreadable?: string;
  /** The failed desktops, at most 50. */
  failures: { desktopName: string; status: string; errorCode?: string; reason?: string }[];
};

/**
 * The calls to Huawei Cloud Workspace.
 *
 * @throws HuaweiRejectedError, HuaweiCredentialsError, HuaweiClockError, HuaweiUnavailableError, OutcomeUnknownError
 */
export type Workspace = {
  /**
   * Sends one text to one pool, once; never repeats by itself.
   *
   * @param mayStart asked right before the first byte leaves; when it says no, NotStartedError is thrown.
   */
  sendToPool(poolId: string, text: string, mayStart: () => boolean): Promise<Accepted>;
  showJob(jobId: string): Promise<Job>;
  /** The pools of the project, all pages. */
  listPools(): Promise<PoolListing>;
};

export type LogFields = Record<string, string | number | boolean | undefined>;

/** Events that metrics are taken from, with the fields that are counted or measured. */
type MeasuredEvents = {
  missed: { deliveries: number };
  'tick-ended': { planned: number; swept: number; failed: number; tookMs: number };
  'gate-closed': { why: ReasonCode };
};

/** Every event of the log: docs/one-machine.md and docs/operate.md say what each means. */
export type LogEvent =
  | keyof MeasuredEvents
  /** What became of a delivery, or that another attempt follows (`pending`). */
  | DeliveryState
  | 'waiting'
  | 'job-unreadable'
  | 'not-ready'
  | 'clock-rolled-back'
  | 'cursor-pulled-back'
  | 'call-refused'
  | 'calls-refused'
  | 'forgotten'
  | 'huawei-not-usable'
  | 'tick-failed'
  | 'old-rule-not-planned'
  | 'new-rule-not-planned'
  | 'work-failed'
  | 'answer-not-written'
  | 'queue-unreadable'
  | 'message-failed'
  | 'not-forgotten'
  | 'call-failed';

type LogCall = {
  <E extends keyof MeasuredEvents>(event: E, fields: LogFields & MeasuredEvents[E]): void;
  (event: Exclude<LogEvent, keyof MeasuredEvents>, fields?: LogFields): void;
};

/** One line per event; fields never hold a secret. */
export type Log = { info: LogCall; warn: LogCall; error: LogCall };
