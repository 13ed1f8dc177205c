import { describe, expect, it } from 'vitest';
import { minute } from '../../../lib/domain/time/instant.ts';
import { takeApplyLock } from '../../../lib/usecases/changes/apply-lock.ts';
import { createApi, tokenOf } from '../../http/api-rig.ts';
import { start } from '../../rig.ts';
import { run } from '../run.ts';

const files = {
  'deskbell.yml': 'schedules: [{ id: eod, pools: [finance], cron: "0 2 * * *", message: Bye }]',
};
const event = '2026-11-24T10:00:00Z';
const reason = ['--reason', 'Late.'];
const writes: [args: string[]][] = [
  [['pause', 'eod', ...reason]],
  [['resume', 'eod']],
  [['skip', 'eod', '--event', event, ...reason]],
  [['postpone', 'eod', '--event', event, '--by', '1h', ...reason]],
  [['send', 'eod', ...reason]],
  [['send', '--pool', 'finance', '--message', 'Now.']],
  [['apply', 'deskbell.yml']],
];
const advice = (key: string) =>
  `It may have taken effect. To repeat it safely within 24 hours: add --idempotency-key ${key} to the same command.`;
const refusal = (status: number, code: string) => () =>
  Response.json({ status, code, detail: 'No.' }, { status });

describe('the Idempotency-Key of a command', () => {
  const keysOf = ({ requests }: { requests: Request[] }) =>
    requests.map(({ headers }) => headers.get('idempotency-key'));
  const world = { files, api: refusal(404, 'NOT_FOUND') };

  it.each(writes)('%j makes one, or takes the one that is given', async (args) => {
    expect(keysOf(await run(args, { ...world, key: 'made' }))).toEqual(['made']);
    expect(keysOf(await run([...args, '--idempotency-key', 'given'], world))).toEqual(['given']);
  });

  it.each(writes)('%j refuses a malformed one before anything is sent', async (args) => {
    for (const bad of ['', 'two words', 'é', 'x'.repeat(201)]) {
      const { exitCode, err, requests } = await run([...args, `--idempotency-key=${bad}`], world);
      expect({ exitCode, err, requests }).toEqual({
        exitCode: 2,
        err: 'idempotency-key: must be 1 to 200 visible ASCII characters',
        requests: [],
      });
    }
    const twice = await run([...args, '--idempotency-key', 'a', '--idempotency-key', 'b'], world);
    expect(twice).toMatchObject({
      exitCode: 2,
      err: 'idempotency-key: is given more than once; give it once',
    });
  });

  it('is of no use to a dry run, nor to what only reads', async () => {
    const dry = ['pause', 'eod', ...reason, '--dry-run', '--idempotency-key', 'given'];
    expect(keysOf(await run(dry, world))).toEqual([null]);
    expect(keysOf(await run(['pools'], world))).toEqual([null]);
  });
});

