import type { Mistake } from './plant.ts';

/** A mistake that the tests are to notice. */
export type Mutant = Mistake & {
  /** The test file that fails because of it, under `test/`; absent when no test notices it. */
  readonly caughtBy?: string;
  /** Why no test notices it. */
  readonly escapes?: string;
};
