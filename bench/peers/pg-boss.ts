import { PgBoss } from 'pg-boss';
import { chunksOf, idleSchedules, textsOf } from '../schedules.ts';
import { follow, notify } from './program.ts';

// A program of its own: what a user would write with pg-boss who wants jobs to be on time and a crash to be noticed:
// the shortest poll, full batches in a row, and the shortest heartbeat; the rest are its defaults.
//
//   node bench/peers/pg-boss.ts ENDPOINT POSTGRES_URL

type Data = { text: string };

const queue = 'notifications';
const [endpoint = '', connectionString = ''] = process.argv.slice(2);
const boss = new PgBoss({ connectionString });
boss.on('error', (cause) => console.error(cause));
await boss.start();
await boss.createQueue(queue, { heartbeatSeconds: 10 });
await boss.work<Data>(
  queue,
  { batchSize: 64, pollingIntervalSeconds: 0.5, burstWhenBatchFull: true },
  async (jobs) => {
    await Promise.all(jobs.map(({ data }) => notify(endpoint, data.text)));
  },
);

follow(async (order) => {
  if (order.kind === 'count') {
    // Its own statistics are up to a minute old.
    const open = "SELECT count(*) AS count FROM pgboss.job WHERE name = $1 AND state < 'completed'";
    const { rows } = await boss.getDb().executeSql(open, [queue]);
    return Number(rows[0]?.count);
  }
  if (order.kind === 'schedules') {
    for (const some of chunksOf(idleSchedules(order.count, Date.now()), 500)) {
      await Promise.all(
        some.map(({ id, cron, text }) => boss.schedule(queue, cron, { text }, { tz: 'UTC', key: id })),
      );
    }
    return order.count;
  }
  for (const batch of order.batches) {
    for (const texts of chunksOf(textsOf(batch), 5_000)) {
      const startAfter = new Date(batch.dueAt);
      await boss.insert(
        queue,
        texts.map((text) => ({ data: { text }, startAfter })),
      );
    }
  }
  return 0;
});
