import { type Instant, isoOf, minute, second } from '../../../lib/domain/time/instant.ts';
import type { Ids, QueueMessage } from '../../../lib/ports.ts';
import { createRecording, type Recording, recordStore, versionAt } from '../invariants/recording.ts';
import { createRandom, type Random } from '../stories/random.ts';
import { type Fault, isSpan, type ScheduleStory, type Story } from '../stories/story.ts';
import { createHuawei, type Huawei } from './huawei.ts';
import { createMemoryStore, type Store, wakingOf } from './memory-store.ts';
import type { Process } from './processes.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';

/** A message on its way to a worker. */
export type Letter = { kind: 'send' | 'track'; message: QueueMessage; at: Instant };

/** What all processes of a story share, and who decides what goes wrong. */
export type World = {
  story: Story;
  random: Random;
  scheduler: Scheduler;
  now(): Instant;
  /** What the clocks of the processes show. */
  clockNow(): Instant;
  ids: Ids;
  store: Store;
  /** A store with nothing in it, whose writes are recorded as well. */
  openStore(): Store;
  /** How often everything was moved to another store; messages of the one before are lost. */
  moves: number;
  /** The schedule file, as it was last written. */
  file: ScheduleStory[];
  huawei: Huawei;
  recording: Recording;
  longestChain: number;
  processes: Process[];
  /** The fault that hits this call; each hits once. */
  takeFault(name: string, where: string): Fault | undefined;
  /** What the index of work would have said a while ago. */
  staleAnswer(name: string, args: unknown[], fault: Fault): string[];
  /** Adds a line to the story as it is told. */
  tell(line: () => string): void;
  carry(letter: Letter, fault: Fault | undefined): void;
  onStart(process: Process): void;
  onDeath(process: Process): void;
};

/** A Tuesday morning. */
export const start = Date.parse('2026-11-24T09:00:00Z');

/** Everything before the first process: an empty store, Huawei, and the faults to come. */
export function createWorld(
  story: Story,
  { isTold = false, openStore = createMemoryStore }: { isTold?: boolean; openStore?: () => Store } = {},
): World {
  const random = createRandom(story.seed);
  const scheduler = createScheduler(start - minute, random);
  const recording = createRecording(story);
  const { now } = scheduler;
  const openRecorded = () => recordStore(openStore(), recording, now);
  const armed = story.faults.filter(({ kind }) => !isSpan(kind)).toSorted((a, b) => a.at - b.at);
  const tell = (line: () => string) => {
    if (isTold) recording.lines.push({ at: now(), item: line() });
  };
  let count = 0;

  function takeFault(name: string, where: string): Fault | undefined {
    const isCall = !name.startsWith('tick');
    if (isCall) recording.calls += 1;
    const i = armed.findIndex(({ at, on, call }) =>
      call === undefined
        ? at <= now() && (on === undefined ? isCall : on === name)
        : isCall && call === recording.calls,
    );
    const fault = armed[i];
    if (fault === undefined || now() > story.faultsUntil) return undefined;
    armed.splice(i, 1);
    recording.fired.push({ at: now(), fault, where });
    tell(() => `FAULT ${kindOf(fault)} at ${where}`);
    return fault;
  }

  return {
    story,
    random,
    scheduler,
    now,
    ids: { next: () => `id-${++count}` },
    clockNow: () => now() + (spanAt(story, 'clock-ahead', now())?.aheadMs ?? 0),
    store: openRecorded(),
    openStore: openRecorded,
    moves: 0,
    file: story.schedules.filter(({ owner }) => owner === 'file'),
    huawei: createHuawei({
      recording,
      random,
      now,
      isDuring: (kind) => spanAt(story, kind, now()) !== undefined,
    }),
    recording,
    longestChain: story.house === 'lambda' ? 3 : Number.POSITIVE_INFINITY,
    processes: [],
    takeFault,
    staleAnswer: (name, args, { forMs }) => staleAnswer(recording, name, args, now() - forMs),
    tell,
    carry() {},
    onStart() {},
    onDeath() {},
  };
}

function kindOf({ kind, forMs }: Fault): string {
  return /^(crash|stall|slow|stale|message-late)/.test(kind) ? `${kind} for ${forMs / second} s` : kind;
}

/** The lasting fault of a kind that holds at an instant. */
function spanAt(story: Story, kind: Fault['kind'], at: Instant): Fault | undefined {
  return story.faults.find((fault) => fault.kind === kind && fault.at <= at && at < fault.at + fault.forMs);
}

function staleAnswer(recording: Recording, name: string, args: unknown[], at: Instant): string[] {
  const then = <T>(history: Map<string, { at: Instant; item: T }[]>) =>
    [...history.values()].flatMap((versions) => versionAt(versions, at)?.item ?? []);
  if (name === 'deliveriesToWake') {
    return wakingOf(then(recording.deliveries), Number(args[0])).map(({ deliveryId }) => deliveryId);
  }
  const { until } = args[0] as { until: Instant };
  return wakingOf(then(recording.schedules), until).map(({ scheduleId }) => scheduleId);
}

/** An instant as a story tells it. */
export function timeOf(at: Instant): string {
  return isoOf(at).slice(11, 23);
}
