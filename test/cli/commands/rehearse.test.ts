import { describe, expect, it } from 'vitest';
import { run } from '../run.ts';

type Line = Record<string, string | null>;

/** One schedule that is right in everything; a test writes only what it is about. */
function tableOf(...schedules: Record<string, unknown>[]): string {
  return JSON.stringify({
    calendars: { holidays: { exclude: ['2026-12-24..2026-12-26'], include: ['2026-12-27'] } },
    schedules: schedules.map((fields, i) => ({
      id: `s${i}`,
      pools: ['engineering'],
      message: 'Save your work.',
      ...(fields.at === undefined ? { cron: '0 18 * * *' } : {}),
      ...fields,
    })),
  });
}

type Window = { from: string; to: string; faults?: unknown; environment?: Record<string, string> };

async function rehearse(table: string, { from, to, faults, environment = {} }: Window, ...more: string[]) {
  const files = { 'table.json': table, ...(faults === undefined ? {} : { faults: JSON.stringify(faults) }) };
  const asked = faults === undefined ? [] : ['--faults', 'faults'];
  const args = ['rehearse', 'table.json', '--from', from, '--to', to, ...asked, ...more];
  const result = await run(args, { files, environment });
  expect(result.requests).toEqual([]);
  return result;
}

async function linesOf(table: string, window: Window): Promise<Line[]> {
  const { exitCode, out, err } = await rehearse(table, window, '--json');
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
  return out === '' ? [] : out.split('\n').map((line) => JSON.parse(line) as Line);
}

const evening = { from: '2026-12-01T17:00:00Z', to: '2026-12-01T19:00:00Z' };