describe('a command of which nobody knows whether it took effect', () => {
  const failures: [string, () => Response][] = [
    [
      'gets no answer',
      () => {
        throw new TypeError('fetch failed', {
          cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }),
        });
      },
    ],
    [
      'waits too long',
      () => {
        throw new DOMException('The operation was aborted due to timeout', 'TimeoutError');
      },
    ],
    ['is answered 500', refusal(500, 'INTERNAL')],
    ['is answered 503', refusal(503, 'STORE_UNAVAILABLE')],
    ['meets an error page', () => new Response('<html>', { status: 504 })],
    ['meets a page', () => new Response('<html>')],
    ['is answered as by another server', () => Response.json({ rev: 'one' })],
  ];

  it.each(failures)('says how to repeat it when it %s', async (_, api) => {
    for (const [args] of writes) {
      const { exitCode, err } = await run(args, { files, api, key: 'made' });
      expect({ exitCode, lines: err.split('\n') }).toEqual({
        exitCode: 1,
        lines: [expect.any(String), advice('made')],
      });
    }
  });

  it.each(failures)('names the key in JSON when it %s', async (_, api) => {
    for (const [args] of writes) {
      const { exitCode, out, err } = await run([...args, '--json'], { files, api, key: 'made' });
      expect({ exitCode, err, told: JSON.parse(out) }).toEqual({
        exitCode: 1,
        err: '',
        told: { problems: [{ message: expect.not.stringContaining('repeat') }], idempotencyKey: 'made' },
      });
    }
  });

  it('is repeated as it stands when it has its key already', async () => {
    const args = ['pause', 'eod', ...reason, '--idempotency-key', '$mine'];
    const { err } = await run(args, { api: refusal(503, 'STORE_UNAVAILABLE') });
    expect(err.split('\n').at(-1)).toBe(
      'It may have taken effect. To repeat it safely within 24 hours: run the same command again, with the same --idempotency-key.',
    );
    const inJson = await run([...args, '--json'], { api: refusal(503, 'STORE_UNAVAILABLE') });
    expect(JSON.parse(inJson.out).idempotencyKey).toBe('$mine');
  });

  it.each([
    [400, 'INVALID_INPUT'],
    [401, 'UNAUTHENTICATED'],
    [404, 'NOT_FOUND'],
    [409, 'BUSY'],
    [422, 'KEY_REUSED'],
  ])('is not one that was refused with %i %s', async (status, code) => {
    for (const [args] of writes) {
      const { exitCode, err } = await run(args, { files, api: refusal(status, code) });
      expect({ exitCode, lines: err.split('\n') }).toEqual({ exitCode: 1, lines: [expect.any(String)] });
      const { out } = await run([...args, '--json'], { files, api: refusal(status, code) });
      expect(Object.keys(JSON.parse(out))).toEqual(['problems']);
    }
  });

  it('is not one that never left, a dry run, or one that only reads', async () => {
    const refused = await run(['pause', 'eod', ...reason]);
    expect(refused.err).toMatch(/^no answer from .*\(ECONNREFUSED\).*$/);
    const api = refusal(503, 'STORE_UNAVAILABLE');
    expect((await run(['pause', 'eod', ...reason, '--dry-run'], { api })).err).toBe('No.');
    expect((await run(['pools'], { api })).err).toBe('No.');
  });
});

/** Deskbell itself, with people who read what it sends; the answer to a command may be lost. */
async function aDeskbell() {
  const { call, prove, runUntil, workspace, deps } = createApi();
  await prove();
  const environment = { DESKBELL_TOKEN: tokenOf('admin') };
  const answer = async (request: Request) => {
    const { pathname, search } = new URL(request.url);
    const headers = Object.fromEntries(request.headers);
    const sent = { as: 'nobody', headers, body: await request.text() } as const;
    const { status = 500, body } = await call(request.method, `${pathname}${search}`, sent);
    return Response.json(body, { status });
  };
  const loseAnswer = async (request: Request): Promise<Response> => {
    await answer(request);
    throw new TypeError('fetch failed', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) });
  };
  const schedule = {
    pools: ['finance'],
    timeZone: 'Asia/Shanghai',
    cron: '0 18 * * *',
    message: 'Restart at {{eventTime}}.',
  };
  expect(await call('PUT', '/v1/schedules/patch-night', { body: schedule })).toMatchObject({ status: 201 });
  return {
    texts: () => workspace.sent.map(({ text }) => text),
    runUntil,
    deps,
    run: (args: string[], key?: string) =>
      run(args, { environment, files, api: answer, ...(key === undefined ? {} : { key }) }),
    runInVain: (args: string[], key: string) => run(args, { environment, files, api: loseAnswer, key }),
  };
}

