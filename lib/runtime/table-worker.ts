import { parentPort, workerData } from 'node:worker_threads';
import { parseTable } from '../domain/table/table.ts';
import type { TableTask } from './table-reader.ts';

/** A thread that reads one schedule file, and ends. */
const { text, context } = workerData as TableTask;
parentPort?.postMessage(parseTable(text, context));
