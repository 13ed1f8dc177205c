import { StoreError } from '../../../lib/domain/codes/errors.ts';
import { parseTable, type TableContext } from '../../../lib/domain/table/table.ts';
import type { Instant } from '../../../lib/domain/time/instant.ts';
import type { Clock, Queue, QueueMessage, Workspace } from '../../../lib/ports.ts';
import { createGatekeeper, type Gatekeeper } from '../../../lib/usecases/sending/gatekeeper.ts';
import { createPoolDirectory, type PoolDirectory } from '../../../lib/usecases/sending/pool-directory.ts';
import type { Fault } from '../stories/story.ts';
import type { Ending } from './huawei.ts';
import type { World } from './world.ts';

/** One process: its memory is its gatekeeper and its pool directory, and both go when it dies. */
export type Process = {
  readonly name: string;
  /** Counts its starts; what an earlier life was waiting for never comes. */
  life: number;
  isUp: boolean;
  stalledUntil: Instant;
  gatekeeper: Gatekeeper;
  pools: PoolDirectory;
};

/** Everything that a use case needs, as one actor of a process sees it. */
export type Deps = ReturnType<typeof depsFor>;

const silent = { info() {}, warn() {}, error() {} };
/** A call takes up to so many ms to reach the store, and as many back. */
const slowest = 4;

export function createProcess(world: World, name: string): Process {
  const process: Process = { name, life: 0, isUp: true, stalledUntil: 0, ...memoryOf(world, () => process) };
  return process;
}

/** Starts it anew, as after a crash, with nothing remembered. */
function restart(world: World, process: Process): void {
  process.life += 1;
  process.isUp = true;
  Object.assign(
    process,
    memoryOf(world, () => process),
  );
}

/** Ends it in the middle of whatever it does. */
export function kill(world: World, process: Process, forMs: number): void {
  if (!process.isUp) return;
  process.life += 1;
  process.isUp = false;
  const { life } = process;
  world.scheduler.at(world.now() + forMs, () => {
    if (process.life !== life) return false;
    restart(world, process);
    world.onStart(process);
    return true;
  });
  world.onDeath(process);
}

function memoryOf(world: World, of: () => Process): Pick<Process, 'gatekeeper' | 'pools'> {
  const ports = portsFor(world, of, 'gatekeeper', '');
  const gatekeeper = createGatekeeper({
    gates: ports.store,
    clock: ports.clock,
    ids: world.ids,
    connection: 'default',
    limits: { send: world.story.sendsPerMinute, read: 180 },
    fingerprint: async () => 'key-1',
  });
  const pools = createPoolDirectory({ workspace: ports.workspace, gatekeeper, clock: ports.clock });
  return { gatekeeper, pools };
}

/** @param deliveryId the delivery that the actor sends, for whoever watches Huawei. */
export function depsFor(world: World, process: Process, actor: string, deliveryId = '') {
  const { store, queue, workspace, clock } = portsFor(world, () => process, actor, deliveryId);
  return {
    schedules: store,
    deliveries: store,
    calendars: store,
    applyLock: store,
    readTable: async (text: string, context: TableContext) => parseTable(text, context),
    tickLog: store,
    queue,
    workspace,
    clock,
    gatekeeper: process.gatekeeper,
    pools: process.pools,
    ids: world.ids,
    chance: world.random,
    log: silent,
    messageLimit: 400,
  };
}

/**
 * Hands time to a process: never to an earlier life of it, and not while it is stalled.
 *
 * @param run gives whether somebody was woken.
 */
function lend(
  world: World,
  process: Process,
  life: number,
  at: Instant,
  run: () => boolean | Promise<boolean>,
): void {
  world.scheduler.at(at, () => {
    if (process.life !== life) return false;
    if (process.stalledUntil <= world.now()) return run();
    lend(world, process, life, process.stalledUntil, run);
    return false;
  });
}

