import { Cron } from 'croner';
import cron from 'node-cron';
import { poolIdAt } from './pools.ts';
import type { Batch } from './scheduled-run.ts';
import { idleSchedules } from './schedules.ts';

// A program of its own: what a user would write with one of the peers. It does not sign, and keeps no record.
//
//   node bench/peer-scheduler.ts (croner | node-cron) ENDPOINT IDLE_COUNT

const [library, endpoint, idleCount] = process.argv.slice(2);

for (const { text, cron: pattern } of idleSchedules(Number(idleCount), Date.now())) {
  schedule(`0 ${pattern}`, () => notify(0, text));
}
process.on('message', (batches: Batch[]) => {
  for (const { dueAt, count } of batches) {
    for (let i = 0; i < count; i += 1) schedule(patternOf(dueAt), () => notify(i, String(dueAt)));
  }
});
// The way to the parent alone keeps it alive until the batches come.
process.channel?.ref();
process.send?.('ready');

function schedule(pattern: string, run: () => void): void {
  const options = { timezone: 'UTC' };
  if (library === 'croner') new Cron(pattern, options, run);
  else cron.schedule(pattern, run, options);
}

function patternOf(dueAt: number): string {
  const at = new Date(dueAt);
  return [
    at.getUTCSeconds(),
    at.getUTCMinutes(),
    at.getUTCHours(),
    at.getUTCDate(),
    at.getUTCMonth() + 1,
    '*',
  ].join(' ');
}

async function notify(i: number, text: string): Promise<void> {
  const response = await fetch(`${endpoint}/v2/project/desktop-pools/${poolIdAt(i)}/notifications`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ notifications: text }),
  });
  await response.json();
}
