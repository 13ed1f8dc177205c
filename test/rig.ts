import type { Asker } from '../lib/domain/delivery/fair-share.ts';
import type { Definition } from '../lib/domain/schedule/definition.ts';
import { parseDefinition } from '../lib/domain/table/definition-parser.ts';
import { parseTable, type TableContext } from '../lib/domain/table/table.ts';
import type { Instant } from '../lib/domain/time/instant.ts';
import { minute } from '../lib/domain/time/instant.ts';
import type {
  Accepted,
  ApplyLockStore,
  CalendarStore,
  Clock,
  DeliveryStore,
  GateStore,
  Job,
  Log,
  Pool,
  Queue,
  ScheduleStore,
  TickLog,
  Workspace,
} from '../lib/ports.ts';
import { openDatabase } from '../lib/sqlite/database.ts';
import { createQueue, type DueMessage } from '../lib/sqlite/queue.ts';
import { createStore } from '../lib/sqlite/store.ts';
import { saveDefinition } from '../lib/usecases/changes/schedules.ts';
import { everyItem } from '../lib/usecases/pages.ts';
import { tick } from '../lib/usecases/planning/tick.ts';
import { createGatekeeper } from '../lib/usecases/sending/gatekeeper.ts';
import { createPoolDirectory } from '../lib/usecases/sending/pool-directory.ts';
import { send } from '../lib/usecases/sending/send.ts';
import { track } from '../lib/usecases/sending/track.ts';

/** A Tuesday morning. */
export const start = Date.parse('2026-11-24T09:00:00Z');

export const financeId = '11111111-1111-4111-8111-111111111111';

/** A clock that only moves when told to; whoever sleeps wakes when it passes their time. */
export function createTestClock(startAt: Instant): Clock & { moveTo(at: Instant): void } {
  let now = startAt;
  let sleepers: { at: Instant; wake: () => void }[] = [];
  return {
    now: () => now,
    sleepUntil: (at) => (at <= now ? Promise.resolve() : new Promise((wake) => sleepers.push({ at, wake }))),
    moveTo(at) {
      now = at;
      for (const { wake } of sleepers.filter((sleeper) => sleeper.at <= at)) wake();
      sleepers = sleepers.filter((sleeper) => sleeper.at > at);
    },
  };
}

