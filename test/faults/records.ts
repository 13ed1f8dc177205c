import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What these tests read of a delivery. */
export type DeliveryAnswer = {
  deliveryId: string;
  scheduleId: string;
  state: string;
  reasonCode?: string;
  reason?: string;
  jobId?: string;
  dueAt: string;
  firstAttemptAt?: string;
};

/** The header with the token that Deskbell made in its data folder. */
export function authorizationOf(dataDir: string): { Authorization: string } {
  return { Authorization: `Bearer ${readFileSync(join(dataDir, 'token'), 'utf8').trim()}` };
}

/** All deliveries, page after page. */
export async function deliveriesOf(url: string, dataDir: string): Promise<DeliveryAnswer[]> {
  const headers = authorizationOf(dataDir);
  const items: DeliveryAnswer[] = [];
  let cursor = '';
  do {
    const query = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const answer = await fetch(`${url}/v1/deliveries?limit=200${query}`, { headers });
    const page = (await answer.json()) as { items: DeliveryAnswer[]; nextCursor?: string };
    items.push(...page.items);
    cursor = page.nextCursor ?? '';
  } while (cursor !== '');
  return items;
}

/** The texts that the simulator received. */
export async function textsAt(url: string): Promise<string[]> {
  const answer = await fetch(`${url}/_simulator/notifications`);
  const { items } = (await answer.json()) as { items: { text: string }[] };
  return items.map(({ text }) => text);
}
