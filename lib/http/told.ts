import { isoOf } from '../domain/instant.ts';
import type { ActResult } from '../usecases/act.ts';

/** What an act could not stop any more, and who was told already. */
export function toldShape({ goingOut, alreadyWarned }: Pick<ActResult, 'goingOut' | 'alreadyWarned'>) {
  return {
    goingOut: goingOut.map((going) => ({
      ...going,
      eventAt: isoOf(going.eventAt),
      dueAt: isoOf(going.dueAt),
    })),
    alreadyWarned,
  };
}
