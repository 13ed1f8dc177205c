import type { Instant } from '../time/instant.ts';
import { keptNotices, type Notice } from './notice.ts';
import type { Schedule } from './schedule.ts';

/** Texts that a schedule holds at a time. */
export const mostNotices = 50;
/** Of a schedule with the text that is asked for: DynamoDB takes 400 kB, and an edit adds a definition and names. */
const mostBytes = 300_000;
/** Of one pool's id, and of the deliveries that an all-clear follows there: mostly one or two of their ids. */
const followedBytes = 500;
/** Of the text itself, in the bytes of its longest characters. */
const textBytes = 16_000;
/** Whether a schedule can hold one more text; what was promised already is never dropped for it. */
export function hasRoomForNotice(
  schedule: Schedule,
  kind: NonNullable<Notice['kind']>,
  now: Instant,
): boolean {
  const notices = keptNotices(schedule.notices, now);
  const { announcements = [], definition } = schedule;
  const pools = bytesOf(definition.pools);
  // Its pools, and where it is stopped. An all-clear also has their ids, and what it follows in each.
  const message = 2 * pools + textBytes;
  const allClear = 4 * pools + followedBytes * definition.pools.length + textBytes;
  const coming = announcements.length * allClear + (kind === 'message' ? message : allClear);
  return (
    notices.length + announcements.length < mostNotices &&
    bytesOf({ ...schedule, notices }) + coming < mostBytes
  );
}

function bytesOf(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}
