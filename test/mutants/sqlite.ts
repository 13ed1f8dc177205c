import type { Mutant } from './mutant.ts';

export const sqliteMutants: readonly Mutant[] = [];
