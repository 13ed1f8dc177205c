import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Whole processes are started in some, and a machine may be busy; others mostly wait, and no core should.
  test: { include: ['test/**/*.test.ts'], testTimeout: 30_000, maxWorkers: '100%' },
});
