import type { Instant } from '../domain/time/instant.ts';
import type { Queue, QueueMessage } from '../ports.ts';
import type { Database } from './database.ts';

/** A message that is due, and what its delivery is waiting for. */
export type DueMessage = QueueMessage & { kind: 'send' | 'track'; at: Instant };

/** The queue: one column of the delivery's own row. Its reader is in the same process. */
export type SqliteQueue = Queue & {
  /** Messages of one kind due at `now`, the nearest deadline first. Taking one changes nothing: see `settle`. */
  dueMessages(kind: DueMessage['kind'], now: Instant, limit: number): DueMessage[];
  /** When the next message after `now` comes due. */
  nextMessageAt(now: Instant): Instant | undefined;
  /** Forgets a message that was worked on, unless a new one has taken its place. */
  settle(message: DueMessage): Promise<void>;
  /** Tells of every message as it is enqueued in this process. */
  onEnqueue(listen: (at: Instant) => void): void;
};

export function createQueue({ sql, write }: Database): SqliteQueue {
  const set = sql.prepare('UPDATE deliveries SET next_at = ?, hops = ? WHERE id = ?');
  const wanted = { send: "state <> 'accepted'", track: "state = 'accepted'" } as const;
  const dueOf = (kind: DueMessage['kind']) =>
    sql.prepare(
      `SELECT id, next_at, hops FROM deliveries WHERE next_at <= ? AND ${wanted[kind]} ORDER BY deadline LIMIT ?`,
    );
  const due = { send: dueOf('send'), track: dueOf('track') };
  const next = sql.prepare(
    `SELECT MIN(at) AS at FROM (
       SELECT MIN(next_at) AS at FROM deliveries WHERE next_at > ?1 AND ${wanted.send}
       UNION ALL SELECT MIN(next_at) FROM deliveries WHERE next_at > ?1 AND ${wanted.track})`,
  );
  const current = sql.prepare('SELECT next_at FROM deliveries WHERE id = ?');
  const clear = sql.prepare('UPDATE deliveries SET next_at = NULL WHERE id = ? AND next_at = ?');
  /** As they were handed out: one that is enqueued meanwhile is another message, though it is due at the same time. */
  const handedOut = new Map<string, DueMessage>();
  let tell = (_at: Instant) => {};
  const enqueue = async ({ deliveryId, hops }: QueueMessage, at: Instant) => {
    handedOut.delete(deliveryId);
    await write(() => set.run(Math.ceil(at), hops, deliveryId));
    tell(at);
  };

  return {
    longestChain: Number.POSITIVE_INFINITY,
    // The row says by its state who works on it, so both are the same here.
    enqueueSend: enqueue,
    enqueueTrack: enqueue,
    dueMessages(kind, now, limit) {
      return due[kind].all(now, limit).map((row) => {
        const message = { deliveryId: String(row.id), hops: Number(row.hops), kind, at: Number(row.next_at) };
        const known = handedOut.get(message.deliveryId);
        if (known?.kind === kind && known.at === message.at) return known;
        handedOut.set(message.deliveryId, message);
        return message;
      });
    },
    nextMessageAt(now) {
      const at = next.get(now)?.at;
      return typeof at === 'number' ? at : undefined;
    },
    onEnqueue(listen) {
      tell = listen;
    },
    async settle(message) {
      const { deliveryId, at } = message;
      if (handedOut.get(deliveryId) !== message) return;
      handedOut.delete(deliveryId);
      // Mostly the delivery's own write has cleared it already; a look costs less than a commit.
      if (current.get(deliveryId)?.next_at === at) await write(() => clear.run(deliveryId, at));
    },
  };
}
