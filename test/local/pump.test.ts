import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { minute, second } from '../../lib/domain/time/instant.ts';
import type { QueueMessage } from '../../lib/ports.ts';
import type { DueMessage, SqliteQueue } from '../../lib/sqlite/queue.ts';
import { type Pump, startPump } from '../../local/pump.ts';
import { start } from '../rig.ts';

beforeEach(() => void vi.useFakeTimers({ now: start }));
let stop = async () => {};
afterEach(async () => {
  await stop();
  vi.useRealTimers();
});

/** A queue in memory; of the messages due together the one that was put in first has the nearest deadline. */
function createTestQueue() {
  const messages = new Map<string, DueMessage>();
  let tell = (_at: number) => {};
  const put = (kind: DueMessage['kind'], deliveryId: string, at = start) => {
    messages.set(deliveryId, { deliveryId, hops: 0, kind, at });
    tell(at);
  };
  const queue: SqliteQueue = {
    longestChain: Number.POSITIVE_INFINITY,
    enqueueSend: async ({ deliveryId }, at) => put('send', deliveryId, at),
    enqueueTrack: async ({ deliveryId }, at) => put('track', deliveryId, at),
    dueMessages: (kind, now, limit) =>
      [...messages.values()].filter((one) => one.kind === kind && one.at <= now).slice(0, limit),
    nextMessageAt(now) {
      const later = [...messages.values()].map(({ at }) => at).filter((at) => at > now);
      return later.length === 0 ? undefined : Math.min(...later);
    },
    onEnqueue(listen) {
      tell = listen;
    },
    async settle({ deliveryId }) {
      messages.delete(deliveryId);
    },
  };
  return { queue, put };
}

type Work = (message: QueueMessage) => Promise<void>;

/** A pump over a test queue; `begun` has `seconds since the start: id` of each message that was begun. */
function createTestPump({
  send = async () => {},
  track = async () => {},
}: {
  send?: Work;
  track?: Work;
} = {}) {
  const { queue, put } = createTestQueue();
  const begun: string[] = [];
  const errors: string[] = [];
  const warmed: number[] = [];
  const noted = (work: Work) => (message: QueueMessage) => {
    begun.push(`${(Date.now() - start) / second}: ${message.deliveryId}`);
    return work(message);
  };
  const run = async (): Promise<Pump> => {
    const pump = startPump({
      queue,
      clock: { now: Date.now, async sleepUntil() {} },
      log: { info() {}, warn() {}, error: (event: string) => void errors.push(event) },
      send: noted(send),
      track: noted(track),
      async warm() {
        warmed.push((Date.now() - start) / second);
      },
    });
    stop = () => pump.stop();
    await vi.advanceTimersByTimeAsync(0);
    return pump;
  };
  return { queue, put, run, begun, errors, warmed };
}

/** Work that ends when the test says so. */
function createSlowWork() {
  const ends: (() => void)[] = [];
  const work: Work = () => new Promise((end) => ends.push(end));
  const endAll = () => {
    for (const end of ends.splice(0)) end();
  };
  return { work, ends, endAll };
}

