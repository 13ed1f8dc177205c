import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Whole processes are started in some, and a machine may be busy.
  test: { include: ['test/**/*.test.ts'], testTimeout: 30_000 },
});
