import type { Mutant } from './mutant.ts';

export const domainMutants: readonly Mutant[] = [
  {
    name: 'a throttle lasts longer than an hour',
    file: 'domain/gate.ts',
    find: 'Math.min(error.throttledForSeconds * second, longestThrottle)',
    replace: 'error.throttledForSeconds * second',
    caughtBy: 'domain/gate.test.ts',
  },
];
