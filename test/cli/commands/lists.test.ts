import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { run } from '../run.ts';

const environment = { DESKBELL_TOKEN: 'a-token' };
const delivery = {
  deliveryId: 'eod.x',
  pool: { name: '研发一部' },
  leadTime: '15m',
  dueAt: '2026-11-24T17:45:00.000Z',
  state: 'partial',
  reason: '1 of 3 desktops failed',
  jobId: 'job-1',
  desktops: { total: 3, delivered: 2, failed: 1 },
};
const waiting = {
  ...{ deliveryId: 'patch-night.y', pool: { name: 'support' }, leadTime: '0m' },
  ...{ dueAt: '2026-11-24T17:40:00.000Z', state: 'pending' },
};

it('writes out what would command the terminal, whoever said it', async () => {
  const hostile = {
    ...delivery,
    pool: { name: '\u001b]0;owned\u0007' },
    jobId: '\u009b2J',
    reason: 'a\u202eb',
  };
  const { out } = await run(['deliveries'], { environment, api: () => Response.json({ items: [hostile] }) });
  expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
  const refusal = Response.json(
    { error: { code: 'INVALID_INPUT', message: 'no\u001b[2Jpe' } },
    { status: 400 },
  );
  const { err } = await run(['deliveries'], { environment, api: () => refusal });
  expect(err.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
});

describe('deskbell deliveries', () => {
  it('prints a table whose columns stand under each other, whatever the script', async () => {
    const api = () => Response.json({ items: [delivery, waiting] });
    const { exitCode, out, err } = await run(['deliveries'], { environment, api });
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    expect(out.split('\n')).toEqual([
      'DUE (UTC)             ID             POOL      LEAD  STATE    JOB_ID  DESKTOPS  REASON',
      '2026-11-24 17:45:00Z  eod.x          研发一部  15m   partial  job-1   2/3       1 of 3 desktops failed',
      '2026-11-24 17:40:00Z  patch-night.y  support   0m    pending  -       -',
    ]);
  });

  it('passes its filters on, and shows who asks', async () => {
    const filters = [
      '--state',
      'trouble',
      '--state',
      'pending',
      '--pool',
      '研发',
      '--from',
      '2026-11-24T00:00:00+08:00',
    ];
    const { requests } = await run(['deliveries', ...filters], {
      environment: { ...environment, DESKBELL_URL: 'https://deskbell.example/base/' },
      api: () => Response.json({ items: [] }),
    });
    const url = new URL(requests[0]?.url ?? '');
    expect(url.origin + url.pathname).toBe('https://deskbell.example/base/v1/deliveries');
    expect([...url.searchParams]).toEqual([
      ['pool', '研发'],
      ['state', 'trouble'],
      ['state', 'pending'],
      ['from', '2026-11-24T00:00:00+08:00'],
    ]);
    expect(requests[0]?.headers.get('authorization')).toBe('Bearer a-token');
  });

  it('says where the next page begins', async () => {
    const api = () => Response.json({ items: [waiting], nextCursor: '1~y' });
    expect((await run(['deliveries'], { environment, api })).err).toBe('more: --cursor 1~y');
  });

  const reason = '拒绝'.repeat(60);
  it.each([
    ['to 80 columns where nobody watches', undefined, () => 80],
    ['to what the terminal has left', 140, (before: number) => 140 - before],
    ['to no less than 20 columns', 60, () => 20],
    ['not at all where there is room', 400, () => 240],
  ])('cuts long reasons %s', async (_, width, columnsAfter) => {
    const api = () => Response.json({ items: [{ ...delivery, pool: { name: 'a pool' }, reason }] });
    const { out } = await run(['deliveries'], {
      environment,
      api,
      ...(width === undefined ? {} : { width }),
    });
    const [heads = '', row = ''] = out.split('\n');
    const before = heads.indexOf('REASON');
    const [shown, columns] = [row.slice(before), columnsAfter(before)];
    expect(stringWidth(shown)).toBeLessThanOrEqual(columns);
    expect(stringWidth(shown)).toBeGreaterThan(columns - 2);
    expect(shown.endsWith('…')).toBe(columns < 240);
  });

  it.each([
    [[], 'no deliveries'],
    [['--schedule', 'nope', '--limit', '5'], 'no deliveries for schedule nope'],
    [['--state', 'trouble', '--pool', 'x'], 'no deliveries for pool x, state trouble'],
  ])('says what it did not find: %j', async (options, told) => {
    const api = () => Response.json({ items: [] });
    expect((await run(['deliveries', ...options], { environment, api })).out).toBe(told);
  });

  it.each([
    [['deliveries', '--pool', 'x'], 'no deliveries for pool x so far'],
    [['audit', '--pool', 'x'], 'no acts so far'],
  ])('says that the search goes on: %j', async (args, told) => {
    const api = () => Response.json({ items: [], nextCursor: 'c' });
    const { out, err } = await run(args, { environment, api });
    expect([out, err]).toEqual([told, 'more: --cursor c']);
  });

  it('prints the answer itself with --json', async () => {
    const list = { items: [delivery], nextCursor: '1~x' };
    const { out } = await run(['deliveries', '--json'], { environment, api: () => Response.json(list) });
    expect(JSON.parse(out)).toEqual(list);
  });

  it('does not let a text move the cursor', async () => {
    const evil = { ...waiting, pool: { name: 'a\u001b[2Jb\nc' } };
    const { out } = await run(['deliveries'], { environment, api: () => Response.json({ items: [evil] }) });
    expect(out.split('\n')).toHaveLength(2);
    expect(out).not.toContain('\u001b');
  });
});

describe('deskbell schedules', () => {
  it('gathers all pages', async () => {
    const item = (id: string, more = {}) => ({
      ...{ id, cron: '0 18 * * *', timeZone: 'UTC', leadTimes: ['15m', { before: '0m', message: 'x' }] },
      ...{ pools: ['finance'], enabled: true, rev: 1, status: { owner: 'file' }, ...more },
    });
    const broken = item('b', { status: { owner: 'console', planError: 'no such zone' } });
    const paused = (id: string, pause: object) => item(id, { status: { owner: 'file', pause } });
    const others = [
      paused('c', {}),
      paused('d', { until: '2026-11-24T12:00:00.000Z' }),
      { ...paused('e', {}), enabled: false },
    ];
    const { out, requests } = await run(['schedules'], {
      environment,
      api: ({ url }) =>
        Response.json(
          url.includes('cursor=a') ? { items: [broken, ...others] } : { items: [item('a')], nextCursor: 'a' },
        ),
    });
    expect(requests).toHaveLength(2);
    expect(out.split('\n').map((line) => line.split(/ {2,}/).at(-1))).toEqual([
      'STATE',
      'enabled',
      'cannot be planned: no such zone',
      'paused',
      'paused until 2026-11-24 12:00:00Z',
      'disabled',
    ]);
  });
});

describe('deskbell pools', () => {
  it('says how old the list is', async () => {
    const items = [
      { id: 'p1', name: 'finance', status: 'STEADY', desktopCount: 8 },
      { id: 'p2', name: 'spare' },
    ];
    const api = () => Response.json({ items, asOf: '2026-11-24T08:59:30.000Z' });
    const { out } = await run(['pools'], { environment, api });
    expect(out.split('\n')).toEqual([
      'NAME     ID  DESKTOPS  STATUS',
      'finance  p1  8         STEADY',
      'spare    p2  -         -',
      '',
      'as of 2026-11-24 08:59:30Z',
    ]);
  });
});

describe('when the server does not help', () => {
  const refused = () =>
    Response.json(
      { status: 401, detail: 'the token is not known; send "Authorization: Bearer TOKEN"' },
      { status: 401 },
    );

  it('says what to start when nothing listens', async () => {
    const { exitCode, err } = await run(['pools'], { environment });
    expect(exitCode).toBe(1);
    expect(err).toMatch(/no answer from http:\/\/localhost:3000 \(ECONNREFUSED\).*npm start.*DESKBELL_URL/);
  });

  it.each([
    ['http://localhost:3000', 'Bearer secret-two'],
    ['http://127.0.0.1:8080/base', 'Bearer secret-two'],
    ['http://[::1]:3000', 'Bearer secret-two'],
    ['https://deskbell.example', null],
    ['https://localhost.example', null],
    ['http://127.0.0.1.example', null],
  ])('shows the token of this machine to nobody else: %s', async (DESKBELL_URL, shown) => {
    const files = { '.deskbell/token': 'secret-two\n' };
    const api = () => Response.json({ items: [] });
    const { requests } = await run(['pools'], { environment: { DESKBELL_URL }, files, api });
    expect(requests[0]?.headers.get('authorization')).toBe(shown);
  });

  it('shows no token to a server that it cannot know', async () => {
    const trusting = { ...environment, NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    const remote = { ...trusting, DESKBELL_URL: 'https://deskbell.example' };
    const { exitCode, err, requests } = await run(['pools'], { environment: remote, api: refused });
    expect([exitCode, requests]).toEqual([2, []]);
    expect(err).toContain('NODE_EXTRA_CA_CERTS');
    expect((await run(['pools'], { environment: trusting, api: refused })).requests).toHaveLength(1);
  });

  it('says that there is no token, and where it looked', async () => {
    const { exitCode, err } = await run(['pools'], { api: refused });
    expect(exitCode).toBe(1);
    expect(err).toContain('set DESKBELL_TOKEN; a token file (.deskbell/token) is read only');
  });

  it.each([
    [{ DESKBELL_TOKEN: 'secret-one' }, 'the token from DESKBELL_TOKEN'],
    [{ DESKBELL_DATA_DIR: '/data' }, 'the token from /data/token'],
  ])('says which token was refused, but not the token: %j', async (given, expected) => {
    const { exitCode, err, requests } = await run(['pools'], {
      environment: given,
      files: { '/data/token': 'secret-two\n' },
      api: refused,
    });
    expect(exitCode).toBe(1);
    expect(err).toContain(expected);
    expect(err).toMatch(/another Deskbell\? Set DESKBELL_URL .* DESKBELL_TOKEN/);
    expect(err).not.toMatch(/secret|Authorization/);
    expect(requests[0]?.headers.get('authorization')).toMatch(/^Bearer secret-(one|two)$/);
  });

  it.each(['secret\none', 'secret\u0000', 'secret’s', ' \n\u0000secret'])(
    'sends no token that is none: %j',
    async (token) => {
      const { exitCode, err, requests } = await run(['pools'], { environment: { DESKBELL_TOKEN: token } });
      expect({ exitCode, err, requests }).toEqual({
        exitCode: 2,
        err: 'the token from DESKBELL_TOKEN holds characters that no token has; copy it again',
        requests: [],
      });
    },
  );

  it('passes on what the server says', async () => {
    const api = () => Response.json({ detail: 'the token "ci" is for the role viewer' }, { status: 403 });
    const { exitCode, out, err } = await run(['pools'], { environment, api });
    expect({ exitCode, out, err }).toEqual({
      exitCode: 1,
      out: '',
      err: 'the token "ci" is for the role viewer',
    });
  });

  it.each([
    ['an error page', () => new Response('<html>', { status: 502 })],
    ['a page', () => new Response('<html>')],
  ])('wonders about the address when it meets %s', async (_, api) => {
    const { exitCode, err } = await run(['pools'], { environment, api });
    expect({ exitCode, err }).toEqual({
      exitCode: 1,
      err: expect.stringContaining('is DESKBELL_URL right?'),
    });
  });

  it.each(['localhost:3000', 'ftp://x', 'nonsense'])('refuses DESKBELL_URL=%s', async (url) => {
    const { exitCode, err } = await run(['pools'], { environment: { DESKBELL_URL: url } });
    expect({ exitCode, err }).toEqual({
      exitCode: 2,
      err: expect.stringContaining('DESKBELL_URL must be like'),
    });
  });
});
