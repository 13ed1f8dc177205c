import type { Mutant } from './mutant.ts';
import { actMutants } from './usecases-acts.ts';
import { scheduleMutants } from './usecases-schedules.ts';
import { sendingMutants } from './usecases-sending.ts';

export const usecaseMutants: readonly Mutant[] = [...sendingMutants, ...actMutants, ...scheduleMutants];
