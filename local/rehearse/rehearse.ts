import { type Config, readConfig } from '../../lib/config.ts';
import { openStates } from '../../lib/domain/delivery/delivery.ts';
import type { Definition } from '../../lib/domain/schedule/definition.ts';
import { type Instant, minute, second } from '../../lib/domain/time/instant.ts';
import type { Log } from '../../lib/ports.ts';
import { openDatabase } from '../../lib/sqlite/database.ts';
import { createQueue, type DueMessage, type SqliteQueue } from '../../lib/sqlite/queue.ts';
import { createStore, type SqliteStore } from '../../lib/sqlite/store.ts';
import { saveDefinition } from '../../lib/usecases/changes/schedules.ts';
import { horizon } from '../../lib/usecases/planning/plan.ts';
import { tick } from '../../lib/usecases/planning/tick.ts';
import { createGatekeeper } from '../../lib/usecases/sending/gatekeeper.ts';
import { createPoolDirectory } from '../../lib/usecases/sending/pool-directory.ts';
import { send } from '../../lib/usecases/sending/send.ts';
import { track } from '../../lib/usecases/sending/track.ts';
import { createVirtualClock, type VirtualClock } from './clock.ts';
import type { TimedFault } from './faults.ts';
import { type RehearsedDelivery, rehearsedDeliveries } from './outcome.ts';
import { createRehearsedWorkspace } from './workspace.ts';

export type RehearsalOptions = {
  definitions: readonly Definition[];
  /** Half-open on `dueAt`. */
  from: Instant;
  to: Instant;
  faults: readonly TimedFault[];
  limits: RehearsalLimits;
};

export type RehearsalLimits = Pick<Config, 'limits' | 'messageLimit'> & { isThrottling: boolean };

/** What would have become of a window of time. */
export type Rehearsal = {
  /** By due time. */
  deliveries: RehearsedDelivery[];
  /** Schedules that could not be planned. */
  planErrors: { scheduleId: string; message: string }[];
  /** Pools that the simulator does not have. */
  addedPools: string[];
  /** Faults that no call has met. */
  waitingFaults: TimedFault[];
};

const limitNames = [
  'DESKBELL_SENDS_PER_MINUTE',
  'DESKBELL_READS_PER_MINUTE',
  'DESKBELL_MESSAGE_LIMIT',
  'SIMULATOR_THROTTLE',
] as const;

/**
 * The limits that the environment sets for the real run; nothing else of it matters to a rehearsal.
 *
 * @throws InvalidConfigError
 */
export function readLimits(environment: Readonly<Record<string, string | undefined>>): RehearsalLimits {
  const chosen = Object.fromEntries(limitNames.map((name) => [name, environment[name]]));
  const { limits, messageLimit, simulator } = readConfig(chosen);
  return { limits, messageLimit, isThrottling: simulator.throttle };
}

/**
 * Plays a window of time through the real tick, send and track, as fast as it can. Nothing leaves this process.
 *
 * An answer takes no time, and chance is fixed, so that the same table gives the same rehearsal.
 */
export async function rehearse(options: RehearsalOptions): Promise<Rehearsal> {
  const { definitions, from, to } = options;
  // What is due at `from` is due after a cursor before it.
  const stage = createStage(options, createVirtualClock(from - 1));
  const { deps, store, workspace } = stage;
  try {
    // As at a real start, which tries the key. A fault may meet this call; then the first sends try again.
    await deps.pools.list().catch(() => undefined);
    for (const definition of definitions) {
      await saveDefinition(deps, definition, { who: 'rehearsal', owner: 'file' });
    }
    await play(stage, to);
    const failing = await store.failingSchedules(definitions.length);
    return {
      deliveries: await rehearsedDeliveries(store, { from, to }),
      planErrors: failing.map(({ scheduleId, planError = '' }) => ({ scheduleId, message: planError })),
      addedPools: workspace.addedPools,
      waitingFaults: workspace.waitingFaults(),
    };
  } finally {
    stage.close();
  }
}

const silent: Log = { info() {}, warn() {}, error() {} };

type Stage = ReturnType<typeof createStage>;

