import { minute, second } from '../../lib/domain/time/instant.ts';
import type { Queue } from '../../lib/ports.ts';
import { createGatekeeper } from '../../lib/usecases/sending/gatekeeper.ts';
import { type Breach, breachesOf } from './invariants/invariants.ts';
import { latestOf, type Recording } from './invariants/recording.ts';
import { saveFirst } from './invariants/saved.ts';
import type { Story } from './stories/story.ts';
import { lineOf, populate, tellRequests } from './world/actors.ts';
import type { Store } from './world/memory-store.ts';
import { depsFor, type Process } from './world/processes.ts';
import { createWorld, type World } from './world/world.ts';

export type Run = { recording: Recording; breaches: Breach[] };

/** Every job has been asked for often enough by then, and every message been carried. */
const longestRest = 30 * minute;

/** Runs one story to its end, and judges it. */
export async function simulate(
  story: Story,
  options: { isTold?: boolean; openStore?: () => Store } = {},
): Promise<Run> {
  const world = createWorld(story, options);
  populate(world);
  await prepare(world);
  const { recording, now } = world;
  const end = story.until + longestRest;
  let restAskedAt = story.until;
  await world.scheduler.run(() => {
    if (now() < restAskedAt + 5 * second) return false;
    restAskedAt = now();
    return now() >= end || isAtRest(world);
  });
  recording.endedAt = now();
  if (options.isTold === true) tellRequests(world);
  return { recording, breaches: breachesOf(recording) };
}

/** What was there before the story begins: schedules saved, and the key proven. */
async function prepare(world: World): Promise<void> {
  const { story, store, ids, random } = world;
  const clock = { now: world.now, sleepUntil: async () => {} };
  const limits = { send: story.sendsPerMinute, read: 180 };
  const gatekeeper = createGatekeeper({
    gates: store,
    clock,
    ids,
    connection: 'default',
    limits,
    fingerprint: async () => 'key-1',
  });
  if (story.isProven) await gatekeeper.proved();
  const nobody = { name: 'the beginning', life: 0, gatekeeper } as Process;
  const queue: Queue = {
    longestChain: world.longestChain,
    enqueueSend: async (message, at) => world.carry({ kind: 'send', message, at }, undefined),
    enqueueTrack: async () => {},
  };
  const deps = {
    ...depsFor(world, nobody, ''),
    schedules: store,
    deliveries: store,
    tickLog: store,
    clock,
    queue,
    chance: random,
  };
  await store.putLastTickAt(world.now());
  for (const schedule of story.schedules) await saveFirst(world, deps, schedule);
}

/** Nothing is open, and no schedule waits for a look: nothing can come any more. */
function isAtRest({ recording, now }: World): boolean {
  const deliveries = [...recording.deliveries.values()].every(
    (versions) => latestOf(versions)?.wakeAt === undefined,
  );
  const schedules = [...recording.schedules.values()].every(
    (versions) => (latestOf(versions)?.wakeAt ?? Number.POSITIVE_INFINITY) > now() + minute,
  );
  return deliveries && schedules;
}

/** The story of a run, one line for each thing that happened. */
export function linesOf({ recording }: Run): string[] {
  return recording.lines.map(lineOf);
}
