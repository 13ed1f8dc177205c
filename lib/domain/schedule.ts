import type { Definition } from './definition.ts';
import { type Instant, second } from './instant.ts';
import type { Versioned } from './versioned.ts';

/** A new schedule reaches back this far: "10 minutes from now" is milliseconds past when it arrives. */
export const arrivalGrace = 5 * second;

/** Who writes the schedule: a schedule file, which may also delete it, or people over HTTP. */
export type Owner = 'file' | 'console';

/** What somebody did to a schedule. There is exactly one per revision. */
export type Act = {
  readonly scheduleId: string;
  readonly rev: number;
  readonly at: Instant;
  readonly who: string;
  readonly what: 'save' | 'delete';
  readonly before?: Definition;
};

/** A stored schedule: the definition and how far it is planned. */
export type Schedule = Versioned & {
  readonly scheduleId: string;
  /** Counts what people did; moving the cursor does not change it. */
  readonly rev: number;
  readonly owner: Owner;
  readonly definition: Definition;
  /** All notifications due up to here, this instant included, are planned. */
  readonly cursor: Instant;
  /** When the planner looks again; never, when absent. */
  readonly wakeAt?: Instant;
  /** Why the last look failed, and how many failed in a row. */
  readonly planError?: string;
  readonly planFailures: number;
  /** Written with the schedule, so that a crash before its copy is kept loses nothing. */
  readonly lastAct: Act;
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

/** Whether notifications of the schedule come due at all. */
export function isPlanned({ deletedAt, definition }: Schedule): boolean {
  return deletedAt === undefined && definition.enabled;
}
