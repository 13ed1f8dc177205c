import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readSimulatorConfig } from '../../lib/config.ts';
import { InvalidConfigError } from '../../lib/domain/codes/errors.ts';
import { drive } from './driver.ts';

function start(env: Record<string, string>) {
  const entry = join(import.meta.dirname, '../../local/simulator/start.ts');
  const child = spawn(process.execPath, [entry], { env: { ...process.env, ...env } });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdout.setEncoding('utf8');
  child.stderr.setEncoding('utf8');
  return child;
}

describe('the settings of the simulator', () => {
  it.each([
    [{}, { port: 4000, throttle: true, delayMs: 0 }],
    [
      { SIMULATOR_PORT: '', SIMULATOR_THROTTLE: 'on' },
      { port: 4000, throttle: true, delayMs: 0 },
    ],
    [
      { SIMULATOR_PORT: '0', SIMULATOR_THROTTLE: 'off', SIMULATOR_DELAY_MS: '50' },
      { port: 0, throttle: false, delayMs: 50 },
    ],
  ])('of %j are %j', (env, settings) => {
    expect(readSimulatorConfig(env)).toEqual(settings);
  });

  it('are all refused at once', () => {
    const env = { SIMULATOR_PORT: '65536', SIMULATOR_THROTTLE: 'no', SIMULATOR_DELAY_MS: '-1' };
    expect(() => readSimulatorConfig(env)).toThrow(
      new InvalidConfigError([
        'SIMULATOR_THROTTLE must be on or off, not "no"',
        'SIMULATOR_PORT must be a whole number from 0 to 65535, not "65536"',
        'SIMULATOR_DELAY_MS must be a whole number from 0 to 60000, not "-1"',
      ]),
    );
  });
});

describe('npm run simulator', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'says where it is and what it accepts, and %s stops it',
    async (signal) => {
      const child = start({ SIMULATOR_PORT: '0' });
      const [text] = (await once(child.stdout, 'data')) as [string];
      expect(text).toContain('DESKBELL-SIMULATOR-AK');
      expect(text).toContain('deskbell-simulator-secret');
      expect(text).toContain('0a1b2c3d4e5f60718293a4b5c6d7e8f9');
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0] ?? '';
      expect((await fetch(`${url}/_simulator/notifications`)).status).toBe(200);
      child.kill(signal);
      expect(await once(child, 'exit')).toEqual([0, null]);
    },
  );

  it('says which port is taken, and how to choose another one', async () => {
    const { simulator } = await drive();
    const { port } = new URL(simulator.url);
    const child = start({ SIMULATOR_PORT: port });
    const [[text], [code]] = await Promise.all([once(child.stderr, 'data'), once(child, 'exit')]);
    expect(text).toContain(`port ${port} on 127.0.0.1 is taken`);
    expect(text).toContain('set SIMULATOR_PORT to another one');
    expect(code).toBe(2);
  });
});
