import { describe, expect, it } from 'vitest';
import { run } from './run.ts';

const environment = { DESKBELL_TOKEN: 'a-token' };
const event = '2026-11-24T10:00:00Z';
const going = { pool: 'finance', eventAt: '2026-11-24T10:00:00.000Z', dueAt: '2026-11-24T09:50:00.000Z' };
const quiet = { rev: 2, goingOut: [], alreadyWarned: [], notified: [], warnings: [] };
const reason = ['--reason', 'The patch is late.'];
const why = 'The patch is late.';

/** Runs one act against an API that answers so; what it was asked comes back too. */
async function act(args: string[], answer: object = quiet) {
  const bodies: unknown[] = [];
  const api = async (request: Request) => {
    bodies.push(await request.json());
    return Response.json(answer);
  };
  const { exitCode, out, err, requests } = await run(args, { environment, api });
  const [request] = requests;
  const asked = request && `${request.method} ${new URL(request.url).pathname}`;
  return { exitCode, lines: out.split('\n'), err, asked, body: bodies[0] };
}

describe('an act', () => {
  it.each([
    [['pause', 'eod', ...reason], 'pause', { reason: why }, 'eod is paused until somebody resumes it'],
    [
      ['pause', 'eod', ...reason, '--until', event],
      'pause',
      { reason: why, until: event },
      `eod is paused until ${event}`,
    ],
    [['resume', 'eod'], 'resume', {}, 'eod is not paused any more'],
    [
      ['resume', 'eod', '--event', event, ...reason],
      'resume',
      { eventAt: event, reason: why },
      `eod: the event of ${event} takes place as it was written`,
    ],
    [
      ['skip', 'eod', '--event', event, ...reason],
      'skip',
      { eventAt: event, reason: why },
      `eod: the event of ${event} is skipped`,
    ],
    [
      ['postpone', 'eod', '--event', event, '--by', '1h', ...reason],
      'postpone',
      { eventAt: event, by: '1h', reason: why },
      `eod: the event of ${event} is moved by 1h`,
    ],
    [
      ['postpone', 'eod', '--event', event, '--to', '2026-11-24T11:00:00Z', ...reason],
      'postpone',
      { eventAt: event, to: '2026-11-24T11:00:00Z', reason: why },
      `eod: the event of ${event} is moved to 2026-11-24T11:00:00Z`,
    ],
    [['send', 'eod', ...reason], 'send', { reason: why }, 'eod: its message goes out now, to all its pools'],
    [
      ['send', 'eod', ...reason, '--event', event],
      'send',
      { reason: why, eventAt: event },
      'eod: its message goes out now, to all its pools',
    ],
  ])('%j asks for %s, and says what is so now', async (args, what, expected, outcome) => {
    const { exitCode, lines, asked, body } = await act(args);
    expect({ exitCode, asked, body }).toEqual({
      exitCode: 0,
      asked: `POST /v1/schedules/eod/${what}`,
      body: expected,
    });
    expect(lines).toEqual([outcome, 'nothing is going out at this moment', 'nobody was warned before']);
  });

  it('says in plain words what it came too late for, and what to think about', async () => {
    const answer = {
      ...quiet,
      goingOut: [going, { ...going, pool: 'a\u001b[2Jb' }],
      alreadyWarned: ['finance', '研发一部'],
      warnings: [{ code: 'not_paused', params: {}, message: 'the schedule was not paused' }],
    };
    const { lines } = await act(['pause', 'eod', ...reason], answer);
    expect(lines.slice(1)).toEqual([
      'going out at this moment, too late to stop: finance, about the event of 2026-11-24 10:00:00Z',
      'going out at this moment, too late to stop: a\ufffd[2Jb, about the event of 2026-11-24 10:00:00Z',
      'warned before: finance, 研发一部',
      'warning: eod: the schedule was not paused',
    ]);
  });

  it.each([
    [[], ['finance'], ['finance'], ['warned before: finance', 'told now: finance']],
    [[], ['finance'], [], ['warned before: finance', 'nobody is told now']],
    [[], [], [], ['nobody was warned before', 'nobody is told now']],
    [['--dry-run'], ['finance'], ['finance'], ['warned before: finance', 'would be told: finance']],
  ])('says who is told with --notify %j', async (flags, alreadyWarned, notified, expected) => {
    const args = ['skip', 'eod', '--event', event, ...reason, '--notify', 'Cancelled.', ...flags];
    const { lines, body } = await act(args, { ...quiet, alreadyWarned, notified });
    expect(lines.slice(-2)).toEqual(expected);
    expect(body).toMatchObject({ notify: 'Cancelled.' });
  });

  it('only tries with --dry-run', async () => {
    const { lines, body } = await act(['pause', '--dry-run', 'eod', ...reason]);
    expect(body).toEqual({ reason: why, dryRun: true });
    expect(lines[0]).toBe('dry run: nothing was changed');
  });

  it('prints the whole answer with --json', async () => {
    const { lines } = await act(['pause', 'eod', ...reason, '--json'], { ...quiet, goingOut: [going] });
    expect(JSON.parse(lines.join('\n'))).toEqual({ ...quiet, goingOut: [going] });
  });

  it.each([
    [['pause'], 'ID is missing'],
    [['pause', 'eod'], '--reason is missing'],
    [['skip', 'eod', ...reason], '--event is missing'],
    [['postpone', 'eod', ...reason], '--event is missing'],
    [['send', 'eod'], '--reason is missing'],
    [['send', 'eod', ...reason, '--notify', 'x'], "Unknown option '--notify'"],
    [['pause', 'eod', ...reason, ...reason], 'reason: is given more than once'],
  ])('%j is bad usage', async (args, message) => {
    const { exitCode, err, asked } = await act(args);
    expect({ exitCode, asked }).toEqual({ exitCode: 2, asked: undefined });
    expect(err).toContain(message);
  });

  it('passes on why it is refused', async () => {
    const problems = [{ path: 'eventAt', code: 'event_past', params: {}, message: 'is past' }];
    const api = () => Response.json({ status: 400, problems }, { status: 400 });
    const args = ['skip', 'eod', '--event', event, ...reason];
    const { exitCode, err } = await run(args, { environment, api });
    expect({ exitCode, err }).toEqual({ exitCode: 2, err: 'eventAt: is past' });
  });
});