describe('deskbell rehearse --json', () => {
  it('prints one line for each delivery, with every field', async () => {
    const table = tableOf({
      pools: ['engineering', '研发一部'],
      leadTimes: ['15m'],
      message: '{{pool}}: {{timeLeft}}.',
    });
    const [first, second, ...others] = await linesOf(table, evening);
    expect(others).toEqual([]);
    expect(new Set([first?.pool, second?.pool])).toEqual(new Set(['engineering', '研发一部']));
    const engineering = [first, second].find((line) => line?.pool === 'engineering');
    expect(engineering).toEqual({
      deliveryId: expect.stringMatching(/^s0\.0[0-9a-z]{6}\.[0-9a-f]{24}$/),
      scheduleId: 's0',
      pool: 'engineering',
      eventAt: '2026-12-01T18:00:00.000Z',
      leadTime: '15m',
      dueAt: '2026-12-01T17:45:00.000Z',
      sentAt: '2026-12-01T17:45:00.000Z',
      text: 'engineering: 15 minutes.',
      state: 'delivered',
      jobId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      reason: 'Huawei reports success for all 12 desktops',
    });
  });

  it('takes what is due from the first instant to before the last', async () => {
    const table = tableOf({ cron: '* * * * *' });
    const window = { from: '2026-12-01T17:00:00Z', to: '2026-12-01T17:03:00Z' };
    const due = (await linesOf(table, window)).map(({ dueAt }) => dueAt?.slice(11, 16));
    expect(due).toEqual(['17:00', '17:01', '17:02']);
  });

  it('follows jobs to their ends beyond the window', async () => {
    const window = { ...evening, to: '2026-12-01T18:00:01Z' };
    expect(await linesOf(tableOf({ pools: ['finance'] }), window)).toMatchObject([
      { state: 'partial', reason: '2 of 8 desktops failed' },
    ]);
  });

  it('is the same each time', async () => {
    const table = tableOf({ cron: '*/7 * * * *', pools: ['finance', 'lab'] }, { leadTimes: ['1h', '90s'] });
    expect(await linesOf(table, evening)).toEqual(await linesOf(table, evening));
  });

  it('prints nothing when nothing is due', async () => {
    expect(await linesOf(tableOf({ enabled: false }), evening)).toEqual([]);
  });

  it.each([
    ['a skipped fixed time fires once, after the gap', '30 2 * * *', '2026-03-29', ['01:00']],
    ['a skipped minute of a wildcard never comes', '30 2,* * * *', '2026-03-29', 23],
    ['a repeated fixed time fires once, the first time', '30 2 * * *', '2026-10-25', ['00:30']],
    ['a repeated minute of a wildcard comes twice', '30 * * * *', '2026-10-25', 25],
  ])('%s', async (_, cron, date, expected) => {
    const table = tableOf({ cron, timeZone: 'Europe/Berlin' });
    const noonBefore = new Date(Date.parse(`${date}T00:00:00Z`) - 1).toISOString();
    // The local day, which the change of the clocks makes 23 or 25 hours long.
    const isSpring = date === '2026-03-29';
    const from = `${noonBefore.slice(0, 10)}T${isSpring ? '23' : '22'}:00:00Z`;
    const to = `${date}T${isSpring ? '22' : '23'}:00:00Z`;
    const due = (await linesOf(table, { from, to })).map(({ dueAt }) => dueAt?.slice(11, 16));
    expect(typeof expected === 'number' ? due.length : due).toEqual(expected);
  });

  it('leaves out holidays and brings in the days that make up for them', async () => {
    // 27 December 2026 is a Sunday.
    const table = tableOf({ cron: '0 18 * * 1-5', calendars: ['holidays'] });
    const window = { from: '2026-12-21T00:00:00Z', to: '2026-12-28T00:00:00Z' };
    const lines = await linesOf(table, window);
    expect(lines.map(({ dueAt, state }) => `${dueAt?.slice(8, 10)} ${state}`)).toEqual([
      '21 delivered',
      '22 delivered',
      '23 delivered',
      '24 skipped',
      '25 skipped',
      '27 delivered',
    ]);
    expect(lines[3]).toMatchObject({
      sentAt: null,
      text: null,
      jobId: null,
      reason: 'the calendar holidays excludes that day',
    });
  });

  it('lets as many through as the environment allows before their deadlines', async () => {
    const pools = Array.from({ length: 30 }, (_, i) => `pool-${i}`);
    const table = tableOf({ pools, maxLateness: '1m' });
    const environment = { DESKBELL_SENDS_PER_MINUTE: '10' };
    const lines = await linesOf(table, { ...evening, environment });
    const states = Map.groupBy(lines, ({ state }) => state);
    expect([...states].map(([state, group]) => [state, group.length]).sort()).toEqual([
      ['delivered', 10],
      ['expired', 20],
    ]);
    expect(states.get('expired')?.[0]?.reason).toMatch(/limit of 10 a minute/);
  });

  it('sends late what the limit holds up within the deadline', async () => {
    const pools = Array.from({ length: 30 }, (_, i) => `pool-${i}`);
    const environment = { DESKBELL_SENDS_PER_MINUTE: '10' };
    const lines = await linesOf(tableOf({ pools }), { ...evening, environment });
    const late = lines.map(
      ({ sentAt, dueAt }) => (Date.parse(sentAt ?? '') - Date.parse(dueAt ?? '')) / 1_000,
    );
    expect(late.sort((a, b) => a - b)).toEqual([
      ...new Array(10).fill(0),
      ...new Array(10).fill(62),
      ...new Array(10).fill(124),
    ]);
  });

  it.each([
    ['503', 'delivered', true],
    ['429', 'delivered', true],
    ['403', 'rejected', false],
    ['reset-after-read', 'unknown', true],
    ['no-job-id', 'unknown', true],
    ['hang', 'unknown', true],
    ['late', 'unknown', true],
  ])('plays the fault %s: ends as %s', async (answer, state, isSent) => {
    const faults = [{ match: { operation: 'sendToPool', pool: 'lab' }, answer }];
    const lines = await linesOf(tableOf({ pools: ['engineering', 'lab'] }), { ...evening, faults });
    const [lab] = lines.filter(({ pool }) => pool === 'lab');
    expect(lab).toMatchObject({ state, jobId: state === 'delivered' ? expect.any(String) : null });
    expect(lab?.sentAt !== null).toBe(isSent);
    expect(lines.find(({ pool }) => pool === 'engineering')).toMatchObject({ state: 'delivered' });
  });

  it('plays a fault from its time on, as often as it says', async () => {
    const faults = [
      { at: '2026-12-01T17:02:00Z', match: { operation: 'sendToPool' }, answer: 400, times: 2 },
    ];
    const window = { from: '2026-12-01T17:00:00Z', to: '2026-12-01T17:06:00Z', faults };
    const states = (await linesOf(tableOf({ cron: '* * * * *' }), window)).map(({ state }) => state);
    expect(states).toEqual(['delivered', 'delivered', 'rejected', 'rejected', 'delivered', 'delivered']);
  });

  it('makes an outage at Huawei expire what has become useless', async () => {
    const faults = [{ match: { operation: 'sendToPool' }, answer: '500', times: 1_000 }];
    const lines = await linesOf(tableOf({}), { ...evening, faults });
    expect(lines).toMatchObject([{ state: 'expired', sentAt: null, text: null }]);
  });
});

