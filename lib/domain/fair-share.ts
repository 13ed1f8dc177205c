import { type Instant, second } from './instant.ts';

/** Somebody who wants to make a request. */
export type Asker = {
  /** Who shares the grants with others: a schedule, or a person who sends texts of their own. */
  readonly sharer: string;
  /** Until when the request makes sense. */
  readonly deadline: Instant;
};

/** How the grants of late were shared, so that the next ones are shared fairly. */
export type Sharing = {
  /** Grants of the window, counted by the second. */
  readonly had: readonly { readonly sharer: string; readonly at: Instant; readonly count: number }[];
  /** Those who were refused and come back at `until`; `deadline` is the earliest of theirs. */
  readonly waiting: readonly Waiting[];
};

type Waiting = Asker & { readonly until: Instant; readonly count: number };

/** Somebody who does not come back in time has a slot kept for so long. */
export const keptFor = 5 * second;
/** So the record stays small; those who are left out are served without a claim. */
const entriesKept = 100;

/**
 * Which of those who ask may go now.
 *
 * Slots go first to those whose deadline is before `lastChance`, then to all others; among them evenly. Those who wait
 * and are due now have theirs kept, though others ask first.
 */
export function chooseFairly(
  askers: readonly Asker[],
  { had, waiting }: Sharing,
  { free, now, lastChance }: { free: number; now: Instant; lastChance: Instant },
): ReadonlySet<Asker> {
  const hasHad = new Map<string, number>();
  for (const { sharer, count } of had) add(hasHad, sharer, count);
  const due = waiting.filter(({ until }) => until <= now);
  const chosen = new Set<Asker>();
  let left = free;
  for (const isUrgent of [true, false]) {
    const inClass = ({ deadline }: Asker) => deadline < lastChance === isUrgent;
    const asking = askers.filter(inClass);
    const wants = new Map<string, number>();
    for (const { sharer } of asking) add(wants, sharer, 1);
    for (const { sharer, count } of due.filter(inClass)) add(wants, sharer, count);
    const given = shareOut(left, wants, hasHad);
    for (const [sharer, count] of given) {
      left -= count;
      add(hasHad, sharer, count);
    }
    for (const asker of asking) {
      const rest = given.get(asker.sharer) ?? 0;
      if (rest > 0) chosen.add(asker);
      given.set(asker.sharer, rest - 1);
    }
  }
  return chosen;
}

/** The record with these answers: who was refused waits. */
export function withAnswers(
  { had, waiting }: Sharing,
  answers: readonly { asker: Asker; until: Instant | undefined }[],
  now: Instant,
): Sharing {
  const granted = new Map<string, number>();
  const refused = new Map<string, Waiting>();
  for (const { asker, until } of answers) {
    if (until === undefined) add(granted, asker.sharer, 1);
    else join(refused, { ...asker, until, count: 1 });
  }
  const at = Math.floor(now / second) * second;
  return {
    had: [...had, ...[...granted].map(([sharer, count]) => ({ sharer, at, count }))].slice(-entriesKept),
    waiting: [...waiting, ...refused.values()].sort((a, b) => a.until - b.until).slice(0, entriesKept),
  };
}

/** The record as these come back: they wait no more, and who is late for long has lost their claim. */
export function withReturned(
  { had, waiting }: Sharing,
  askers: readonly Asker[],
  { now, window }: { now: Instant; window: number },
): Sharing {
  const returned = new Map<string, number>();
  for (const { sharer } of askers) add(returned, sharer, 1);
  const stillWaiting = waiting
    .filter(({ until }) => now < until + keptFor)
    .flatMap((entry) => {
      const back = Math.min(entry.until <= now ? (returned.get(entry.sharer) ?? 0) : 0, entry.count);
      add(returned, entry.sharer, -back);
      return back === entry.count ? [] : { ...entry, count: entry.count - back };
    });
  return { had: had.filter(({ at }) => Math.abs(now - at) < window), waiting: stillWaiting };
}

/**
 * Gives slots to those who have had the fewest, so that all end with the same number or with what they want.
 *
 * @returns slots by sharer; what nobody wants is not given.
 */
export function shareOut(
  slots: number,
  wants: ReadonlyMap<string, number>,
  had: ReadonlyMap<string, number>,
): Map<string, number> {
  const upTo = (level: number, [sharer, count]: [string, number]) =>
    Math.min(Math.max(level - (had.get(sharer) ?? 0), 0), count);
  const entries = [...wants];
  const total = (level: number) => entries.reduce((sum, entry) => sum + upTo(level, entry), 0);
  const highest = Math.max(0, ...entries.map(([sharer, count]) => count + (had.get(sharer) ?? 0)));
  // The highest level that the slots suffice for.
  let level = 0;
  for (let above = highest + 1; above - level > 1; ) {
    const middle = Math.floor((level + above) / 2);
    if (total(middle) <= slots) level = middle;
    else above = middle;
  }
  let left = slots - total(level);
  return new Map(
    entries.map((entry): [string, number] => {
      const given = upTo(level, entry);
      const one = left > 0 && upTo(level + 1, entry) > given ? 1 : 0;
      left -= one;
      return [entry[0], given + one];
    }),
  );
}

function add(counts: Map<string, number>, key: string, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}

/** One entry for all of one sharer who come back at the same time. */
function join(entries: Map<string, Waiting>, one: Waiting): void {
  const key = `${one.until} ${one.sharer}`;
  const known = entries.get(key);
  entries.set(
    key,
    known === undefined
      ? one
      : { ...known, count: known.count + 1, deadline: Math.min(known.deadline, one.deadline) },
  );
}
