import type { Instant } from '../../../lib/domain/time/instant.ts';

/** What may go wrong at a call of a port. */
export const callFaults = [
  'crash-before',
  'crash-after',
  'stall-before',
  'stall-after',
  'slow-before',
  'slow-after',
  'error-before',
  'error-after',
] as const;
/** What may become of a message, of a look into the index of work, and of a tick. */
export const messageFaults = ['message-lost', 'message-twice', 'message-late'] as const;
export const tickFaults = ['tick-lost', 'tick-twice'] as const;
/** How Huawei may answer a request. */
export const huaweiFaults = [
  'http-429',
  'http-500',
  'http-503',
  'http-401',
  'http-400',
  'refused-connection',
  'hang',
  'reset-after-read',
  'no-job-id',
  'odd-error',
] as const;
/** What lasts for a while. */
const spanFaults = [
  'outage',
  'huawei-down',
  'key-revoked',
  'pool-renamed',
  'pool-replaced',
  'clock-ahead',
  'store-moved',
] as const;

export type CallFault = (typeof callFaults)[number];
export type MessageFault = (typeof messageFaults)[number];
export type TickFault = (typeof tickFaults)[number];
export type HuaweiFault = (typeof huaweiFaults)[number];
export type SpanFault = (typeof spanFaults)[number];
export type FaultKind =
  | CallFault
  | MessageFault
  | TickFault
  | HuaweiFault
  | SpanFault
  | 'stale-index'
  | 'answer-lost';

/** One thing that goes wrong: at the first call that fits at or after `at`, or at the call of that number. */
export type Fault = {
  readonly kind: FaultKind;
  readonly at: Instant;
  /** The name of a port's method; any when absent. */
  readonly on?: string;
  /** The number of the call in the whole story, from 1, instead of a time. */
  readonly call?: number;
  /** How long it lasts. */
  readonly forMs: number;
  /** How far a clock is ahead. */
  readonly aheadMs?: number;
};

/** Whether something lasts for a while, instead of hitting one call. */
export function isSpan(kind: FaultKind): boolean {
  return spanFaults.some((span) => span === kind);
}

export type ScheduleStory = {
  readonly id: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** Stored with a rule that nobody can read. */
  readonly isBroken?: boolean;
  /** `file`: a schedule file brought it, and may leave it out. */
  readonly owner?: 'file';
};

/** What a schedule file does to one of its schedules before it is applied; a rename gives it another id. */
export const fileChanges = ['leave-out', 'bring-back', 'rename', 'respell-pools', 'nothing'] as const;
export type FileChange = (typeof fileChanges)[number];

export const actKinds = [
  'pause',
  'resume',
  'skip',
  'postpone',
  'undo',
  'save',
  'delete',
  'send',
  'notify',
  'apply',
] as const;
export type ActKind = (typeof actKinds)[number];

export type ActStory = {
  readonly at: Instant;
  readonly scheduleId: string;
  /** `undo` resumes one event that was skipped or moved. */
  readonly what: ActKind;
  /** Which of the events to come, from 0. */
  readonly which: number;
  /** How far an event is moved, or how long a pause holds; 0 for no end. */
  readonly byMs: number;
  /** What a save changes. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly withNotice: boolean;
  /** Names the event by the time it was written for, though it was moved. */
  readonly isByWrittenTime?: boolean;
  /** Moves an event to an instant, not by a duration. */
  readonly isToInstant?: boolean;
  /** Sends about a certain event, not about the next one. */
  readonly isEventNamed?: boolean;
  /** Comes with an Idempotency-Key. */
  readonly withKey?: boolean;
  /** The answer is lost on its way to the operator, who repeats the act with its key. */
  readonly isRepeated?: boolean;
  readonly change?: FileChange;
};

/** Everything that happens in one run, but for the order of the calls, which the seed decides. */
export type Story = {
  readonly seed: number;
  /** How messages travel: SQS and Lambda, or the pump of one machine. */
  readonly house: 'lambda' | 'local';
  readonly processes: number;
  readonly sendsPerMinute: number;
  /** Whether Huawei has accepted the key before. */
  readonly isProven: boolean;
  readonly schedules: readonly ScheduleStory[];
  readonly acts: readonly ActStory[];
  readonly faults: readonly Fault[];
  /** After this nothing new goes wrong. */
  readonly faultsUntil: Instant;
  /** No notification is due later. */
  readonly until: Instant;
};
