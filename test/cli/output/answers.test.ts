import { describe, expect, it } from 'vitest';
import { run } from '../run.ts';

const file = { files: { 'deskbell.yml': 'schedules: []' } };

describe('an answer that is none of Deskbell', () => {
  const calls: [args: string[], answer: unknown][] = [
    [['pools'], null],
    [['pools'], { items: [{ id: 'p' }], asOf: '2026-11-24T09:00:00Z' }],
    [['schedules'], { items: [{ id: 'eod', status: null }] }],
    [['deliveries'], {}],
    [['deliveries'], { items: [{ deliveryId: 'eod.1.a', pool: 'finance' }] }],
    [['deliveries', 'eod.1.a'], { deliveryId: 'eod.1.a' }],
    [['audit'], []],
    [['apply', 'deskbell.yml'], { created: 1 }],
    [['pause', 'eod', '--reason', 'Wait.'], { rev: 2 }],
    [['send', '--pool', 'finance', '--message', 'Now.'], 'thanks'],
  ];

  it.each(calls)('%j says so of %j', async (args, answer) => {
    const { exitCode, err } = await run(args, { ...file, api: () => Response.json(answer) });
    expect({ exitCode, err }).toEqual({
      exitCode: 1,
      err: expect.stringMatching(/ answered 200, and not as Deskbell does; is DESKBELL_URL right\?$/m),
    });
  });

  it.each([[null], ['problems'], [{ problems: [null] }], [{ detail: {} }]])(
    'is no refusal: %j',
    async (answer) => {
      const { exitCode, err } = await run(['pools'], { api: () => Response.json(answer, { status: 400 }) });
      expect({ exitCode, err }).toEqual({
        exitCode: 1,
        err: expect.stringContaining('answered 400, and not as'),
      });
    },
  );

  it.each([[null], [[]], [{ lastTickAt: '2026-11-24T09:00:00Z', gate: { state: 'closed' } }]])(
    'is a problem for the doctor: %j',
    async (health) => {
      const environment = { PORT: 'none', DESKBELL_URL: 'http://localhost:3000' };
      const { exitCode, out } = await run(['doctor', '--json'], {
        environment,
        api: () => Response.json(health),
      });
      const found = JSON.parse(out).findings.filter(({ check }: { check: string }) => check === 'server');
      expect(found).toMatchObject([
        { level: 'problem', message: expect.stringContaining('not as Deskbell does') },
      ]);
      expect(exitCode).toBe(1);
    },
  );
});

it('does not follow a list of schedules that leads back to itself', async () => {
  const { exitCode, err } = await run(['schedules'], {
    api: () => Response.json({ items: [], nextCursor: 'again' }),
  });
  expect({ exitCode, err }).toEqual({ exitCode: 1, err: expect.stringContaining('repeats itself') });
});

it('asks to where or by how much an event is postponed', async () => {
  const args = ['postpone', 'eod', '--event', '2026-11-24T18:00:00Z', '--reason', 'Late.'];
  const { exitCode, err, requests } = await run(args, { api: () => Response.json({}) });
  expect({ exitCode, err }).toEqual({
    exitCode: 2,
    err: expect.stringMatching(/^--to or --by is missing\n/),
  });
  expect(requests).toEqual([]);
});

it('takes --json for a word where options have ended', async () => {
  const { exitCode, out, err } = await run(['next', '@daily', '--', '--json']);
  expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
  expect(err).toContain('unexpected argument "--json"');
});
