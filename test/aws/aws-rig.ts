import type { Definition } from '../../lib/domain/schedule/definition.ts';
import { type Instant, minute } from '../../lib/domain/time/instant.ts';
import type { Queue, QueueMessage } from '../../lib/ports.ts';
import { saveDefinition } from '../../lib/usecases/changes/schedules.ts';
import { tick } from '../../lib/usecases/planning/tick.ts';
import { send } from '../../lib/usecases/sending/send.ts';
import { track } from '../../lib/usecases/sending/track.ts';
import { startSimulated } from '../journeys/simulated.ts';
import { useCaseDeps } from '../rig.ts';
import { openProxiedTable } from './open-table.ts';

type Queued = { kind: 'send' | 'track'; message: QueueMessage; at: Instant };

/**
 * The use cases over DynamoDB's stand-in, behind a proxy, with the simulator of Huawei; time moves as the test says.
 *
 * Messages are handed over at their time, as often as `copies` says: SQS itself keeps real time. With `losesFirst`
 * the first one of each delivery never comes.
 */
export async function createAwsRig({ copies = 1, losesFirst = false } = {}) {
  const { clock, workspace, received } = await startSimulated();
  const { proxy, store } = await openProxiedTable(clock.now);
  let queued: Queued[] = [];
  let sentMessages = 0;
  const lost = new Set<string>();
  const enqueue = (kind: Queued['kind']) => async (message: QueueMessage, at: Instant) => {
    sentMessages += 1;
    const isLost = losesFirst && !lost.has(message.deliveryId);
    lost.add(message.deliveryId);
    if (!isLost) queued.push({ kind, message, at });
  };
  const queue: Queue = { longestChain: 3, enqueueSend: enqueue('send'), enqueueTrack: enqueue('track') };
  const deps = useCaseDeps({ store, queue, clock, workspace });

  const work = ({ kind, message }: Queued) => (kind === 'send' ? send(deps, message) : track(deps, message));

  async function workDue(): Promise<void> {
    for (;;) {
      const due = queued.filter(({ at }) => at <= clock.now());
      if (due.length === 0) return;
      queued = queued.filter(({ at }) => at > clock.now());
      // What fails is left to the sweep.
      await Promise.allSettled(due.flatMap((message) => Array.from({ length: copies }, () => work(message))));
    }
  }

  return {
    deps,
    store,
    proxy,
    clock,
    received,
    sentMessages: () => sentMessages,
    save: (definition: Definition) => saveDefinition(deps, definition, { who: 'test', owner: 'console' }),
    tick: () => tick(deps, clock.now()),
    /** Lets time pass; `ticks` of the planner at once each minute. */
    async runUntil(end: Instant, ticks = 1): Promise<void> {
      for (;;) {
        await workDue();
        const now = clock.now();
        if (now >= end) return;
        const nextTickAt = now - (now % minute) + minute;
        const nextAt = Math.min(...queued.map(({ at }) => at), nextTickAt, end);
        clock.moveTo(nextAt);
        const run = () => tick(deps, nextAt);
        if (nextAt === nextTickAt) await Promise.allSettled(Array.from({ length: ticks }, run));
      }
    },
    async deliveries() {
      const { items } = await store.listDeliveries({ limit: 200 });
      return items.toReversed();
    },
  };
}
