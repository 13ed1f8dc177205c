import { describe, expect, it } from 'vitest';
import { run } from '../run.ts';

const from = ['--from', '2026-11-24T00:00:00Z'];

describe('deskbell next', () => {
  it('prints fire times as JSON, in UTC', async () => {
    const args = ['next', '0 18 * * 1-5', '--tz', 'Asia/Shanghai', ...from, '--count', '5', '--json'];
    const { exitCode, out, requests } = await run(args);
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toEqual({
      fireTimes: [
        '2026-11-24T10:00:00.000Z',
        '2026-11-25T10:00:00.000Z',
        '2026-11-26T10:00:00.000Z',
        '2026-11-27T10:00:00.000Z',
        '2026-11-30T10:00:00.000Z',
      ],
    });
    expect(requests).toEqual([]);
  });

  it('shows people the clocks of the zone beside UTC', async () => {
    const { out } = await run(['next', '0 18 * * *', '--tz', 'Asia/Shanghai', ...from, '--count=1']);
    expect(out).toBe('2026-11-24T10:00:00.000Z  Tue, 24 Nov 2026 18:00 +08:00 Asia/Shanghai');
  });

  it('tells a repeated hour from the first', async () => {
    const night = ['--tz', 'America/New_York', '--from', '2026-11-01T05:00:00Z', '--count', '2'];
    const { out } = await run(['next', '30 * * * *', ...night]);
    expect(out.split('\n')).toEqual([
      '2026-11-01T05:30:00.000Z  Sun, 01 Nov 2026 01:30 -04:00 America/New_York',
      '2026-11-01T06:30:00.000Z  Sun, 01 Nov 2026 01:30 -05:00 America/New_York',
    ]);
  });

  it('begins after now, five times and in UTC, unless told otherwise', async () => {
    const { out } = await run(['next', '0 * * * *', '--json']);
    const hours = [10, 11, 12, 13, 14];
    expect(JSON.parse(out).fireTimes).toEqual(hours.map((hour) => `2026-11-24T${hour}:00:00.000Z`));
  });

  it('leaves out --from itself', async () => {
    const { out } = await run(['next', '0 0 * * *', ...from, '--count', '1', '--json']);
    expect(JSON.parse(out).fireTimes).toEqual(['2026-11-25T00:00:00.000Z']);
  });

  it('finds nothing for a date that never comes, and that is fine', async () => {
    const never = ['next', '0 0 30 2 *'];
    expect(await run([...never, '--json'])).toMatchObject({ exitCode: 0, out: '{"fireTimes":[]}' });
    expect(await run(never)).toMatchObject({ exitCode: 0, out: 'never' });
  });

  it('prints every problem at once, for people', async () => {
    const { exitCode, out, err } = await run([
      'next',
      '0 25 * * *',
      '--tz',
      'CST',
      '--count',
      '0',
      '--from',
      'x',
    ]);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    expect(err.split('\n').map((line) => line.split(':')[0])).toEqual(['cron', 'tz', 'from', 'count']);
  });

  it('prints problems as JSON', async () => {
    const { exitCode, out } = await run(['next', '* * *', '--json']);
    expect(exitCode).toBe(2);
    expect(JSON.parse(out)).toMatchObject({
      problems: [{ path: 'cron', code: 'cron_field_count', params: { count: 3 } }],
    });
  });

  it.each(['0', '1001', '-1', '1.5', 'five', ''])('refuses a count of "%s"', async (count) => {
    const { exitCode, out } = await run(['next', '* * * * *', `--count=${count}`, '--json']);
    expect({ exitCode, code: JSON.parse(out).problems[0].code }).toEqual({
      exitCode: 2,
      code: 'whole_number',
    });
  });

  it('gives a thousand', async () => {
    const { out } = await run(['next', '* * * * *', '--count', '1000', '--json']);
    expect(JSON.parse(out).fireTimes).toHaveLength(1000);
  });

  it('refuses an option that is given twice', async () => {
    const { exitCode, err } = await run(['next', '* * * * *', '--tz', 'UTC', '--tz', 'Asia/Shanghai']);
    expect({ exitCode, err }).toEqual({ exitCode: 2, err: 'tz: is given more than once; give it once' });
  });
});
