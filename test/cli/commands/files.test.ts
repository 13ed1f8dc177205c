import { describe, expect, it } from 'vitest';
import { run } from '../run.ts';

const good = `schedules:
  - id: eod
    pools: [finance, support]
    cron: "0 2 * * *"
    timeZone: Asia/Shanghai
    leadTimes: [15m, 0m]
    message: "{{timeLeft}}"
  - id: patch
    pools: [spare]
    at: 2026-11-24T17:50
    message: "Maintenance."
`;
const bad = `schedules:
  - id: eod
    pools: [finance]
    cron: "0 25 * * *"
    mesage: Bye
`;
const files = {
  'deskbell.yml': good,
  'bad.yml': bad,
  'latin.yml': new Uint8Array([0xe9, 0x20]),
  'empty.yml': '',
};

describe('deskbell preview', () => {
  it('shows what a file would send, without a server', async () => {
    const { exitCode, out, requests } = await run(['preview', 'deskbell.yml', '--count', '1'], { files });
    expect({ exitCode, requests }).toEqual({ exitCode: 0, requests: [] });
    expect(out.split('\n')).toEqual([
      'DUE (UTC)             SCHEDULE  EVENT (LOCAL)              LEAD  POOLS             TEXT',
      '2026-11-24 17:45:00Z  eod       2026-11-25 02:00:00+08:00  15m   finance, support  15 minutes',
      '2026-11-24 17:50:00Z  patch     2026-11-24 17:50:00+00:00  0m    spare             Maintenance.',
      '2026-11-24 18:00:00Z  eod       2026-11-25 02:00:00+08:00  0m    finance, support  now',
    ]);
  });

  it.each([
    [
      ['--count', '1'],
      'only the next events are shown, at most 1 of a schedule: --count N shows more of eod',
    ],
    [['--to', '2026-11-26T00:00:00Z'], ''],
    [['--schedule', 'patch', '--count', '1'], ''],
  ])('says whether it shows everything: %j', async (options, told) => {
    const { err } = await run(['preview', 'deskbell.yml', ...options], { files });
    expect(err).toBe(told);
  });

  it('shows one schedule of it, in JSON', async () => {
    const args = ['preview', 'deskbell.yml', '--schedule', 'patch', '--json'];
    const { out } = await run(args, { files });
    expect(JSON.parse(out)).toEqual({
      schedules: [
        {
          id: 'patch',
          fireTimes: ['2026-11-24T17:50:00.000Z'],
          notifications: [
            {
              eventAt: '2026-11-24T17:50:00.000Z',
              leadTime: '0m',
              dueAt: '2026-11-24T17:50:00.000Z',
              pools: ['spare'],
              text: 'Maintenance.',
            },
          ],
        },
      ],
      warnings: [],
    });
  });

  it('shows a span of time', async () => {
    const span = ['--from', '2026-11-25T00:00:00Z', '--to', '2026-11-26T00:00:00Z', '--json'];
    const { out } = await run(['preview', 'deskbell.yml', ...span], { files });
    const { schedules } = JSON.parse(out);
    expect(schedules.map((shown: { fireTimes: string[] }) => shown.fireTimes)).toEqual([
      ['2026-11-25T18:00:00.000Z'],
      [],
    ]);
  });

  it('tells of warnings', async () => {
    const text = good.replace('17:50', '08:00');
    const { exitCode, out } = await run(['preview', 'deskbell.yml'], { files: { 'deskbell.yml': text } });
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^warning: deskbell\.yml:10: patch: at: 2026-11-24T08:00:00.000Z: is already past/m);
  });

  it('names file, line and place of each problem', async () => {
    const { exitCode, err } = await run(['preview', 'bad.yml'], { files });
    expect(exitCode).toBe(2);
    expect(err.split('\n')).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^bad\.yml:4: schedules\[0\]\.cron: hour: "25" is out of range/),
        expect.stringMatching(/^bad\.yml:5: schedules\[0\]\.mesage: .*did you mean message\?/),
      ]),
    );
  });

  it('allows the texts that DESKBELL_MESSAGE_LIMIT allows', async () => {
    const long = { files: { f: good.replace('Maintenance.', 'x'.repeat(500)) } };
    expect((await run(['preview', 'f'], long)).exitCode).toBe(2);
    const environment = { DESKBELL_MESSAGE_LIMIT: '500' };
    expect((await run(['preview', 'f'], { ...long, environment })).exitCode).toBe(0);
  });

  it.each([
    [['nowhere.yml'], 'there is no file nowhere.yml'],
    [['a-folder'], 'a-folder is a folder; name a file'],
    [['empty.yml'], 'empty.yml:1: the file must hold a schedule table: write "schedules:"'],
    [['latin.yml'], 'latin.yml: the text is not UTF-8'],
    [['deskbell.yml', '--schedule', 'nope'], 'schedule: must be one of eod, patch, not "nope"'],
    [['deskbell.yml', '--to', '2026-11-24T09:00:00Z'], 'to: must be after from'],
  ])('refuses %j', async (args, message) => {
    const { exitCode, err } = await run(['preview', ...args], { files });
    expect({ exitCode, err }).toEqual({ exitCode: 2, err: expect.stringContaining(message) });
  });
});

describe('deskbell apply', () => {
  const applied = {
    created: ['eod'],
    changed: [],
    unchanged: ['patch'],
    deleted: ['old'],
    failed: [],
    warnings: [
      {
        code: 'event_past',
        path: 'schedules[1].at',
        scheduleId: 'patch',
        line: 9,
        message: 'is already past',
      },
    ],
  };

  it('sends the file as it is, and prints what changed', async () => {
    const { exitCode, out, requests } = await run(['apply', 'deskbell.yml'], {
      files,
      api: () => Response.json(applied),
    });
    expect(exitCode).toBe(0);
    expect(out.split('\n')).toEqual([
      'created: eod',
      'unchanged: patch',
      'deleted: old',
      'warning: deskbell.yml:9: patch: at: is already past',
    ]);
    const [request] = requests;
    expect([request?.method, request?.url]).toEqual(['POST', 'http://localhost:3000/v1/apply']);
    expect(request?.headers.get('content-type')).toBe('application/yaml');
    expect(await request?.text()).toBe(good);
  });

  it('prints the answer itself with --json', async () => {
    const { out } = await run(['apply', 'deskbell.yml', '--json'], {
      files,
      api: () => Response.json(applied),
    });
    expect(JSON.parse(out)).toEqual(applied);
  });

  it('fails when a schedule could not be saved', async () => {
    const failed = [{ id: 'eod', message: 'the store is locked' }];
    const api = () => Response.json({ ...applied, failed });
    const { exitCode, out } = await run(['apply', 'deskbell.yml'], { files, api });
    expect({ exitCode, out }).toEqual({
      exitCode: 1,
      out: expect.stringContaining('failed: eod: the store is locked'),
    });
  });

  it('names file, line and place of each problem that the server finds', async () => {
    const found = {
      path: 'schedules[0].cron',
      line: 12,
      code: 'cron_missing',
      params: {},
      message: 'is empty',
    };
    const api = () => Response.json({ status: 400, detail: 'x', problems: [found] }, { status: 400 });
    expect(await run(['apply', 'deskbell.yml'], { files, api })).toMatchObject({
      exitCode: 2,
      err: 'deskbell.yml:12: schedules[0].cron: is empty',
    });
    const { out } = await run(['apply', 'deskbell.yml', '--json'], { files, api });
    expect(JSON.parse(out)).toEqual({ problems: [found] });
  });
});