/** A definition that is right in everything; a test writes only what it is about. */
export function aDefinition(fields: Record<string, unknown> = {}): Definition {
  const cron = fields.at === undefined ? { cron: '0 10 * * *' } : {};
  const input = { id: 'maintenance', pools: ['finance'], message: 'Save your work.', ...cron, ...fields };
  const { definition, problems } = parseDefinition(input, { calendars: {}, messageLimit: 400, now: start });
  if (definition === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  return definition;
}

/** Somebody who asks the gate. */
export function anAsker(deadline: Instant = start): Asker {
  return { sharer: 'a-schedule', deadline };
}

export type SentRequest = { at: Instant; poolId: string; text: string };

/** A Workspace that takes everything at once, unless a test replaces an operation. */
function createTestWorkspace(
  clock: Clock,
): Workspace & { sent: SentRequest[]; pools: Pool[]; isWhole: boolean } {
  const sent: SentRequest[] = [];
  return {
    sent,
    isWhole: true,
    pools: [
      { id: financeId, name: 'finance' },
      { id: '22222222-2222-4222-8222-222222222222', name: 'engineering' },
      { id: '33333333-3333-4333-8333-333333333333', name: 'support' },
    ],
    async sendToPool(poolId, text): Promise<Accepted> {
      sent.push({ at: clock.now(), poolId, text });
      return { jobId: `job-${sent.length}`, status: 200, requestId: `request-${sent.length}` };
    },
    async showJob(): Promise<Job> {
      return {
        status: 'SUCCESS',
        hasEnded: true,
        desktops: { total: 3, succeeded: 3, failed: 0 },
        failures: [],
      };
    },
    async listPools() {
      return { pools: this.pools, isWhole: this.isWhole };
    },
  };
}

const silent: Log = { info() {}, warn() {}, error() {} };

export type RigOptions = {
  startAt?: Instant;
  sendsPerMinute?: number;
  fingerprint?: () => Promise<string>;
  /** Instead of a Workspace that takes everything at once. */
  workspace?: Workspace;
  clock?: ReturnType<typeof createTestClock>;
};

type Adapters<Q extends Queue, C extends Clock> = {
  store: ScheduleStore & DeliveryStore & GateStore & CalendarStore & ApplyLockStore & TickLog;
  queue: Q;
  clock: C;
  workspace: Workspace;
  sendsPerMinute?: number;
  fingerprint?: () => Promise<string>;
};

/** All that the use cases need, over the adapters of a test. */
export function useCaseDeps<Q extends Queue, C extends Clock>({
  store,
  queue,
  clock,
  workspace,
  sendsPerMinute = 90,
  fingerprint = async () => 'key-1',
}: Adapters<Q, C>) {
  let count = 0;
  const ids = { next: () => `id-${++count}` };
  const gatekeeper = createGatekeeper({
    gates: store,
    clock,
    ids,
    connection: 'default',
    limits: { send: sendsPerMinute, read: 180 },
    fingerprint,
  });
  return {
    schedules: store,
    deliveries: store,
    calendars: store,
    applyLock: store,
    readTable: async (text: string, context: TableContext) => parseTable(text, context),
    tickLog: store,
    queue,
    clock,
    ids,
    chance: { next: () => 0.5 },
    log: silent,
    workspace,
    gatekeeper,
    pools: createPoolDirectory({ workspace, gatekeeper, clock }),
    messageLimit: 400,
  };
}

/** The use cases over an in-memory store, a clock that tests move and a Workspace that tests watch. */
export function createRig(options: RigOptions = {}) {
  const { startAt = start, clock = createTestClock(startAt), sendsPerMinute, fingerprint } = options;
  const database = openDatabase(':memory:');
  const store = createStore(database);
  const queue = createQueue(database);
  const testWorkspace = createTestWorkspace(clock);
  const workspace = options.workspace ?? testWorkspace;
  const deps = useCaseDeps({
    store,
    queue,
    clock,
    workspace,
    ...(sendsPerMinute === undefined ? {} : { sendsPerMinute }),
    ...(fingerprint === undefined ? {} : { fingerprint }),
  });
  const { gatekeeper } = deps;

  async function work(message: DueMessage): Promise<void> {
    await (message.kind === 'track' ? track(deps, message) : send(deps, message));
    await queue.settle(message);
  }

  function dueNow(): DueMessage[] {
    return (['send', 'track'] as const).flatMap((kind) => queue.dueMessages(kind, clock.now(), 1_000));
  }

  async function workDue(): Promise<void> {
    for (let due = dueNow(); due.length > 0; due = dueNow()) await Promise.all(due.map(work));
  }

  return {
    ...deps,
    /** The built-in Workspace, for tests to watch and to change. */
    workspace: testWorkspace,
    store,
    deps,
    database,
    /** Proves the key, so that sends need no probe. */
    prove: () => gatekeeper.proved(),
    save: (definition: Definition) => saveDefinition(deps, definition, { who: 'test', owner: 'console' }),
    tick: () => tick(deps, clock.now()),
    workDue,
    dueNow,
    /** Lets time pass: messages are worked on when they are due, and the planner ticks each minute. */
    async runUntil(end: Instant): Promise<void> {
      for (;;) {
        await workDue();
        const now = clock.now();
        const nextTickAt = now - (now % minute) + minute;
        const nextAt = Math.min(queue.nextMessageAt(now) ?? end, nextTickAt, end);
        clock.moveTo(nextAt);
        if (nextAt === nextTickAt) await tick(deps, nextAt);
        if (nextAt === end) {
          await workDue();
          return;
        }
      }
    },
    async deliveries() {
      const found = await Array.fromAsync(everyItem((page) => store.listDeliveries(page)));
      return found.toReversed();
    },
  };
}
