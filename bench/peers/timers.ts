import { Cron } from 'croner';
import cron from 'node-cron';
import { idleSchedules, textsOf } from '../schedules.ts';
import { follow, notify } from './program.ts';

// A program of its own: what a user would write with croner or node-cron. All of it is in memory.
//
//   node bench/peers/timers.ts (croner | node-cron) ENDPOINT

const [library, endpoint = ''] = process.argv.slice(2);

follow(async (order) => {
  if (order.kind === 'schedules') {
    for (const { text, cron: pattern } of idleSchedules(order.count, Date.now())) {
      schedule(`0 ${pattern}`, text);
    }
  }
  if (order.kind === 'jobs') {
    for (const batch of order.batches) {
      for (const text of textsOf(batch)) schedule(patternOf(batch.dueAt), text);
    }
  }
  return 0;
});

function schedule(pattern: string, text: string): void {
  const options = { timezone: 'UTC' };
  const run = () => notify(endpoint, text);
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
