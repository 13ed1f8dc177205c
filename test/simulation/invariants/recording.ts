import type { Delivery } from '../../../lib/domain/delivery/delivery.ts';
import type { Gate } from '../../../lib/domain/delivery/gate.ts';
import type { Definition } from '../../../lib/domain/schedule/definition.ts';
import type { Act, Gap, Schedule } from '../../../lib/domain/schedule/schedule.ts';
import type { Instant } from '../../../lib/domain/time/instant.ts';
import type { WriteResult } from '../../../lib/ports.ts';
import type { ActStory, Fault, Story } from '../stories/story.ts';
import type { Store } from '../world/memory-store.ts';

/** An item as it was written, and when. */
export type Version<T> = { at: Instant; item: T };

/** What reached Huawei's gateway. */
export type Request = {
  at: Instant;
  deliveryId: string;
  poolId: string;
  text: string;
  /** `maybe`: Huawei took it, but nobody was told so. */
  effect: 'taken' | 'maybe' | 'refused';
  status?: number;
  jobId?: string;
};

/** What an operator was told. */
export type Answer = {
  act: ActStory;
  who: string;
  begunAt: Instant;
  at: Instant;
  scheduleId: string;
  /** The revision that the act made; absent when it changed nothing. */
  rev?: number;
  goingOut: readonly string[];
};

/** What the answer to an act says of it. */
export type Told = {
  rev: number;
  what: string | undefined;
  eventAt: Instant | undefined;
  movedTo: Instant | undefined;
  goingOut: readonly string[];
  notified: readonly string[];
};

/** An act that was repeated with its key, and both answers. */
export type Repetition = { act: ActStory; at: Instant; first: unknown; again: unknown };

/** A schedule file that was applied: what it held, and what was answered; without an answer, the apply failed. */
export type Application = {
  who: string;
  begunAt: Instant;
  definitions: readonly Definition[];
  answeredAt?: Instant;
  endedAt?: Instant;
  hasFailures?: boolean;
};

/** An act that was refused for good. */
export type Refusal = { act: ActStory; who: string; begunAt: Instant; message: string };

/** A fault that found its call. */
export type Fired = { at: Instant; fault: Fault; where: string };

/** All that happened in a run, for the invariants to judge. */
export type Recording = {
  story: Story;
  endedAt: Instant;
  calls: number;
  schedules: Map<string, Version<Schedule>[]>;
  deliveries: Map<string, Version<Delivery>[]>;
  gates: Version<Gate>[];
  acts: Version<Act>[];
  gaps: Version<Gap>[];
  requests: Request[];
  answers: Answer[];
  refusals: Refusal[];
  repetitions: Repetition[];
  applications: Application[];
  fired: Fired[];
  ticks: { from: Instant; to: Instant }[];
  longestChain: number;
  /** What was thrown that nothing should throw. */
  bugs: Version<string>[];
  /** What happened, one line each, when the story is to be told. */
  lines: Version<string>[];
};

export function createRecording(story: Story): Recording {
  return {
    story,
    endedAt: 0,
    calls: 0,
    schedules: new Map(),
    deliveries: new Map(),
    gates: [],
    acts: [],
    gaps: [],
    requests: [],
    answers: [],
    refusals: [],
    repetitions: [],
    applications: [],
    fired: [],
    ticks: [],
    longestChain: 0,
    bugs: [],
    lines: [],
  };
}

/** The store, writing down every write that took effect. */
export function recordStore(store: Store, recording: Recording, now: () => Instant): Store {
  const { schedules, deliveries, gates, acts, gaps } = recording;
  return {
    ...store,
    writeSchedule: (schedule) =>
      recorded(store.writeSchedule(schedule), () => keep(schedules, schedule.scheduleId, now(), schedule)),
    writeDelivery: (delivery) =>
      recorded(store.writeDelivery(delivery), () => keep(deliveries, delivery.deliveryId, now(), delivery)),
    writeGate: (gate) => recorded(store.writeGate(gate), () => gates.push({ at: now(), item: gate })),
    async putAct(act) {
      await store.putAct(act);
      acts.push({ at: now(), item: act });
    },
    async putGap(gap) {
      await store.putGap(gap);
      gaps.push({ at: now(), item: gap });
    },
  };
}

async function recorded(result: Promise<WriteResult>, note: () => void): Promise<WriteResult> {
  const written = await result;
  if (written === 'written') note();
  return written;
}

function keep<T>(history: Map<string, Version<T>[]>, key: string, at: Instant, item: T): void {
  const versions = history.get(key);
  if (versions === undefined) history.set(key, [{ at, item }]);
  else versions.push({ at, item });
}

/** Whether clocks were wrong for a while: what they said then cannot be compared with when it was. */
export function hasWrongClock({ story }: Recording): boolean {
  return story.faults.some(({ kind }) => kind === 'clock-ahead');
}

/** The version that was current at an instant. */
export function versionAt<T>(versions: readonly Version<T>[], at: Instant): Version<T> | undefined {
  return versions.findLast((version) => version.at <= at);
}

/** The versions that were current at any time in a closed span. */
export function versionsDuring<T>(versions: readonly Version<T>[], from: Instant, to: Instant): Version<T>[] {
  const first = versionAt(versions, from);
  const later = versions.filter(({ at }) => at > from && at <= to);
  return first === undefined ? later : [first, ...later];
}

/** The item as it was last written. */
export function latestOf<T>(versions: readonly Version<T>[]): T | undefined {
  return versions.at(-1)?.item;
}
