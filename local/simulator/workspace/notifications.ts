import { type Instant, isoOf } from '../../../lib/domain/time/instant.ts';
import { type Answer, badRequest, type Call } from '../answer.ts';
import { jsonObjectOf } from '../json.ts';
import { type Job, type Jobs, startJob } from './jobs.ts';
import { type Desktop, findPool, type Pool } from './pools.ts';

/** A request that took effect: a text that the desktops would have shown. */
type Notification = {
  /** Name and id of the pool; null when the text went to desktops by their ids. */
  readonly pool: string | null;
  readonly poolId: string | null;
  readonly desktopIds: readonly string[];
  readonly text: string;
  readonly at: Instant;
  readonly jobId: string;
  /** As received, lower-case names, without what could be used again. */
  readonly headers: Readonly<Record<string, string>>;
};

/** All notifications received, in order. */
export type Notifications = { items: Notification[]; dropped: number };

/** What takes notifications in: where they are kept, whose pools they are for, and who does the work. */
type Receiver = { notifications: Notifications; pools: readonly Pool[]; jobs: Jobs };

const notificationsKept = 100_000;
const secretHeaders = new Set(['x-security-token', 'x-auth-token', 'cookie']);

export function createNotifications(): Notifications {
  return { items: [], dropped: 0 };
}

/** Keeps `Authorization` but for its signature: which key signed which headers is worth a test. */
function withoutSecrets(headers: Call['headers']): Record<string, string> {
  const shown = Object.entries(headers).map(([name, value]) => {
    const text = String(value);
    if (secretHeaders.has(name)) return [name, '[removed]'];
    return [name, name === 'authorization' ? text.replace(/Signature=.*/, 'Signature=[removed]') : text];
  });
  return Object.fromEntries(shown);
}

function keep(notifications: Notifications, notification: Notification): void {
  if (notifications.items.length >= notificationsKept) {
    // A tenth at a time: moving all the others up for each one is slow.
    notifications.dropped += notifications.items.splice(0, notificationsKept / 10).length;
  }
  notifications.items.push(notification);
}

type Target = { pool: Pool | null; desktops: readonly Desktop[] };

function receive(state: Receiver, call: Call, text: string, { pool, desktops }: Target): Answer {
  const poolId = pool?.id ?? null;
  const job: Job = startJob(state.jobs, call.receivedAt, { poolId, desktops });
  const notification: Notification = {
    pool: pool?.name ?? null,
    poolId,
    desktopIds: pool === null ? desktops.map(({ id }) => id) : [],
    text,
    at: call.receivedAt,
    jobId: job.id,
    headers: withoutSecrets(call.headers),
  };
  keep(state.notifications, notification);
  return { status: 200, body: { job_id: job.id } };
}

function textOf({ notifications: text }: Record<string, unknown>): string {
  if (typeof text !== 'string' || text === '') throw badRequest('The field notifications must be a text.');
  return text;
}

/** POST desktop-pools/{pool}/notifications. */
export function sendToPool(state: Receiver, call: Call): Answer {
  const pool = findPool(state.pools, call.params.pool);
  return receive(state, call, textOf(jsonObjectOf(call.body)), { pool, desktops: [...pool.desktops] });
}

/** POST desktops/notifications; an id that no pool has refuses the whole request (a guess). */
export function sendToDesktops(state: Receiver, call: Call): Answer {
  const body = jsonObjectOf(call.body);
  const { desktop_ids: ids } = body;
  if (!Array.isArray(ids) || ids.length === 0)
    throw badRequest('The field desktop_ids must be a list of ids.');
  const known = new Map(
    state.pools.flatMap(({ desktops }) => desktops).map((desktop) => [desktop.id, desktop]),
  );
  const desktops = ids.map((id: unknown) => {
    const desktop = known.get(String(id));
    if (desktop === undefined) throw badRequest('A desktop in desktop_ids does not exist.');
    return desktop;
  });
  return receive(state, call, textOf(body), { pool: null, desktops });
}

/** What `GET /_simulator/notifications` shows; `dropped` only once the oldest had to go. */
export function notificationList({ items: kept, dropped }: Notifications): object {
  const items = kept.map(({ desktopIds, ...rest }) => ({
    ...rest,
    at: isoOf(rest.at),
    ...(rest.poolId === null ? { desktopIds } : {}),
  }));
  return dropped === 0 ? { items } : { items, dropped };
}

/** Forgets what was received; the jobs go on. */
export function clearNotifications(notifications: Notifications): void {
  notifications.items.length = 0;
  notifications.dropped = 0;
}
