import type { Mutant } from './mutant.ts';

export const usecaseMutants: readonly Mutant[] = [];
