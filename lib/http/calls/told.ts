import { isoOf } from '../../domain/time/instant.ts';
import type { ActResult } from '../../usecases/changes/act.ts';

/** What an act could not stop any more, who was told already, and who of them is told of the act. */
export function toldShape({
  goingOut,
  alreadyWarned,
  notified,
}: Pick<ActResult, 'goingOut' | 'alreadyWarned'> & Partial<Pick<ActResult, 'notified'>>) {
  return {
    goingOut: goingOut.map((going) => ({
      ...going,
      eventAt: isoOf(going.eventAt),
      dueAt: isoOf(going.dueAt),
    })),
    alreadyWarned,
    ...(notified === undefined ? {} : { notified }),
  };
}
