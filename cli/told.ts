import { printable } from './table.ts';
import { shortTime } from './times.ts';

/** What an act cannot stop any more, and who was told of the event before. */
export type Told = {
  goingOut: { pool: string; eventAt: string; dueAt: string }[];
  alreadyWarned: string[];
};

/** What an act came too late for, in plain words, one line each. */
export function describeTold(
  { goingOut, alreadyWarned }: Told,
  { isNotified, isDryRun }: { isNotified: boolean; isDryRun: boolean },
): string[] {
  const going = goingOut.map(
    ({ pool, eventAt }) =>
      `going out at this moment, too late to stop: ${printable(pool)}, about the event of ${shortTime(eventAt)}`,
  );
  return [
    ...(going.length === 0 ? ['nothing is going out at this moment'] : going),
    describeWarned(alreadyWarned.map(printable), isNotified, isDryRun),
  ];
}

function describeWarned(pools: readonly string[], isNotified: boolean, isDryRun: boolean): string {
  if (pools.length === 0)
    return isNotified ? 'nobody was warned before, so nobody is told' : 'nobody was warned before';
  const told = isNotified ? (isDryRun ? ', and would be told' : ', and told now') : '';
  return `warned before${told}: ${pools.join(', ')}`;
}
