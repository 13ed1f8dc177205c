import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';

const script = join(import.meta.dirname, '..', '..', 'cli', 'deskbell.ts');

it('runs as a program of its own', async () => {
  const child = spawn(process.execPath, [
    script,
    'next',
    '@daily',
    '--from',
    '2026-11-24T00:00:00Z',
    '--json',
  ]);
  const [out, err, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
  expect(JSON.parse(out).fireTimes).toHaveLength(5);
});

it('ends quietly when nobody reads its output any more', async () => {
  const child = spawn(process.execPath, [script, 'next', '* * * * *', '--count', '1000']);
  child.stdout.destroy();
  const [err, [exitCode]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
});
