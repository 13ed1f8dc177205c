import type { Warning } from '../codes/problems.ts';
import type { Message } from '../message/message.ts';
import { type Instant, second } from '../time/instant.ts';
import type { Versioned } from '../versioned.ts';
import type { Definition } from './definition.ts';
import type { Announcement, Notice } from './notice.ts';
import type { Exception } from './notifications.ts';

/** A new schedule reaches back this far: "10 minutes from now" is milliseconds past when it arrives. */
export const arrivalGrace = 5 * second;

/** Who writes the schedule: a schedule file, which may also delete it; people over HTTP; or a single notification. */
export type Owner = 'file' | 'console' | 'adhoc';

/** Everything that people can do to a schedule. */
export type ActKind = 'save' | 'delete' | 'pause' | 'resume' | 'skip' | 'postpone' | 'send';

/** What somebody did to a schedule. There is exactly one per revision. */
export type Act = {
  readonly scheduleId: string;
  readonly rev: number;
  readonly at: Instant;
  /** Of the write that made it: tells it from another that somebody tried in the same moment. */
  readonly writeId?: string;
  readonly who: string;
  readonly what: ActKind;
  /** The schedule's pools, those before the act and those since. */
  readonly pools: readonly string[];
  readonly why?: string;
  /** The event that it was about, and when it happens since. */
  readonly eventAt?: Instant;
  readonly movedTo?: Instant;
  readonly until?: Instant;
  /** The text that it promised to those who were warned. */
  readonly notify?: Message;
  readonly before?: Definition;
  /** Of what was asked for: tells whether the act is said again, word for word. */
  readonly asked?: string;
  /** What its answer warned of. */
  readonly warnings?: readonly Warning[];
  /** Deliveries whose request was under way when the act was answered, and so may still arrive. */
  readonly goingOut?: readonly string[];
  /** The rest of its answer, for one who asks again. */
  readonly alreadyWarned?: readonly string[];
  readonly notified?: readonly string[];
};

/** While it holds, nothing of the schedule goes out but notices. */
export type Pause = {
  readonly by: string;
  readonly at: Instant;
  readonly why: string;
  /** From here on it no longer holds. */
  readonly until?: Instant;
};

/** A request that was carried out: repeated with its key, it is answered as the first time. */
export type AnsweredRequest = {
  /** Of the Idempotency-Key and whose token came with it. */
  readonly key: string;
  /** Of what was asked for. */
  readonly hash: string;
  /** The revision that it made. */
  readonly rev: number;
  readonly at: Instant;
};

/** A stored schedule: the definition, what operators changed, and how far it is planned. */
export type Schedule = Versioned & {
  readonly scheduleId: string;
  /** Counts what people did; moving the cursor does not change it. */
  readonly rev: number;
  readonly owner: Owner;
  readonly definition: Definition;
  readonly pause?: Pause;
  readonly exceptions: readonly Exception[];
  readonly notices: readonly Notice[];
  /** Promised, and not yet made a notice: most often for the fraction of a second that the act still takes. */
  readonly announcements?: readonly Announcement[];
  /** The longest time by which anybody can have been told ahead of an event, whatever edits there have been. */
  readonly longestLeadSeconds?: number;
  /** All notifications due up to here, this instant included, are planned. */
  readonly cursor: Instant;
  /** When the planner looks again; never, when absent. */
  readonly wakeAt?: Instant;
  /** Why the last look failed, and how many failed in a row. */
  readonly planError?: string;
  readonly planFailures: number;
  /** Written with the schedule, so that a crash before its copy is kept loses nothing. */
  readonly lastAct: Act;
  /** Of the request that made a single notification. */
  readonly requestHash?: string;
  /** The latest requests that came with an Idempotency-Key, the oldest first. */
  readonly requests?: readonly AnsweredRequest[];
  /**
   * Pools that edits dropped, as they were written, the latest last: until then, a notification may have reached a
   * pool under that name that is now written otherwise.
   */
  readonly formerPools?: readonly { readonly pool: string; readonly until: Instant }[];
  /** The ids that the schedule had before a file renamed it, until the time to which they matter as those of pools do. */
  readonly formerIds?: readonly {
    readonly scheduleId: string;
    readonly at: Instant;
    readonly until: Instant;
  }[];
  /** On a tombstone: a schedule file left it out. What operators did comes back with it. */
  readonly isLeftOut?: boolean;
  /** On a tombstone: the id under which a file has the schedule since. It decides over what was planned before. */
  readonly renamedTo?: string;
  readonly createdAt: Instant;
  /** Set on a tombstone, which keeps the revision. */
  readonly deletedAt?: Instant;
};

/** Notifications that came due while nobody planned, too many to keep one by one. Half-open: `(from, to]`. */
export type Gap = {
  readonly scheduleId: string;
  readonly from: Instant;
  readonly to: Instant;
  /** Absent when the rule was broken, so that nobody knows. */
  readonly notifications?: number;
  readonly pools: readonly string[];
};

/** Whether a pause holds now. */
export function isPaused({ pause }: Pick<Schedule, 'pause'>, now: Instant): boolean {
  return pause !== undefined && (pause.until === undefined || now < pause.until);
}

/** Whether the schedule's own notifications are planned at all; notices always are. */
export function isPlanned({ deletedAt, definition }: Schedule): boolean {
  return deletedAt === undefined && definition.enabled;
}
