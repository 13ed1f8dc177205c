import type { Run } from './simulate.ts';
import { isSpan } from './stories/story.ts';

/** What many runs come to. */
export type Tally = {
  seeds: number;
  calls: number;
  requests: number;
  deliveries: number;
  acts: number;
  breaches: number;
  faults: Map<string, number>;
  states: Map<string, number>;
  /** What was done and answered. */
  kinds: Map<string, number>;
};

export function openTally(): Tally {
  return {
    seeds: 0,
    calls: 0,
    requests: 0,
    deliveries: 0,
    acts: 0,
    breaches: 0,
    faults: new Map(),
    states: new Map(),
    kinds: new Map(),
  };
}

/** Adds a run. */
export function count(tally: Tally, { recording, breaches }: Run): void {
  tally.seeds += 1;
  tally.calls += recording.calls;
  tally.requests += recording.requests.length;
  tally.deliveries += recording.deliveries.size;
  tally.acts += recording.answers.length;
  tally.breaches += breaches.length;
  for (const { act } of recording.answers) add(tally.kinds, act.what);
  for (const { fault } of recording.fired) add(tally.faults, fault.kind);
  for (const { kind } of recording.story.faults) if (isSpan(kind)) add(tally.faults, kind);
  for (const versions of recording.deliveries.values()) add(tally.states, versions.at(-1)?.item.state ?? '');
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** The counts, a line each. */
export function tellTally(tally: Tally): string {
  const { faults, states, kinds, ...numbers } = tally;
  return [
    ...Object.entries(numbers).map(([name, number]) => `${name.padEnd(12)}${number}`),
    `faults      ${sum(faults)}: ${list(faults)}`,
    `states      ${list(states)}`,
    `answers     ${list(kinds)}`,
  ].join('\n');
}

function sum(counts: Map<string, number>): number {
  return [...counts.values()].reduce((a, b) => a + b, 0);
}

function list(counts: Map<string, number>): string {
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, number]) => `${key} ${number}`)
    .join(', ');
}
