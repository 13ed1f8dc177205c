import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { mutants } from './mutants.ts';
import { plant } from './plant.ts';

const root = join(import.meta.dirname, '../..');
const mutant = mutants.find(({ name }) => name === process.env.MUTANT);
const isTarget = (path: string) => mutant !== undefined && path === join(root, 'lib', mutant.file);

/** Runs tests against the product with one mistake in it; nothing on the disk changes. */
export default defineConfig({
  root,
  plugins: [
    {
      name: 'mutant',
      enforce: 'pre',
      transform: (source, path) =>
        mutant !== undefined && isTarget(path) ? plant(mutant, source) : undefined,
      // Kept on the disk, it would be loaded without the mistake, or with it in the next run.
      configureVitest: ({ defineCacheKeyGenerator }) =>
        defineCacheKeyGenerator(({ id }) => (isTarget(id) ? false : undefined)),
    },
  ],
  test: { include: ['test/**/*.test.ts'], testTimeout: 30_000, bail: 1, maxWorkers: 1 },
});
