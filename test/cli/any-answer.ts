import fc from 'fast-check';
import { odd } from './any-line.ts';

const schedule = {
  id: 'eod',
  pools: ['finance'],
  cron: '0 18 * * *',
  message: 'Bye at {{eventTime}} UTC.',
  leadTimes: ['1h', { before: '15m', message: 'Soon.' }],
};
/** A schedule file in which nothing is wrong. */
export const table = {
  defaults: { timeZone: 'Asia/Shanghai' },
  calendars: { off: { exclude: ['2026-11-25'] } },
  schedules: [schedule],
};
/** A file of faults in which nothing is wrong. */
export const faults = [
  {
    at: '2026-11-24T18:00:00Z',
    match: { pool: 'finance', operation: 'sendToPool' },
    answer: '503',
    times: 2,
  },
];

const warning = { code: 'x', params: {}, path: 'pools', message: 'odd' };
const acted = {
  rev: 2,
  eventAt: '2026-11-24T18:00:00.000Z',
  movedTo: '2026-11-24T19:00:00.000Z',
  timeZone: 'Asia/Shanghai',
  goingOut: [{ pool: 'finance', eventAt: '2026-11-24T18:00:00Z', dueAt: '2026-11-24T17:00:00Z' }],
  alreadyWarned: ['finance'],
  notified: ['finance'],
  warnings: [warning],
};
const attempt = {
  n: 1,
  at: '2026-11-24T18:00:00.123Z',
  endedAt: '2026-11-24T18:00:01.123Z',
  text: 'Bye.',
  status: 200,
  jobId: 'j',
};
const job = {
  status: 'SUCCESS',
  polledAt: '2026-11-24T18:00:20Z',
  total: 2,
  succeeded: 1,
  failed: 1,
  failures: [{ desktopName: 'd', status: 'FAIL', errorCode: 'e', reason: 'r' }],
};
const delivery = {
  deliveryId: 'eod.1.a',
  scheduleId: 'eod',
  rev: 1,
  pool: { id: 'p', name: 'finance' },
  eventAt: '2026-11-24T18:00:00Z',
  leadTime: '0m',
  dueAt: '2026-11-24T18:00:00Z',
  deadline: '2026-11-24T18:05:00Z',
  state: 'delivered',
  reason: 'all',
  jobId: 'j',
  desktops: { total: 2, delivered: 1 },
  attempts: [attempt],
  job,
};
const stored = {
  ...schedule,
  timeZone: 'UTC',
  enabled: true,
  rev: 1,
  status: { owner: 'file', pause: { until: '2026-11-24T18:00:00Z' } },
};
const huaweiPool = { id: 'p', name: 'finance', status: 'STEADY', desktop_count: 3 };
/** What Deskbell answers, by the end of the path. */
const rightAnswers: Record<string, unknown> = {
  health: {
    status: 'ok',
    lastTickAt: '2026-11-24T08:59:30Z',
    planErrors: [{ scheduleId: 'eod', message: 'm' }],
    gate: { state: 'closed', until: 'T', reason: 'r' },
  },
  schedules: { items: [stored], nextCursor: 'c' },
  deliveries: { items: [delivery], nextCursor: 'c' },
  audit: {
    items: [
      {
        scheduleId: 'eod',
        rev: 1,
        at: '2026-11-24T18:00:00Z',
        who: 'a',
        what: 'pause',
        why: 'w',
        eventAt: '2026-11-24T18:00:00Z',
        movedTo: '2026-11-24T18:00:00Z',
      },
    ],
  },
  pools: {
    items: [{ id: 'p', name: 'finance', status: 'STEADY', desktopCount: 3 }],
    asOf: '2026-11-24T08:59:30Z',
  },
  apply: {
    created: ['a'],
    changed: [],
    unchanged: ['b'],
    deleted: [],
    failed: [{ id: 'c', message: 'm' }],
    warnings: [warning],
  },
  notifications: { scheduleId: 'adhoc-1', warnings: [warning] },
  delivery,
  acted,
  problem: {
    title: 'Bad Request',
    status: 400,
    code: 'INVALID_INPUT',
    detail: 'd',
    problems: [{ path: 'pools', code: 'x', params: {}, message: 'm' }],
  },
};

function rightAnswer(path: string): unknown {
  const [, , call = '', id, act] = path.split('/');
  // Huawei's list stands behind the project.
  if (id === 'desktop-pools') return { desktop_pools: [huaweiPool], total_count: 1 };
  if (call === 'deliveries' && id !== undefined) return delivery;
  return act === undefined ? rightAnswers[call] : acted;
}

/** What takes the place of which part of a value. */
export type Change = { at: number; value: unknown };
export const change: fc.Arbitrary<Change | undefined> = fc.option(
  fc.record({
    at: fc.nat({ max: 200 }),
    value: fc.oneof(fc.constant(undefined), fc.jsonValue({ maxDepth: 2 })),
  }),
  { nil: undefined, freq: 2 },
);

/** The same value with one thing in it, at any depth, replaced. */
export function changed(value: unknown, wanted: Change | undefined): unknown {
  if (wanted === undefined) return value;
  let left = wanted.at % placesIn(value);
  const walk = (part: unknown): unknown => {
    if (left-- === 0) return wanted.value;
    if (Array.isArray(part)) return part.map(walk);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([name, inner]) => [name, walk(inner)]));
  };
  return walk(value);
}

function placesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((sum, inner) => sum + placesIn(inner), 1);
}

/** How a server, Deskbell or none, answers one request. */
export type Answering = {
  kind: 'right' | 'problem' | 'json' | 'text' | 'cut' | 'refused';
  status: number;
  change: Change | undefined;
  text: string;
};
export const answering: fc.Arbitrary<Answering> = fc.record({
  kind: fc.constantFrom('right', 'right', 'right', 'problem', 'json', 'text', 'cut', 'refused'),
  status: fc.constantFrom(
    200,
    200,
    200,
    201,
    204,
    302,
    400,
    401,
    403,
    404,
    409,
    412,
    422,
    429,
    500,
    502,
    503,
  ),
  change,
  text: fc.oneof(
    fc.constant('<!doctype html><h1>Bad gateway</h1>'),
    fc.constant(''),
    fc.constant('null'),
    fc.json(),
    odd,
  ),
});

/** The answer to a request for that path; throws as `fetch` does when there is none. */
export function answer({ kind, status, change: wanted, text }: Answering, path: string): Response {
  if (kind === 'refused') throw new TypeError('fetch failed', { cause: new Error('ECONNRESET') });
  const init = { status };
  if (status === 204) return new Response(null, init);
  if (kind === 'right') return Response.json(changed(rightAnswer(path), wanted) ?? null, init);
  if (kind === 'problem') return Response.json(changed(rightAnswers.problem, wanted) ?? null, init);
  if (kind === 'json') return Response.json(wanted?.value ?? null, init);
  if (kind === 'text') return new Response(text, init);
  const body = new ReadableStream({
    pull(controller) {
      controller.enqueue(new TextEncoder().encode('{"items": ['));
      controller.error(new TypeError('terminated'));
    },
  });
  return new Response(body, init);
}
