import { describe, expect, it } from 'vitest';
import { run } from '../run.ts';

const environment = { DESKBELL_TOKEN: 'a-token' };
const event = '2026-11-24T10:00:00Z';
const going = { pool: 'finance', eventAt: '2026-11-24T10:00:00.000Z', dueAt: '2026-11-24T09:50:00.000Z' };
const timeZone = 'Asia/Shanghai';
const quiet = { rev: 2, timeZone, goingOut: [], alreadyWarned: [], notified: [], warnings: [] };
const local = '2026-11-24T18:00:00+08:00';
const localLater = '2026-11-24T19:30:00+08:00';
const at = (time: string) => `${time} (${timeZone})`;
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
  const said = { reason: why };
  const moved = { ...quiet, eventAt: event, movedTo: '2026-11-24T11:30:00.000Z' };
  const written = { ...quiet, eventAt: '2026-11-24T10:00:00.000Z' };
  const byNewTime = ['--event', '2026-11-24T11:30:00Z'];

  it.each<[string[], string, object, object, string, string]>([
    [
      ['pause', 'eod', ...reason],
      'pause',
      said,
      quiet,
      'eod is paused until somebody resumes it',
      'eod would be paused until somebody resumes it',
    ],
    [
      ['pause', 'eod', ...reason, '--until', event],
      'pause',
      { ...said, until: event },
      quiet,
      `eod is paused until ${at(local)}`,
      `eod would be paused until ${at(local)}`,
    ],
    [
      ['resume', 'eod'],
      'resume',
      {},
      quiet,
      'eod is not paused any more',
      'eod would not be paused any more',
    ],
    [
      ['resume', 'eod', '--event', event, ...reason],
      'resume',
      { ...said, eventAt: event },
      written,
      `eod: the event of ${at(local)} takes place as it was written`,
      `eod: the event of ${at(local)} would take place as it was written`,
    ],
    [
      ['resume', 'eod', ...byNewTime],
      'resume',
      { eventAt: '2026-11-24T11:30:00Z' },
      written,
      `eod: the event of ${localLater} takes place at ${at(local)}, as it was written`,
      `eod: the event of ${localLater} would take place at ${at(local)}, as it was written`,
    ],
    [
      ['skip', 'eod', '--event', event, ...reason],
      'skip',
      { ...said, eventAt: event },
      written,
      `eod: the event of ${at(local)} is skipped`,
      `eod: the event of ${at(local)} would be skipped`,
    ],
    [
      ['skip', 'eod', ...byNewTime, ...reason],
      'skip',
      { ...said, eventAt: '2026-11-24T11:30:00Z' },
      written,
      `eod: the event of ${at(localLater)} is skipped`,
      `eod: the event of ${at(localLater)} would be skipped`,
    ],
    [
      ['postpone', 'eod', '--event', event, '--by', '90m', ...reason],
      'postpone',
      { ...said, eventAt: event, by: '90m' },
      moved,
      `eod: the event of ${local} is moved to ${at(localLater)}`,
      `eod: the event of ${local} would be moved to ${at(localLater)}`,
    ],
    [
      ['postpone', 'eod', '--event', event, '--to', '2026-11-24T11:30:00Z', ...reason],
      'postpone',
      { ...said, eventAt: event, to: '2026-11-24T11:30:00Z' },
      moved,
      `eod: the event of ${local} is moved to ${at(localLater)}`,
      `eod: the event of ${local} would be moved to ${at(localLater)}`,
    ],
    [
      ['postpone', 'eod', ...byNewTime, '--by', '30m', ...reason],
      'postpone',
      { ...said, eventAt: '2026-11-24T11:30:00Z', by: '30m' },
      { ...moved, movedTo: '2026-11-24T12:00:00.000Z' },
      `eod: the event of ${localLater} is moved to ${at('2026-11-24T20:00:00+08:00')}`,
      `eod: the event of ${localLater} would be moved to ${at('2026-11-24T20:00:00+08:00')}`,
    ],
    [
      ['send', 'eod', ...reason],
      'send',
      said,
      written,
      'eod: its message goes out now, to all its pools',
      'eod: its message would go out now, to all its pools',
    ],
    [
      ['send', 'eod', ...reason, '--event', event],
      'send',
      { ...said, eventAt: event },
      written,
      `eod: its message about the event of ${at(local)} goes out now, to all its pools`,
      `eod: its message about the event of ${at(local)} would go out now, to all its pools`,
    ],
  ])('%j asks for %s, and says what is so now', async (args, what, expected, answer, outcome, planned) => {
    const { exitCode, lines, asked, body } = await act(args, answer);
    expect({ exitCode, asked, body }).toEqual({
      exitCode: 0,
      asked: `POST /v1/schedules/eod/${what}`,
      body: expected,
    });
    const told = ['nothing is going out at this moment', 'nobody was warned before'];
    expect(lines).toEqual([outcome, ...told]);
    const tried = await act([...args, '--dry-run'], answer);
    expect(tried.body).toEqual({ ...expected, dryRun: true });
    expect(tried.lines).toEqual(['dry run: nothing was changed', planned, ...told]);
  });

  it.each([
    ['when the answer names no new time', quiet, `the event of ${local} is moved by 90m`],
    [
      'when the zone is not known here',
      { ...quiet, timeZone: 'Mars/Base', movedTo: 'soon\u001b[2J' },
      `the event of ${event} is moved to soon\ufffd[2J`,
    ],
  ])('says what it can %s', async (_, answer, outcome) => {
    const args = ['postpone', 'eod', '--event', event, '--by', '90m', ...reason];
    expect((await act(args, answer)).lines[0]).toBe(`eod: ${outcome}`);
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
      'going out at this moment, too late to stop: finance, about the event of 2026-11-24T18:00:00+08:00 (Asia/Shanghai)',
      'going out at this moment, too late to stop: a\ufffd[2Jb, about the event of 2026-11-24T18:00:00+08:00 (Asia/Shanghai)',
      'warned before: finance, 研发一部',
      'warning: eod: the schedule was not paused',
    ]);
  });

  it.each([
    [[], ['finance'], ['finance'], ['warned before: finance', 'notified now: finance']],
    [[], ['finance'], [], ['warned before: finance', 'nobody is notified now']],
    [[], [], [], ['nobody was warned before', 'nobody is notified now']],
    [['--dry-run'], ['finance'], ['finance'], ['warned before: finance', 'would be notified: finance']],
    [['--dry-run'], [], [], ['nobody was warned before', 'nobody would be notified']],
  ])('says who is notified with --notify %j', async (flags, alreadyWarned, notified, expected) => {
    const args = ['skip', 'eod', '--event', event, ...reason, '--notify', 'Cancelled.', ...flags];
    const { lines, body } = await act(args, { ...quiet, alreadyWarned, notified });
    expect(lines.slice(-2)).toEqual(expected);
    expect(body).toMatchObject({ notify: 'Cancelled.' });
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
    expect(lines[0]).toBe(`the message goes out 15m, 5m before ${at(local)}, to finance`);
    expect((await act(args.slice(0, 7), made)).lines[0]).toBe(
      'the message goes out at 2026-11-24T10:00:00+00:00 (UTC), to finance',
    );
  });

  it.each([
    [['send', '--pool', 'finance'], '--message is missing'],
    [['send', 'eod', '--pool', 'finance'], 'unexpected argument "eod"'],
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
