import type { PoolNames } from '../input/pool-names.ts';
import type { Calendars } from '../schedule/calendar.ts';
import type { Instant } from '../time/instant.ts';

/** What the reading of a schedule depends on. */
export type DefinitionContext = {
  readonly calendars: Calendars;
  readonly defaults?: { readonly timeZone?: string; readonly locale?: string };
  /** In characters, for a text with its placeholders filled in. */
  readonly messageLimit: number;
  readonly now: Instant;
  /** Where the schedule stands in its file. */
  readonly path?: string;
  readonly poolNames?: PoolNames;
};