describe('deskbell rehearse', () => {
  it('counts by schedule, by pool and by day', async () => {
    const table = tableOf({ pools: ['engineering', 'support'] }, { cron: '0 12 * * *' });
    const window = { from: '2026-12-01T00:00:00Z', to: '2026-12-03T00:00:00Z' };
    const { out } = await rehearse(table, window);
    expect(out.split('\n')).toEqual([
      '2026-12-01 00:00:00Z to 2026-12-03 00:00:00Z: 6 deliveries of 2 schedules. Nothing was sent.',
      '',
      'SCHEDULE  SENT  SKIPPED  EXPIRED  REJECTED  UNKNOWN',
      's0        4     0        0        0         0',
      's1        2     0        0        0         0',
      '',
      'POOL         SENT  SKIPPED  EXPIRED  REJECTED  UNKNOWN',
      'engineering  4     0        0        0         0',
      'support      2     0        0        0         0',
      '',
      'DAY (UTC)   SENT  SKIPPED  EXPIRED  REJECTED  UNKNOWN',
      '2026-12-01  3     0        0        0         0',
      '2026-12-02  3     0        0        0         0',
      '',
      'Nothing odd.',
    ]);
  });

  it('counts a long window by month', async () => {
    const { out } = await rehearse(tableOf({}), { from: '2026-01-01T00:00:00Z', to: '2026-04-01T00:00:00Z' });
    expect(out).toMatch(/^MONTH \(UTC\).*\n2026-01 +31 .*\n2026-02 +28 .*\n2026-03 +31 /m);
  });

  it('points out clock changes', async () => {
    const berlin = { timeZone: 'Europe/Berlin' };
    const table = tableOf(
      { ...berlin, cron: '30 2 * * *' },
      { ...berlin, cron: '*/30 * * * *' },
      { ...berlin, at: '2026-03-29T02:15' },
      { ...berlin, cron: '30 4 * * *' },
      { cron: '30 2 * * *' },
    );
    const spring = await rehearse(table, { from: '2026-03-28T12:00:00Z', to: '2026-03-29T12:00:00Z' });
    expect(spring.out.split('\n').filter((line) => line.startsWith('- '))).toEqual([
      '- s0: the clocks of Europe/Berlin change and 2026-03-29 02:30 does not exist: one event, at 2026-03-29 01:00:00Z',
      '- s1: the clocks of Europe/Berlin change and 2026-03-29 02:00 and 1 more do not exist: no event for it',
      '- s2: the clocks of Europe/Berlin change and 2026-03-29 02:15 does not exist: one event, at 2026-03-29 01:00:00Z',
    ]);
    const autumn = await rehearse(table, { from: '2026-10-24T12:00:00Z', to: '2026-10-25T12:00:00Z' });
    expect(autumn.out.split('\n').filter((line) => line.startsWith('- '))).toEqual([
      '- s0: the clocks of Europe/Berlin change and 2026-10-25 02:30 comes twice: one event, at 2026-10-25 00:30:00Z',
      '- s1: the clocks of Europe/Berlin change and 2026-10-25 02:00 and 1 more come twice: an event each time',
    ]);
  });

  it('points out what did not go well', async () => {
    const faults = [
      { match: { operation: 'sendToPool' }, answer: 'reset-after-read' },
      { match: { operation: 'sendToPool' }, answer: '400', times: 2 },
    ];
    const window = { from: '2026-12-01T17:00:00Z', to: '2026-12-01T17:05:00Z', faults };
    const { out } = await rehearse(tableOf({ cron: '* * * * *' }), window);
    expect(out.split('\n').filter((line) => line.startsWith('- '))).toEqual([
      '- s0, due 2026-12-01 17:00:00Z: unknown: the request may have arrived: the request left, and then: the connection was cut',
      expect.stringMatching(
        /^- s0, due 2026-12-01 17:01:00Z: rejected, and 1 more like it: Huawei refused it: /,
      ),
    ]);
  });

  it('points out excluded days, crowds, pools that it made up, and faults that met nothing', async () => {
    const pools = Array.from({ length: 12 }, (_, i) => `pool-${i}`);
    const table = tableOf({ calendars: ['holidays'] }, { pools, cron: '0 9 * * *', maxLateness: '1m' });
    const window = {
      from: '2026-12-24T00:00:00Z',
      to: '2026-12-26T00:00:00Z',
      faults: [
        { at: '2027-01-01T00:00:00Z', answer: '503' },
        { match: { operation: 'decodeAuthorizationMessage' }, answer: '503' },
        { match: { operation: 'showJob' }, answer: '500', times: 500 },
      ],
      environment: { DESKBELL_SENDS_PER_MINUTE: '10' },
    };
    const { out } = await rehearse(table, window);
    expect(out.split('\n').filter((line) => line.startsWith('- '))).toEqual([
      '- 2026-12-24 09:00:00Z: 12 deliveries in one minute, more than the limit of 10, 2 not at all before their deadlines; spread them',
      '- 2026-12-25 09:00:00Z: 12 deliveries in one minute, more than the limit of 10, 2 not at all before their deadlines; spread them',
      '- s0: the calendar holidays excludes 2026-12-24, 2026-12-25',
      `- pools that the simulator does not have, and that were taken for pools of one desktop: ${pools.join(', ')}`,
      '- 2 of the faults met no call',
    ]);
  });
});