describe('deskbell send --pool', () => {
  const made = { scheduleId: 'adhoc-1', goingOut: [], alreadyWarned: [], warnings: [] };

  it('sends a text of its own', async () => {
    const args = ['send', '--pool', 'finance', '--pool=support', '--message', 'The network fails.'];
    const { exitCode, lines, asked, body } = await act(args, made);
    expect({ exitCode, asked }).toEqual({ exitCode: 0, asked: 'POST /v1/notifications' });
    expect(body).toEqual({ pools: ['finance', 'support'], message: 'The network fails.' });
    expect(lines).toEqual([
      'the message goes out now, to finance, support',
      'to follow it: deskbell deliveries --schedule adhoc-1',
    ]);
  });

  it('warns of an event', async () => {
    const about = ['--at', event, '--lead', '15m', '--lead', '5m', '--time-zone', 'Asia/Shanghai'];
    const args = ['send', '--pool', 'finance', '--message', '{{timeLeft}}', ...about, '--locale', 'zh-CN'];
    const { lines, body } = await act(args, made);
    expect(body).toEqual({
      pools: ['finance'],
      message: '{{timeLeft}}',
      eventAt: event,
      leadTimes: ['15m', '5m'],
      timeZone: 'Asia/Shanghai',
      locale: 'zh-CN',
    });
    expect(lines[0]).toBe(`the message goes out 15m, 5m before ${event}, to finance`);
    expect((await act(args.slice(0, 7), made)).lines[0]).toBe(`the message goes out at ${event}, to finance`);
  });

  it.each([
    [['send', '--pool', 'finance'], '--message is missing'],
    [['send', 'eod', '--pool', 'finance'], '"eod" is one word too many'],
    [['send', '--message', 'x'], "Unknown option '--message'"],
    [['send', '--pool', 'finance', '--message', 'x', '--message', 'y'], 'message: is given more than once'],
  ])('%j is bad usage', async (args, message) => {
    const { exitCode, err } = await act(args);
    expect({ exitCode, err }).toEqual({ exitCode: 2, err: expect.stringContaining(message) });
  });
});

describe('deskbell audit', () => {
  const postponed = {
    ...{ scheduleId: 'eod', rev: 3, at: '2026-11-24T09:03:00.000Z', who: 'ana', what: 'postpone' },
    ...{ why: 'Late.', eventAt: '2026-11-24T18:00:00.000Z', movedTo: '2026-11-24T19:00:00.000Z' },
  };
  const paused = { ...postponed, rev: 2, what: 'pause', why: 'Wait.', until: '2026-11-24T12:00:00.000Z' };
  const saved = { scheduleId: 'eod', rev: 1, at: '2026-11-24T09:01:00.000Z', who: 'ana', what: 'save' };

  it('prints who did what, and why', async () => {
    const api = () => Response.json({ items: [postponed, paused, saved], nextCursor: '1~eod~1' });
    const { out, err } = await run(['audit'], { environment, api });
    expect(out.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['AT (UTC)', 'SCHEDULE', 'REV', 'WHO', 'WHAT', 'EVENT', 'WHY'],
      [
        ...['2026-11-24 09:03:00Z', 'eod', '3', 'ana', 'postpone'],
        ...['2026-11-24 18:00:00Z -> 2026-11-24 19:00:00Z', 'Late.'],
      ],
      ['2026-11-24 09:03:00Z', 'eod', '2', 'ana', 'pause', 'until 2026-11-24 12:00:00Z', 'Wait.'],
      ['2026-11-24 09:01:00Z', 'eod', '1', 'ana', 'save', '-'],
    ]);
    expect(err).toBe('more: --cursor 1~eod~1');
  });

  it('passes its filters on', async () => {
    const api = () => Response.json({ items: [] });
    const args = ['audit', '--schedule', 'eod', '--limit', '5', '--from', event];
    const { out, requests } = await run(args, { environment, api });
    expect(out).toBe('no acts');
    expect(new URL(requests[0]?.url ?? '').search).toBe(
      '?schedule=eod&from=2026-11-24T10%3A00%3A00Z&limit=5',
    );
  });
});