function portsFor(world: World, of: () => Process, actor: string, deliveryId: string) {
  const { huawei } = world;
  const through = <T>(name: string, effect: (fault: Fault | undefined) => Promise<Ending<T>>): Promise<T> =>
    call(world, of(), { name, actor }, effect);

  /** Every method of a port goes through the scheduler. */
  const wrap = <T extends object>(port: T): T =>
    new Proxy(port, {
      get(target, name, receiver) {
        const member = Reflect.get(target, name, receiver);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) =>
          through(String(name), async (fault) => {
            if (fault?.kind === 'stale-index') {
              const stale = world.staleAnswer(String(name), args, fault);
              return { afterMs: 0, answer: () => stale };
            }
            let value = await member.apply(target, args);
            // The client lost the answer and repeats the write by itself.
            if (fault?.kind === 'answer-lost') value = await member.apply(target, args);
            return { afterMs: 0, answer: () => value };
          });
      },
    });

  const enqueue = (kind: 'send' | 'track', name: string) => (message: QueueMessage, at: Instant) =>
    through(name, async (fault) => {
      world.carry({ kind, message, at: at - aheadOf(world) }, fault);
      return { afterMs: 0, answer: () => undefined };
    });
  const queue: Queue = {
    longestChain: world.longestChain,
    enqueueSend: enqueue('send', 'enqueueSend'),
    enqueueTrack: enqueue('track', 'enqueueTrack'),
  };
  const workspace: Workspace = {
    sendToPool: (poolId, text, mayStart) =>
      through('sendToPool', async (fault) =>
        huawei.sendToPool({ deliveryId, mayStart }, poolId, text, fault),
      ),
    showJob: (jobId) => through('showJob', async (fault) => huawei.showJob(jobId, fault)),
    listPools: () => through('listPools', async (fault) => huawei.listPools(fault)),
  };
  const clock: Clock = {
    now: world.clockNow,
    sleepUntil(at) {
      const process = of();
      return new Promise((resolve) =>
        lend(world, process, process.life, at - aheadOf(world), () => {
          resolve();
          return true;
        }),
      );
    },
  };
  return { store: wrap(world.store), queue, workspace, clock };
}

/** How far the clocks are ahead. */
function aheadOf(world: World): number {
  return world.clockNow() - world.now();
}

/** One call of a port: it takes effect after a while, and is answered after another; both may go wrong. */
function call<T>(
  world: World,
  process: Process,
  { name, actor }: { name: string; actor: string },
  effect: (fault: Fault | undefined) => Promise<Ending<T>>,
): Promise<T> {
  const { random } = world;
  const { life } = process;
  const fault = world.takeFault(name, `${process.name} ${actor}, ${name}`);
  const { kind, forMs = 0 } = fault ?? {};
  return new Promise<T>((resolve, reject) => {
    const answer = (afterMs: number, settle: () => void) =>
      lend(world, process, life, world.now() + afterMs + random.between(0, slowest), () => {
        settle();
        return true;
      });
    const take = async () => {
      const { afterMs, answer: read } = await effect(fault);
      if (kind === 'crash-after') kill(world, process, forMs);
      if (kind === 'stall-after') process.stalledUntil = world.now() + forMs;
      const late = kind === 'slow-after' ? forMs : 0;
      answer(afterMs + late, () => {
        if (kind === 'error-after') return reject(new StoreError('the answer was lost'));
        try {
          resolve(read());
        } catch (error) {
          reject(error);
        }
      });
      return false;
    };
    const late = kind === 'slow-before' ? forMs : 0;
    lend(world, process, life, world.now() + late + random.between(0, slowest), () => {
      if (kind === 'crash-before') {
        kill(world, process, forMs);
        return false;
      }
      if (kind === 'error-before') {
        reject(new StoreError('the store is away'));
        return true;
      }
      if (kind !== 'stall-before') return take();
      process.stalledUntil = world.now() + forMs;
      lend(world, process, life, process.stalledUntil, take);
      return false;
    });
  });
}
