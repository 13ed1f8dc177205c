import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { aFolder, deliveriesOf, startDeskbell, startSimulatorProgram, textsAt } from './processes.ts';
import { writeTable } from './table.ts';

const count = 100;
/** Longer than the answers take and a writer then waits for the file. */
const lockMs = 6_500;

/** Another program that, once it is told to, keeps the file to itself for a while. */
async function startLocker(file: string): Promise<{ lock(): Promise<void>; ended: Promise<unknown> }> {
  const source = `
    const { DatabaseSync } = require('node:sqlite');
    const sql = new DatabaseSync(process.argv[1], { timeout: 5000 });
    process.stdin.once('data', () => {
      sql.exec('BEGIN IMMEDIATE');
      console.log('locked');
      setTimeout(() => { sql.exec('ROLLBACK'); process.exit(); }, ${lockMs});
    });
    console.log('ready');`;
  const child = spawn(process.execPath, ['-e', source, file], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return {
    async lock() {
      const isLocked = once(child.stdout, 'data');
      child.stdin.write('lock\n');
      await isLocked;
    },
    ended: once(child, 'exit'),
  };
}

it('writes down every answer and sends the rest when another program has locked the file for seconds', async () => {
  const simulator = await startSimulatorProgram({ SIMULATOR_THROTTLE: 'off', SIMULATOR_DELAY_MS: '300' });
  const folder = aFolder();
  const dueAt = Date.now() + 2_000;
  const schedules = Array.from({ length: count }, (_, i) => ({ id: `s${i}`, eventAt: dueAt }));
  const deskbell = await startDeskbell({
    HUAWEICLOUD_WORKSPACE_ENDPOINT: simulator.url,
    DESKBELL_DATA_DIR: folder,
    DESKBELL_TABLE: writeTable(join(folder, 'table.json'), schedules),
    DESKBELL_SENDS_PER_MINUTE: 'off',
  });
  const locker = await startLocker(join(folder, 'deskbell.db'));
  // Requests are under way, their answers are not written, and more wait behind them.
  await vi.waitFor(async () => expect((await textsAt(simulator.url)).length).toBeGreaterThan(0), {
    timeout: 10_000,
    interval: 5,
  });
  await locker.lock();
  await locker.ended;
  await vi.waitFor(
    async () => {
      const open = (await deliveriesOf(deskbell.url, folder)).filter(
        ({ state }) => state === 'pending' || state === 'sending',
      );
      expect(open).toEqual([]);
    },
    { timeout: 30_000, interval: 100 },
  );

  const texts = await textsAt(simulator.url);
  expect(new Set(texts).size).toBe(count);
  expect(texts).toHaveLength(count);
  const deliveries = await deliveriesOf(deskbell.url, folder);
  expect(deliveries.filter(({ jobId }) => jobId === undefined)).toEqual([]);
  expect(deskbell.output.join('\n')).toMatch(/database is locked/);
}, 60_000);