describe('what cannot be rehearsed', () => {
  const span = ['--from', evening.from, '--to', evening.to];

  it.each<[string, string[], RegExp]>([
    ['a missing begin', ['rehearse', 'good', '--to', evening.to], /--from is missing/],
    ['a missing end', ['rehearse', 'good', '--from', evening.from], /--to is missing/],
    [
      'an end before the begin',
      ['rehearse', 'good', '--from', evening.to, '--to', evening.from],
      /to: must be after from/,
    ],
    [
      'a time without a zone',
      ['rehearse', 'good', '--from', '2026-12-01', '--to', evening.to],
      /from: must be an instant/,
    ],
    ['a missing file', ['rehearse', 'none', ...span], /there is no file none/],
    ['a table with problems', ['rehearse', 'bad', ...span], /^bad:4: schedules\[0\]\.cron: hour/m],
    [
      'faults with problems',
      ['rehearse', 'good', ...span, '--faults', 'faults'],
      /^faults:2: \[1\]\.answer: must be one of 400, .*not "418"$/m,
    ],
    [
      'a pool where no pool is named',
      ['rehearse', 'good', ...span, '--faults', 'faults'],
      /^faults:3: \[2\]\.match\.operation: must be one of sendToPool, /m,
    ],
    [
      'a pool that nobody has',
      ['rehearse', 'good', ...span, '--faults', 'faults'],
      /^faults:4: \[3\]\.match\.pool: must be one of finance, /m,
    ],
    [
      'an unknown field',
      ['rehearse', 'good', ...span, '--faults', 'faults'],
      /^faults:5: \[4\]\.when: is not a known field/m,
    ],
  ])('is refused: %s', async (_, args, message) => {
    const files = {
      good: tableOf({}),
      bad: 'schedules:\n  - id: eod\n    pools: [finance]\n    cron: "0 25 * * *"\n    message: Bye\n',
      faults: [
        '- { answer: 503 }',
        '- { answer: 418 }',
        '- { answer: 503, match: { operation: showJob, pool: finance } }',
        '- { answer: 503, match: { pool: nowhere } }',
        '- { answer: 503, when: 2026-12-01T17:00:00Z }',
      ].join('\n'),
    };
    const { exitCode, out, err } = await run(args, { files });
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    expect(err).toMatch(message);
  });

  it('is refused: a limit that is none', async () => {
    const environment = { DESKBELL_SENDS_PER_MINUTE: 'many', HUAWEICLOUD_SDK_PROJECT_ID: 'no matter' };
    const { exitCode, err } = await run(['rehearse', 'good', ...span], {
      files: { good: tableOf({}) },
      environment,
    });
    expect(exitCode).toBe(2);
    expect(err).toMatch(/DESKBELL_SENDS_PER_MINUTE must be a whole number/);
    expect(err).not.toMatch(/PROJECT_ID/);
  });
});
