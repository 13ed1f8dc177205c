import { printable } from './table.ts';
import { shortTime } from './times.ts';

/** What an act cannot stop any more, and who was told of the event before. */
export type Told = {
  goingOut: { pool: string; eventAt: string; dueAt: string }[];
  alreadyWarned: string[];
  /** Who of them is told of the act. */
  notified: string[];
};

/** What an act came too late for, in plain words, one line each. `asksToNotify`: it had a text for those who were warned. */
export function describeTold(
  { goingOut, alreadyWarned, notified }: Told,
  { asksToNotify, isDryRun }: { asksToNotify: boolean; isDryRun: boolean },
): string[] {
  const going = goingOut.map(
    ({ pool, eventAt }) =>
      `going out at this moment, too late to stop: ${printable(pool)}, about the event of ${shortTime(eventAt)}`,
  );
  const warned = alreadyWarned.map(printable).join(', ');
  return [
    ...(going.length === 0 ? ['nothing is going out at this moment'] : going),
    warned === '' ? 'nobody was warned before' : `warned before: ${warned}`,
    ...(asksToNotify ? [describeNotified(notified.map(printable), isDryRun)] : []),
  ];
}

function describeNotified(pools: readonly string[], isDryRun: boolean): string {
  if (pools.length === 0) return isDryRun ? 'nobody would be told' : 'nobody is told now';
  return `${isDryRun ? 'would be told' : 'told now'}: ${pools.join(', ')}`;
}
