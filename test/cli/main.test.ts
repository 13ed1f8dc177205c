import { describe, expect, it } from 'vitest';
import { run } from './run.ts';

describe('the command line', () => {
  it.each([['--help'], ['-h'], ['help']])('%s lists the commands', async (flag) => {
    const { exitCode, out } = await run([flag]);
    expect(exitCode).toBe(0);
    for (const name of ['next', 'preview', 'apply', 'schedules', 'deliveries', 'pools'])
      expect(out).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
  });

  it('explains one command', async () => {
    const { exitCode, out } = await run(['deliveries', '--help']);
    expect({ exitCode, out }).toEqual({ exitCode: 0, out: expect.stringContaining('--state STATE') });
  });

  it.each([
    ['nothing', [], 'usage: deskbell'],
    ['an unknown command', ['nxt'], 'did you mean next?'],
    ['a command that every object has', ['constructor'], '"constructor" is not a command'],
    ['an unknown option', ['next', '* * * * *', '--zone', 'UTC'], "Unknown option '--zone'"],
    ['an option without its value', ['next', '* * * * *', '--tz'], "Option '--tz <value>' argument missing"],
    ['a missing word', ['next'], 'the cron expression is missing'],
    ['a cron without quotes', ['next', '0', '18', '*', '*', '*'], 'put what belongs together in quotes'],
    ['an option that is not of this command', ['pools', '--state', 'x'], "Unknown option '--state'"],
    ['apply without a file', ['apply'], 'FILE is missing'],
  ])('%s is bad usage', async (_, args, message) => {
    const { exitCode, out, err } = await run(args);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    expect(err).toContain(message);
  });

  it('shows the usage of the command that was meant', async () => {
    expect((await run(['apply'])).err).toContain(
      'usage: deskbell apply FILE [--idempotency-key KEY] [--json]',
    );
  });

  it('tells bad usage in JSON too, when asked for it', async () => {
    const { exitCode, out } = await run(['next', '--json']);
    expect({ exitCode, told: JSON.parse(out) }).toEqual({
      exitCode: 2,
      told: { problems: [{ message: 'the cron expression is missing' }] },
    });
  });
});
