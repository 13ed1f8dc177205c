import { describe, expect, it } from 'vitest';
import { run } from '../run.ts';

const environment = { DESKBELL_TOKEN: 'a-token' };
const jobId = '6f2c';
const delivery = {
  deliveryId: 'eod.0tj9k1c.5f0d',
  scheduleId: 'eod',
  rev: 3,
  pool: { id: '1111', name: 'finance' },
  eventAt: '2026-11-24T18:00:00.000Z',
  leadTime: '15m',
  dueAt: '2026-11-24T17:45:00.000Z',
  firstAttemptAt: '2026-11-24T17:45:00.031Z',
  deadline: '2026-11-24T17:50:00.000Z',
  state: 'partial',
  reasonCode: 'some_failed',
  reasonParams: { failed: 1, total: 3 },
  reason: '1 of 3 desktops failed',
  jobId,
  desktops: { total: 3, delivered: 2, failed: 1 },
  acceptedAt: '2026-11-24T17:45:02.131Z',
  endedAt: '2026-11-24T17:45:17.200Z',
  attempts: [
    {
      ...{ n: 1, at: '2026-11-24T17:45:00.031Z', endedAt: '2026-11-24T17:45:00.090Z', poolId: '1111' },
      ...{
        text: 'Save.\n\n请保存。',
        status: 503,
        errorCode: 'APIG.1',
        error: 'it was busy',
        requestId: 'r1',
      },
    },
    {
      ...{ n: 2, at: '2026-11-24T17:45:02.080Z', endedAt: '2026-11-24T17:45:02.131Z', poolId: '1111' },
      ...{ text: 'Save.', status: 200, requestId: 'r2', jobId },
    },
  ],
  job: {
    ...{ status: 'SUCCESS', polledAt: '2026-11-24T17:45:17.200Z', total: 3, succeeded: 2, failed: 1 },
    failures: [
      { desktopName: 'fin-3', status: 'FAIL', errorCode: 'WKS.9', reason: 'the desktop is off\u001b[2J' },
    ],
  },
};
const pending = {
  ...{ deliveryId: 'eod.y', scheduleId: 'eod', rev: 1, pool: { name: 'support' }, leadTime: '0m' },
  ...{ eventAt: delivery.eventAt, dueAt: delivery.eventAt, deadline: delivery.eventAt, state: 'pending' },
  attempts: [],
};

describe('deskbell deliveries ID', () => {
  it('says why the desktops of a job could not be read, and no counts that nobody made', async () => {
    const { desktops: _counted, ...rest } = delivery;
    const desktopsUnreadable = 'WKS.403: no right';
    const job = { ...delivery.job, total: 30, succeeded: 0, failed: 0, failures: [], desktopsUnreadable };
    const api = () => Response.json({ ...rest, job: { ...job, failReason: 'WKS.9: two agents' } });
    const { out } = await run(['deliveries', delivery.deliveryId], { environment, api });
    expect(out).toContain('30, not read: WKS.403: no right');
    expect(out).toContain('WKS.9: two agents');
    expect(out).not.toContain('0 of 30');
  });

  it('shows one delivery with every attempt and with the desktops that failed', async () => {
    const { exitCode, out, requests } = await run(['deliveries', delivery.deliveryId], {
      environment,
      api: () => Response.json(delivery),
    });
    expect(exitCode).toBe(0);
    expect(requests.map(({ url }) => new URL(url).pathname)).toEqual(['/v1/deliveries/eod.0tj9k1c.5f0d']);
    expect(out.split('\n')).toEqual([
      'eod.0tj9k1c.5f0d',
      '  schedule    eod, revision 3',
      '  pool        finance (1111)',
      '  event       2026-11-24 18:00:00Z',
      '  due         2026-11-24 17:45:00Z, 15m before the event',
      '  deadline    2026-11-24 17:50:00Z',
      '  state       partial: some desktops received it, others failed',
      '  reason      1 of 3 desktops failed',
      '  accepted    2026-11-24 17:45:02Z',
      '  ended       2026-11-24 17:45:17Z',
      '  job_id      6f2c',
      '',
      'attempt 1',
      '  begun       2026-11-24 17:45:00.031Z',
      '  ended       2026-11-24 17:45:00.090Z',
      '  answer      HTTP 503',
      '  error code  APIG.1',
      '  error       it was busy',
      '  request id  r1',
      '  text        Save.',
      '',
      '              请保存。',
      '',
      'attempt 2',
      '  begun       2026-11-24 17:45:02.080Z',
      '  ended       2026-11-24 17:45:02.131Z',
      '  answer      HTTP 200',
      '  request id  r2',
      '  job_id      6f2c',
      '  text        Save.',
      '',
      'job',
      '  status      SUCCESS, asked 2026-11-24 17:45:17Z',
      '  desktops    2 of 3 received it, 1 failed',
      '  failed      fin-3: FAIL, WKS.9, the desktop is off\ufffd[2J',
    ]);
  });

  it('shows one that has not been tried', async () => {
    const { out } = await run(['deliveries', 'eod.y'], { environment, api: () => Response.json(pending) });
    expect(out.split('\n')).toEqual([
      'eod.y',
      '  schedule    eod, revision 1',
      '  pool        support',
      '  event       2026-11-24 18:00:00Z',
      '  due         2026-11-24 18:00:00Z, at the event',
      '  deadline    2026-11-24 18:00:00Z',
      '  state       pending: waits for its time, or for another try',
    ]);
  });

  it('shows a state that this version does not know as it is', async () => {
    const api = () => Response.json({ ...pending, state: 'constructor' });
    const { out } = await run(['deliveries', 'y'], { environment, api });
    expect(out.split('\n').at(-1)).toBe('  state       constructor');
  });

  it('says how an attempt stands that has no answer', async () => {
    const attempt = { n: 1, at: '2026-11-24T18:00:00.000Z', text: 'Save.', poolId: '1111' };
    const api = () => Response.json({ ...pending, state: 'sending', attempts: [attempt] });
    const { out } = await run(['deliveries', 'y'], { environment, api });
    expect(out).toMatch(/ended {7}not yet\n {2}answer {6}none/);
  });

  it('prints the whole answer with --json', async () => {
    const api = () => Response.json(delivery);
    const { out } = await run(['deliveries', 'eod.y', '--json'], { environment, api });
    expect(JSON.parse(out)).toEqual(delivery);
  });

  it('fails when there is none', async () => {
    const api = () => Response.json({ detail: 'there is no delivery of this id' }, { status: 404 });
    expect(await run(['deliveries', 'x/y'], { environment, api })).toMatchObject({
      exitCode: 1,
      err: 'there is no delivery of this id',
    });
  });

  it.each([
    [['eod.y', '--state', 'trouble'], 'leave the filters out'],
    [['eod.y', 'eod.z'], 'unexpected argument "eod.z"'],
  ])('refuses %j', async (args, message) => {
    const { exitCode, err } = await run(['deliveries', ...args], { environment });
    expect({ exitCode, err }).toEqual({ exitCode: 2, err: expect.stringContaining(message) });
  });
});
