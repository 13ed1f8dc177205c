import { type Instant, second } from '../time/instant.ts';

/** Somebody who wants to make a request. */
export type Asker = {
  /** Who shares the grants with others: a schedule, or a person who sends texts of their own. */
  readonly sharer: string;
  /** Until when the request makes sense. */
  readonly deadline: Instant;
};

/** How the grants of late were shared, so that the next ones are shared fairly. */
export type Sharing = {
  /** Grants of the window, counted by ten seconds. */
  readonly had: readonly Had[];
  /** Those who were refused and come back in time, the soonest first. */
  readonly waiting: readonly Waiting[];
};

type Had = { readonly sharer: string; readonly at: Instant; readonly count: number };
/** So many of one sharer who come back at `until`; `deadline` is the earliest of theirs. */
type Waiting = Asker & { readonly until: Instant; readonly count: number };

/** Somebody who does not come back in time has a slot kept for so long. */
export const keptFor = 5 * second;
/** So the record stays small; who is left out is served without a claim. */
const entriesKept = 100;
const grain = 10 * second;

type Choice = {
  /** Slots, and how many there are in a window. */
  free: number;
  limit: number;
  now: Instant;
  /** A deadline before this is one that passes before slots are free again. */
  lastChance: Instant;
};

/**
 * Which of those who ask may go now.
 *
 * Slots are shared out evenly between sharers. Before that, those whose deadline is near get slots, but no sharer more
 * than half of the limit that way. Those who wait and are due now have theirs kept, though others ask first.
 */
export function chooseFairly(
  askers: readonly Asker[],
  { had, waiting }: Sharing,
  { free, limit, now, lastChance }: Choice,
): ReadonlySet<Asker> {
  const isUrgent = ({ deadline }: Asker) => deadline < lastChance;
  const hasHad = countBySharer(had);
  const wanted = [
    ...askers.map(({ sharer, deadline }) => ({ sharer, deadline, count: 1 })),
    ...waiting.filter(({ until }) => until <= now),
  ];
  const urgent = countBySharer(wanted.filter(isUrgent));
  for (const [sharer, count] of urgent)
    urgent.set(sharer, Math.min(count, Math.max(0, Math.ceil(limit / 2) - (hasHad.get(sharer) ?? 0))));
  const first = shareOut(free, urgent, hasHad);
  const rest = countBySharer(wanted);
  for (const [sharer, count] of first) {
    add(rest, sharer, -count);
    add(hasHad, sharer, count);
  }
  const then = shareOut(free - total(first), rest, hasHad);
  const chosen = new Set<Asker>();
  const choose = (slots: Map<string, number>, candidates: readonly Asker[]) => {
    for (const asker of candidates) {
      const left = slots.get(asker.sharer) ?? 0;
      if (left === 0 || chosen.has(asker)) continue;
      slots.set(asker.sharer, left - 1);
      chosen.add(asker);
    }
  };
  choose(first, askers.filter(isUrgent));
  choose(then, askers);
  return chosen;
}

/** The record as these come back: they wait no more, and who is late for long has lost their claim. */
export function withReturned(
  { had, waiting }: Sharing,
  askers: readonly Asker[],
  { now, window, limit }: { now: Instant; window: number; limit: number },
): Sharing {
  const returned = countBySharer(askers.map(({ sharer }) => ({ sharer, count: 1 })));
  // Nobody is sent away for longer than all who wait take: what ends later was promised by a clock since set back.
  const waitingCounts = countBySharer(waiting);
  const latest = (sharer: string) => now + window * (2 + Math.ceil((waitingCounts.get(sharer) ?? 0) / limit));
  const stillWaiting = waiting
    .filter(({ sharer, until }) => now < until + keptFor && until <= latest(sharer))
    .flatMap((entry) => {
      const back = Math.min(entry.until <= now ? (returned.get(entry.sharer) ?? 0) : 0, entry.count);
      add(returned, entry.sharer, -back);
      return back === entry.count ? [] : { ...entry, count: entry.count - back };
    });
  return { had: had.filter(({ at }) => Math.abs(now - at) < window), waiting: stillWaiting };
}

/** The record with these answers: those who were refused wait, unless it is too late when they come back. */
export function withAnswers(
  { had, waiting }: Sharing,
  answers: readonly { asker: Asker; until: Instant | undefined }[],
  now: Instant,
): Sharing {
  const at = Math.floor(now / grain) * grain;
  const granted = answers.filter(({ until }) => until === undefined);
  const refused = answers.flatMap(({ asker: { sharer, deadline }, until }) =>
    until !== undefined && until < deadline ? { sharer, deadline, until, count: 1 } : [],
  );
  return {
    had: merged([...had, ...granted.map(({ asker: { sharer } }) => ({ sharer, at, count: 1 }))]).slice(
      -entriesKept,
    ),
    waiting: merged([...waiting, ...refused])
      .sort((one, other) => one.until - other.until)
      .slice(0, entriesKept),
  };
}

/** One entry for each sharer and time. */
function merged<T extends Had | Waiting>(entries: readonly T[]): T[] {
  const known = new Map<string, T>();
  for (const entry of entries) {
    const key = `${'at' in entry ? entry.at : entry.until} ${entry.sharer}`;
    const other = known.get(key);
    known.set(key, other === undefined ? entry : { ...entry, ...sumOf(entry, other) });
  }
  return [...known.values()];
}

function sumOf(one: Had | Waiting, other: Had | Waiting): { count: number; deadline?: Instant } {
  const count = one.count + other.count;
  return 'until' in one && 'until' in other
    ? { count, deadline: Math.min(one.deadline, other.deadline) }
    : { count };
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
  const totalAt = (level: number) => entries.reduce((sum, entry) => sum + upTo(level, entry), 0);
  const highest = Math.max(0, ...entries.map(([sharer, count]) => count + (had.get(sharer) ?? 0)));
  // The highest level that the slots suffice for.
  let level = 0;
  for (let above = highest + 1; above - level > 1; ) {
    const middle = Math.floor((level + above) / 2);
    if (totalAt(middle) <= slots) level = middle;
    else above = middle;
  }
  let left = slots - totalAt(level);
  return new Map(
    entries.map((entry): [string, number] => {
      const given = upTo(level, entry);
      const one = left > 0 && upTo(level + 1, entry) > given ? 1 : 0;
      left -= one;
      return [entry[0], given + one];
    }),
  );
}

function countBySharer(entries: readonly { sharer: string; count: number }[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { sharer, count } of entries) add(counts, sharer, count);
  return counts;
}

function add(counts: Map<string, number>, key: string, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}

function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
