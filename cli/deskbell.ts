#!/usr/bin/env node
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { main } from './main.ts';

// The reader of the output may have seen enough, as in `deskbell deliveries | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

process.exitCode = await main(process.argv.slice(2), {
  environment: process.env,
  now: () => Date.now(),
  newKey: () => randomUUID(),
  readFile: (path) => readFileSync(path),
  width: process.stdout.isTTY ? process.stdout.columns : undefined,
  fetch: (url, request) => fetch(url, request),
  print: (text) => void process.stdout.write(`${text}\n`),
  complain: (text) => void process.stderr.write(`${text}\n`),
});
