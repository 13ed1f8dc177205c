import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Some start whole processes, and a machine may be busy.
    testTimeout: 30_000,
    // Others mostly wait, and no core should: two cores take two minutes with three workers, three with two.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
  },
});