function createStage({ definitions, faults, limits }: RehearsalOptions, clock: VirtualClock) {
  const database = openDatabase(':memory:');
  const store = createStore(database);
  const queue = createQueue(database);
  const { now } = clock;
  const { isThrottling } = limits;
  const pools = definitions.flatMap((definition) => definition.pools);
  const workspace = createRehearsedWorkspace({ now, pools, faults, isThrottling });
  let count = 0;
  const ids = { next: () => `id-${++count}` };
  const fingerprint = async () => 'rehearsal';
  const gate = { gates: store, clock, ids, connection: 'default', limits: limits.limits, fingerprint };
  const gatekeeper = createGatekeeper(gate);
  const stores = {
    schedules: withOneDefinition(store, definitions),
    deliveries: store,
    calendars: store,
    tickLog: store,
  };
  const deps = {
    ...stores,
    queue,
    workspace,
    gatekeeper,
    pools: createPoolDirectory({ workspace, gatekeeper, clock }),
    clock,
    ids,
    chance: { next: () => 0.5 },
    log: silent,
    messageLimit: limits.messageLimit,
  };
  return { deps, store, queue, clock, workspace, close: () => database.close() };
}

/** Nobody edits here, so that each rule is made ready once and not after each move of a cursor. */
function withOneDefinition(store: SqliteStore, definitions: readonly Definition[]): SqliteStore {
  const known = new Map(definitions.map((definition) => [definition.id, definition]));
  return {
    ...store,
    async getSchedule(scheduleId) {
      const schedule = await store.getSchedule(scheduleId);
      return schedule && { ...schedule, definition: known.get(scheduleId) ?? schedule.definition };
    },
  };
}

/** Goes from one time at which something wants to be done to the next, until all that is due before `to` has ended. */
async function play({ deps, store, queue, clock }: Stage, to: Instant): Promise<void> {
  const work = async (message: DueMessage) => {
    await (message.kind === 'track' ? track(deps, message) : send(deps, message));
    await queue.settle(message);
  };
  // After the window the planner rests, but the sweep goes on.
  const resting = { ...deps, schedules: { ...deps.schedules, schedulesToWake: async () => [] } };
  let scheduleAt = await scheduleWakeAt(store);
  for (;;) {
    for (let due = dueNow(queue, clock); due.length > 0; due = dueNow(queue, clock)) {
      await Promise.all(due.map(work));
    }
    const now = clock.now();
    const isOver = now >= to;
    if (isOver && !(await isAnyOpen(store, to))) return;
    const wakeAt = Math.min(await deliveryWakeAt(store), isOver ? Infinity : scheduleAt - horizon);
    const tickAt = tickAfter(now, wakeAt);
    const nextAt = Math.min(queue.nextMessageAt(now) ?? Infinity, tickAt, isOver ? Infinity : to);
    if (nextAt === Infinity) return;
    clock.moveTo(nextAt);
    if (nextAt !== tickAt) continue;
    await tick(isOver ? resting : deps, nextAt);
    scheduleAt = await scheduleWakeAt(store);
  }
}

const mostAtOnce = 1_000;

function dueNow(queue: SqliteQueue, clock: VirtualClock): DueMessage[] {
  // Mostly nothing is, and this is told at less cost.
  if ((queue.nextMessageAt(0) ?? Infinity) > clock.now()) return [];
  return (['send', 'track'] as const).flatMap((kind) => queue.dueMessages(kind, clock.now(), mostAtOnce));
}

async function isAnyOpen(store: SqliteStore, to: Instant): Promise<boolean> {
  const { items } = await store.listDeliveries({ states: openStates, to, limit: 1 });
  return items.length > 0;
}

/** The ticker ticks in the middle of each minute; ticks that would find nothing to do are left out. */
function tickAfter(now: Instant, wakeAt: Instant): Instant {
  const offset = 30 * second;
  return Math.ceil((Math.max(wakeAt, now + 1) - offset) / minute) * minute + offset;
}

const everything = Number.MAX_SAFE_INTEGER;

/** When the sweep wants to look at a delivery. */
async function deliveryWakeAt(store: SqliteStore): Promise<Instant> {
  const [id] = await store.deliveriesToWake(everything, 1);
  return (id === undefined ? undefined : await store.getDelivery(id))?.wakeAt ?? Infinity;
}

/** When the planner wants to look at a schedule; only a tick changes it. */
async function scheduleWakeAt(store: SqliteStore): Promise<Instant> {
  const [id] = await store.schedulesToWake({ until: everything, beyond: everything }, 1);
  return (id === undefined ? undefined : await store.getSchedule(id))?.wakeAt ?? Infinity;
}
