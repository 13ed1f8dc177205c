import type { Instant } from '../../../lib/domain/time/instant.ts';
import type { Random } from '../stories/random.ts';

/** Something that happens at an instant. It gives true when it has woken somebody, who then runs to the next call. */
export type Step = () => boolean | Promise<boolean>;

/** Virtual time, and whatever waits for it. What waits for the same instant goes in an order that the seed decides. */
export type Scheduler = {
  now(): Instant;
  at(at: Instant, step: Step): void;
  /** Lets time pass until nothing waits, or `isOver`. */
  run(isOver: () => boolean): Promise<void>;
};

type Entry = { at: Instant; order: number; step: Step };

export function createScheduler(startAt: Instant, random: Random): Scheduler {
  const heap: Entry[] = [];
  let now = startAt;
  return {
    now: () => now,
    at(at, step) {
      push(heap, { at: Math.max(at, now), order: random.next(), step });
    },
    async run(isOver) {
      for (let entry = pop(heap); entry !== undefined; entry = pop(heap)) {
        now = entry.at;
        const step = entry.step();
        const hasWoken = typeof step === 'boolean' ? step : await step;
        // Whoever was woken runs on in microtasks; they are all done before the next macrotask.
        if (hasWoken) await new Promise<void>((resolve) => setImmediate(resolve));
        if (isOver()) return;
      }
    },
  };
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at === b.at ? a.order < b.order : a.at < b.at;
}

/** A binary heap, the next entry at its root. */
function push(heap: Entry[], entry: Entry): void {
  let i = heap.push(entry) - 1;
  while (i > 0) {
    const above = (i - 1) >> 1;
    const parent = heap[above];
    if (parent === undefined || !isBefore(entry, parent)) break;
    heap[i] = parent;
    i = above;
  }
  heap[i] = entry;
}

function pop(heap: Entry[]): Entry | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return first;
  let i = 0;
  for (;;) {
    const left = 2 * i + 1;
    const [one, other] = [heap[left], heap[left + 1]];
    const isRight = one !== undefined && other !== undefined && isBefore(other, one);
    const child = isRight ? other : one;
    if (child === undefined || !isBefore(child, last)) break;
    heap[i] = child;
    i = isRight ? left + 1 : left;
  }
  heap[i] = last;
  return first;
}
