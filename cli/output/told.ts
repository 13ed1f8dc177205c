import { printable } from './table.ts';
import { zonedTime } from './times.ts';

/** What an act cannot stop any more, and who was told of the event before. */
export type Told = {
  goingOut: { pool: string; eventAt: string; dueAt: string }[];
  alreadyWarned: string[];
  /** Who of them is notified of the act. */
  notified: string[];
  /** The schedule's. */
  timeZone: string;
};

/** What an act came too late for, in plain words, one line each. `asksToNotify`: it had a text for those who were warned. */
export function describeTold(
  { goingOut, alreadyWarned, notified, timeZone }: Told,
  { asksToNotify, isDryRun }: { asksToNotify: boolean; isDryRun: boolean },
): string[] {
  const going = goingOut.map(
    ({ pool, eventAt }) =>
      `going out at this moment, too late to stop: ${printable(pool)}, about the event of ${zonedTime(eventAt, timeZone)}`,
  );
  const warned = alreadyWarned.map(printable).join(', ');
  return [
    ...(going.length === 0 ? ['nothing is going out at this moment'] : going),
    warned === '' ? 'nobody was warned before' : `warned before: ${warned}`,
    ...(asksToNotify ? [describeNotified(notified.map(printable), isDryRun)] : []),
  ];
}

function describeNotified(pools: readonly string[], isDryRun: boolean): string {
  if (pools.length === 0) return isDryRun ? 'nobody would be notified' : 'nobody is notified now';
  return `${isDryRun ? 'would be notified' : 'notified now'}: ${pools.join(', ')}`;
}
