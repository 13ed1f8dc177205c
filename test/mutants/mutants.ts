import { adapterMutants } from './adapters.ts';
import { domainMutants } from './domain.ts';
import type { Mutant } from './mutant.ts';
import { sqliteMutants } from './sqlite.ts';
import { usecaseMutants } from './usecases.ts';

/** Mistakes put in by hand, spread over the files by their size. */
export const mutants: readonly Mutant[] = [
  ...domainMutants,
  ...usecaseMutants,
  ...sqliteMutants,
  ...adapterMutants,
];
