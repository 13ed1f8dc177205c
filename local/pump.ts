import { messageOf } from '../lib/domain/codes/errors.ts';
import { GateRefusedError } from '../lib/domain/delivery/gate.ts';
import { type Instant, second } from '../lib/domain/time/instant.ts';
import type { Clock, Log, QueueMessage } from '../lib/ports.ts';
import type { DueMessage, SqliteQueue } from '../lib/sqlite/queue.ts';

export type PumpDeps = {
  queue: SqliteQueue;
  clock: Clock;
  log: Log;
  send(message: QueueMessage): Promise<void>;
  track(message: QueueMessage): Promise<void>;
  /** Gets ready what the next sends will need. */
  warm(): Promise<void>;
};

export type Pump = {
  /** Takes no new message, and waits for those under way. */
  stop(): Promise<void>;
};

/** Messages worked on at once, of each kind: however many jobs are followed, the sends have room. */
const widths = { send: 64, track: 16 } as const;
/** Another process may have enqueued something. */
const longestSleep = 5 * second;
const warmUp = 2 * second;
/** A message whose work failed is left alone for 1, 2, 4 … 30 s. */
const longestPause = 30 * second;

/** Hands each message to its worker at its very second. */
export function startPump(deps: PumpDeps): Pump {
  const { queue, clock, log } = deps;
  const lanes = [createLane('send', deps, refill), createLane('track', deps, refill)];
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let warmedFor: Instant | undefined;

  /** Begins what is due, then sleeps to the next message. */
  function look(): void {
    clearTimeout(timer);
    if (isStopped) return;
    let sleep: number = second;
    try {
      const now = clock.now();
      for (const lane of lanes) lane.begin(now);
      sleep = sleepTime(now);
    } catch (cause) {
      log.error('queue-unreadable', { message: messageOf(cause) });
    }
    timer = setTimeout(look, sleep);
  }

  /** A lane has room again: what it holds already, or what is due for it, comes before a look at everything. */
  function refill(lane: Lane): void {
    try {
      if (!isStopped && lane.begin(clock.now())) return;
    } catch (cause) {
      log.error('queue-unreadable', { message: messageOf(cause) });
    }
    look();
  }

  function sleepTime(now: Instant): number {
    const nextAt = queue.nextMessageAt(now) ?? Number.POSITIVE_INFINITY;
    const warmAt = nextAt - warmUp;
    if (nextAt !== warmedFor && warmAt <= now) {
      warmedFor = nextAt;
      deps.warm().catch((cause: unknown) => {
        // What the gate refuses now is told where it closed, and by each delivery that it stops.
        if (!(cause instanceof GateRefusedError)) log.warn('not-ready', { message: messageOf(cause) });
      });
    }
    return Math.min((nextAt === warmedFor ? nextAt : warmAt) - now, longestSleep);
  }

  queue.onEnqueue((at) => {
    if (at > clock.now() + longestSleep || isStopped) return;
    clearTimeout(timer);
    timer = setTimeout(look, 0);
  });
  look();
  return {
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await Promise.all(lanes.map((lane) => lane.finish()));
    },
  };
}

type Lane = {
  /** Begins as much as there is room for; true when more is due. */
  begin(now: Instant): boolean;
  finish(): Promise<unknown>;
};

/** The messages of one kind. `refill` is called whenever one has room to begin. */
function createLane(kind: DueMessage['kind'], deps: PumpDeps, refill: (lane: Lane) => void): Lane {
  const { queue, log } = deps;
  const width = widths[kind];
  const busy = new Map<string, Promise<void>>();
  /** Those that wait after a failure, and those that failed last time: how often in a row. */
  const paused = new Set<string>();
  const failures = new Map<string, number>();
  let due: DueMessage[] = [];

  async function work(message: DueMessage): Promise<void> {
    const { deliveryId } = message;
    try {
      await deps[kind](message);
      await queue.settle(message);
      failures.delete(deliveryId);
    } catch (cause) {
      log.error('work-failed', { deliveryId, message: messageOf(cause) });
      pause(deliveryId);
    }
  }

  function pause(deliveryId: string): void {
    const count = (failures.get(deliveryId) ?? 0) + 1;
    failures.set(deliveryId, count);
    paused.add(deliveryId);
    const end = () => {
      paused.delete(deliveryId);
      refill(lane);
    };
    setTimeout(end, Math.min(2 ** (count - 1) * second, longestPause)).unref();
  }

  function start(message: DueMessage): void {
    const done = work(message).finally(() => {
      busy.delete(message.deliveryId);
      refill(lane);
    });
    busy.set(message.deliveryId, done);
  }

  const isFree = ({ deliveryId }: DueMessage) => !busy.has(deliveryId) && !paused.has(deliveryId);

  const lane: Lane = {
    begin(now) {
      if (due.length === 0 && busy.size < width) {
        // Those under way and those that wait are due as well, and must not hide the others.
        due = queue.dueMessages(kind, now, 4 * width + busy.size + paused.size).filter(isFree);
      }
      for (const message of due.splice(0, width - busy.size)) if (isFree(message)) start(message);
      return due.length > 0;
    },
    finish: () => Promise.all(busy.values()),
  };
  return lane;
}