describe('a command that is repeated with the key that was printed', () => {
  const texts: [args: string[], text: string, outcome: string][] = [
    [
      ['send', 'patch-night', ...reason],
      'Restart at 18:00.',
      'patch-night: its message goes out now, to all its pools',
    ],
    [
      ['send', '--pool', 'finance', '--message', 'The network fails.'],
      'The network fails.',
      'the message goes out now, to finance',
    ],
  ];

  it.each(texts)('%j sends one pop-up', async (args, text, outcome) => {
    const deskbell = await aDeskbell();
    const lost = await deskbell.runInVain(args, 'first');
    expect(lost.exitCode).toBe(1);
    const [, ...option] = / (--idempotency-key) (\S+) /.exec(lost.err) ?? [];
    await deskbell.runUntil(start + 2 * minute);
    const again = await deskbell.run([...args, ...option], 'second');
    expect({ exitCode: again.exitCode, told: again.out.split('\n')[0] }).toEqual({
      exitCode: 0,
      told: outcome,
    });
    await deskbell.runUntil(start + 4 * minute);
    expect(deskbell.texts()).toEqual([text]);
  });

  it.each(texts)('%j sends two without it', async (args, text) => {
    const deskbell = await aDeskbell();
    await deskbell.runInVain(args, 'first');
    await deskbell.runUntil(start + 2 * minute);
    await deskbell.run(args, 'second');
    await deskbell.runUntil(start + 4 * minute);
    expect(deskbell.texts()).toEqual([text, text]);
  });

  it('moves an event once, and names its new time again', async () => {
    const deskbell = await aDeskbell();
    const args = [
      'postpone',
      'patch-night',
      '--event',
      '2026-11-24T18:00:00+08:00',
      '--by',
      '90m',
      ...reason,
    ];
    await deskbell.runInVain(args, 'first');
    const again = await deskbell.run([...args, '--idempotency-key', 'first']);
    expect(again.out.split('\n')[0]).toBe(
      'patch-night: the event of 2026-11-24T18:00:00+08:00 is moved to 2026-11-24T19:30:00+08:00 (Asia/Shanghai)',
    );
    const other = await deskbell.run([...args.slice(0, -1), 'Later.', '--idempotency-key', 'first']);
    expect(other).toMatchObject({ exitCode: 1, err: expect.stringContaining('another request') });
  });
});

it('applies a file once, and says again what that did', async () => {
  const deskbell = await aDeskbell();
  await deskbell.runInVain(['apply', 'deskbell.yml'], 'first');
  const again = await deskbell.run(['apply', 'deskbell.yml', '--idempotency-key', 'first']);
  expect(again).toMatchObject({ exitCode: 0, out: 'created: eod' });
  expect((await deskbell.run(['apply', 'deskbell.yml'], 'second')).out).toBe('unchanged: eod');
});

it('fails in the words of Deskbell while another file is applied', async () => {
  const deskbell = await aDeskbell();
  await takeApplyLock(deskbell.deps, 'ana', undefined);
  expect(await deskbell.run(['apply', 'deskbell.yml'])).toMatchObject({
    exitCode: 1,
    err: 'another schedule file is being applied, by ana since 2026-11-24T09:00:00.000Z; nothing was changed: try again when that has ended',
  });
});

it('tells the times that can be used in the next command', async () => {
  const deskbell = await aDeskbell();
  const line = async (args: string[]) => (await deskbell.run(args, args.join())).out.split('\n')[0] ?? '';
  const timeIn = (text: string) => / to (\S+) \(/.exec(text)?.[1] ?? '';
  const written = '2026-11-24T18:00:00+08:00';
  const asked = ['postpone', 'patch-night', '--event', written, '--by', '30m', ...reason];
  expect((await deskbell.run([...asked, '--dry-run'])).out.split('\n').slice(0, 2)).toEqual([
    'dry run: nothing was changed',
    `patch-night: the event of ${written} would be moved to 2026-11-24T18:30:00+08:00 (Asia/Shanghai)`,
  ]);
  const first = await line(asked);
  expect(first).toBe(
    `patch-night: the event of ${written} is moved to 2026-11-24T18:30:00+08:00 (Asia/Shanghai)`,
  );
  const second = await line(['postpone', 'patch-night', '--event', timeIn(first), '--by', '30m', ...reason]);
  expect(second).toBe(
    'patch-night: the event of 2026-11-24T18:30:00+08:00 is moved to 2026-11-24T19:00:00+08:00 (Asia/Shanghai)',
  );
  expect(await line(['resume', 'patch-night', '--event', timeIn(second)])).toBe(
    `patch-night: the event of 2026-11-24T19:00:00+08:00 takes place at ${written} (Asia/Shanghai), as it was written`,
  );
  expect(await line(['pause', 'patch-night', '--until', '2026-11-24T09:50:00Z', ...reason])).toBe(
    'patch-night is paused until 2026-11-24T17:50:00+08:00 (Asia/Shanghai)',
  );
  expect(await line(['skip', 'patch-night', '--event', written, ...reason])).toBe(
    `patch-night: the event of ${written} (Asia/Shanghai) is skipped`,
  );
});
