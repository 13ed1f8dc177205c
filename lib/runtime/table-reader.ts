import { Worker } from 'node:worker_threads';
import type { ScheduleTable, TableContext } from '../domain/table/table.ts';
import type { TableReader } from '../usecases/changes/apply.ts';

/** What the thread is given. */
export type TableTask = { text: string; context: TableContext };

const thread = new URL('./table-worker.ts', import.meta.url);

/** Reads schedule files in a thread of their own, one after the other, so that no notification waits for them. */
export function createTableReader(): TableReader['readTable'] {
  let before: Promise<unknown> = Promise.resolve();
  return (text, context) => {
    const table = before.then(() => readInThread({ text, context }));
    before = table.catch(() => undefined);
    return table;
  };
}

function readInThread(task: TableTask): Promise<ScheduleTable> {
  const worker = new Worker(thread, { workerData: task });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    for (const event of ['error', 'messageerror']) worker.on(event, reject);
    worker.once('exit', () =>
      reject(new Error('the thread that reads schedule files ended before it was done')),
    );
  });
}