const fails: Work = () => Promise.reject(new Error('the store is locked'));
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('the pump', () => {
  it('begins a message at its very second, and gets ready two seconds before', async () => {
    const { put, run, begun, warmed } = createTestPump();
    put('send', 'a', start + 47 * second);
    await run();
    await pass(47 * second - 1);
    expect({ begun, warmed }).toEqual({ begun: [], warmed: [45] });
    await pass(1);
    expect(begun).toEqual(['47: a']);
  });

  it('begins at once what is enqueued while it sleeps', async () => {
    const { put, run, begun } = createTestPump();
    await run();
    await pass(second);
    put('send', 'a');
    await pass(0);
    expect(begun).toEqual(['1: a']);
  });

  it('works on 64 sends at once, and on the next as soon as one ends', async () => {
    const slow = createSlowWork();
    const { put, run, begun } = createTestPump({ send: slow.work });
    for (let i = 1; i <= 100; i += 1) put('send', `s${i}`);
    await run();
    await pass(minute);
    expect(begun).toHaveLength(64);
    slow.ends.shift()?.();
    await pass(0);
    expect(begun.slice(64)).toEqual(['60: s65']);
    slow.endAll();
    await pass(0);
    expect(begun).toHaveLength(100);
    slow.endAll();
  });

  it('lets 16 jobs be followed at once, and never keeps a send waiting for them', async () => {
    const slow = createSlowWork();
    const { put, run, begun } = createTestPump({ track: slow.work });
    for (let i = 1; i <= 1_000; i += 1) put('track', `t${i}`);
    put('send', 'a');
    await run();
    expect(begun.filter((one) => one.startsWith('0: t'))).toHaveLength(16);
    expect(begun).toContain('0: a');
    put('send', 'b');
    await pass(0);
    expect(begun).toContain('0: b');
    await slowlyEnd(slow);
  });

  it('begins a send at its very second though more jobs are to be followed than there is room for', async () => {
    const slow = createSlowWork();
    const { put, run, begun } = createTestPump({ track: slow.work });
    for (let i = 1; i <= 100; i += 1) put('track', `t${i}`);
    put('send', 'a', start + 3 * second);
    await run();
    await pass(second);
    slow.ends.shift()?.();
    await pass(2 * second);
    expect(begun.at(-1)).toBe('3: a');
    await slowlyEnd(slow);
  });

  it('does not ask for the jobs to be followed at each send that ends', async () => {
    const { queue, put, run, begun } = createTestPump();
    const asked: string[] = [];
    const { dueMessages } = queue;
    queue.dueMessages = (kind, ...rest) => {
      asked.push(kind);
      return dueMessages(kind, ...rest);
    };
    for (let i = 1; i <= 2_000; i += 1) put('send', `s${i}`);
    await run();
    expect(begun).toHaveLength(2_000);
    expect(asked.filter((kind) => kind === 'track').length).toBeLessThan(200);
  });

  it('tries what failed again after 1, 2, 4 … seconds, and at least every 30', async () => {
    const { put, run, begun, errors } = createTestPump({ send: fails });
    put('send', 'a');
    await run();
    await pass(2 * minute);
    const times = [0, 1, 3, 7, 15, 31, 61, 91];
    expect(begun).toEqual(times.map((at) => `${at}: a`));
    expect(errors).toEqual(times.map(() => 'work-failed'));
  });

  it('begins with 1 second again after a success', async () => {
    const outcomes = [fails, fails, async () => {}, fails, async () => {}];
    const { put, run, begun } = createTestPump({
      send: (message) => (outcomes.shift() ?? fails)(message),
    });
    put('send', 'a');
    await run();
    await pass(10 * second);
    put('send', 'a');
    await pass(10 * second);
    expect(begun).toEqual(['0: a', '1: a', '3: a', '10: a', '11: a']);
  });

  it('lets those that fail hide no other, however many and however urgent they are', async () => {
    const { put, run, begun } = createTestPump({
      send: (message) => (message.deliveryId === 'good' ? Promise.resolve() : fails(message)),
    });
    for (let i = 1; i <= 1_000; i += 1) put('send', `bad${i}`);
    put('send', 'good');
    await run();
    expect(begun).toContain('0: good');
  });

  it('goes on when the queue could not be read once', async () => {
    const { queue, put, run, begun, errors } = createTestPump();
    put('send', 'a');
    const { dueMessages } = queue;
    queue.dueMessages = (...asked) => {
      queue.dueMessages = dueMessages;
      throw new Error(`disk I/O error, asked for ${asked[0]}`);
    };
    await run();
    expect({ begun, errors }).toEqual({ begun: [], errors: ['queue-unreadable'] });
    await pass(second);
    expect(begun).toEqual(['1: a']);
  });

  it('waits, when it stops, for those under way, and begins no other', async () => {
    const slow = createSlowWork();
    const { put, run, begun } = createTestPump({ send: slow.work });
    for (let i = 1; i <= 65; i += 1) put('send', `s${i}`);
    put('send', 'later', start + 10 * second);
    const pump = await run();
    let hasStopped = false;
    const stopped = pump.stop().then(() => {
      hasStopped = true;
    });
    put('send', 'new');
    await pass(minute);
    expect({ hasStopped, count: begun.length }).toEqual({ hasStopped: false, count: 64 });
    slow.endAll();
    await stopped;
    await pass(minute);
    expect(begun).toHaveLength(64);
  });
});

async function slowlyEnd({ ends, endAll }: ReturnType<typeof createSlowWork>): Promise<void> {
  while (ends.length > 0) {
    endAll();
    await pass(0);
  }
}
