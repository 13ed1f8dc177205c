import { Queue, Worker } from 'bullmq';
import { chunksOf, idleSchedules, textsOf } from '../schedules.ts';
import { follow, notify } from './program.ts';

// A program of its own: what a user would write with BullMQ, with its defaults but for the concurrency.
//
//   node bench/peers/bullmq.ts ENDPOINT REDIS_URL

type Data = { text: string };

const [endpoint = '', url = ''] = process.argv.slice(2);
const { hostname: host, port } = new URL(url);
// BullMQ wants it so for workers.
const connection = { host, port: Number(port), maxRetriesPerRequest: null };
const queue = new Queue<Data>('notifications', { connection });
const worker = new Worker<Data>('notifications', ({ data }) => notify(endpoint, data.text), {
  connection,
  concurrency: 64,
  removeOnComplete: { count: 0 },
});
worker.on('error', (cause) => console.error(cause));

follow(async (order) => {
  if (order.kind === 'count') return queue.getJobCountByTypes('active', 'waiting', 'delayed', 'prioritized');
  if (order.kind === 'schedules') {
    for (const some of chunksOf(idleSchedules(order.count, Date.now()), 500)) {
      await Promise.all(
        some.map(({ id, cron, text }) =>
          queue.upsertJobScheduler(id, { pattern: cron, tz: 'UTC' }, { name: 'notify', data: { text } }),
        ),
      );
    }
    return order.count;
  }
  for (const batch of order.batches) {
    for (const texts of chunksOf(textsOf(batch), 1_000)) {
      const delay = batch.dueAt - Date.now();
      await queue.addBulk(texts.map((text) => ({ name: 'notify', data: { text }, opts: { delay } })));
    }
  }
  return 0;
});
