import { messageOf } from '../lib/domain/errors.ts';
import { GateRefusedError } from '../lib/domain/gate.ts';
import { type Instant, second } from '../lib/domain/instant.ts';
import type { Clock, Log, Message } from '../lib/ports.ts';
import type { DueMessage, SqliteQueue } from '../lib/sqlite/queue.ts';

export type PumpDeps = {
  queue: SqliteQueue;
  clock: Clock;
  log: Log;
  send(message: Message): Promise<void>;
  track(message: Message): Promise<void>;
  /** Gets ready what the next sends will need. */
  warm(): Promise<void>;
};

export type Pump = {
  /** Takes no new message, and waits for those under way. */
  stop(): Promise<void>;
};

/** Messages worked on at once. */
const widest = 64;
/** Another process may have enqueued something. */
const longestSleep = 5 * second;
const warmUp = 2 * second;
/** A message whose work failed is left alone for so long. */
const pauseAfterFailure = 30 * second;

/** Hands each message to its worker at its very second. */
export function startPump(deps: PumpDeps): Pump {
  const { queue, clock, log } = deps;
  const busy = new Map<string, Promise<void>>();
  const paused = new Set<string>();
  let due: DueMessage[] = [];
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let warmedFor: Instant | undefined;

  async function work(message: DueMessage): Promise<void> {
    const { deliveryId, kind } = message;
    try {
      await (kind === 'track' ? deps.track(message) : deps.send(message));
      await queue.settle(message);
    } catch (cause) {
      log.error('work-failed', {
        deliveryId,
        message: messageOf(cause),
      });
      paused.add(deliveryId);
      setTimeout(() => paused.delete(deliveryId), pauseAfterFailure).unref();
    }
  }

  function begin(message: DueMessage): void {
    const { deliveryId } = message;
    const done = work(message).finally(() => {
      busy.delete(deliveryId);
      look();
    });
    busy.set(deliveryId, done);
  }

  function isFree({ deliveryId }: DueMessage): boolean {
    return !busy.has(deliveryId) && !paused.has(deliveryId);
  }

  function beginDue(now: Instant): void {
    if (due.length === 0 && busy.size < widest) due = queue.dueMessages(now, 4 * widest).filter(isFree);
    const room = widest - busy.size;
    for (const message of due.splice(0, room)) if (isFree(message)) begin(message);
  }

  /** Begins what is due, then sleeps to the next message. */
  function look(): void {
    clearTimeout(timer);
    if (isStopped) return;
    const now = clock.now();
    beginDue(now);
    timer = setTimeout(look, due.length > 0 ? longestSleep : sleepTime(now));
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
      await Promise.all(busy.values());
    },
  };
}
