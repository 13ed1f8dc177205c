import { poolIdAt } from '../pools.ts';
import type { Batch } from '../schedules.ts';

/** What a peer's process is told to do; it answers with a number when it is done. */
export type Order =
  /** To set up so many schedules that are due once a year, none of them soon. */
  | { kind: 'schedules'; count: number }
  /** To set up what is due at one instant each. */
  | { kind: 'jobs'; batches: Batch[] }
  /** To say how much of it has not been worked on yet, as far as anything of it outlives the process. */
  | { kind: 'count' };

/** Says that it is ready, and follows orders until its parent ends. */
export function follow(obey: (order: Order) => Promise<number>): void {
  process.on('message', async (order: Order) => {
    process.send?.(await obey(order));
  });
  // The way to the parent alone keeps it alive until there is something to wait for.
  process.channel?.ref();
  process.send?.('ready');
}

/** Sends one notification as a user of a peer would: it is not signed. */
export async function notify(endpoint: string, text: string): Promise<void> {
  const response = await fetch(`${endpoint}/v2/project/desktop-pools/${poolIdAt(0)}/notifications`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ notifications: text }),
  });
  await response.json();
}
