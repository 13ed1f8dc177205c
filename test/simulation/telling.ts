import { minute, second } from '../../lib/domain/time/instant.ts';
import { shrink } from './shrink.ts';
import { linesOf, type Run } from './simulate.ts';
import { type Fault, isSpan, type Story } from './stories/story.ts';
import { timeOf } from './world/world.ts';

/** A run in plain lines: what was set up, what happened when, and what broke. */
export function tellRun(run: Run): string {
  const { story } = run.recording;
  return [
    `on ${story.house === 'lambda' ? 'Lambda' : 'one machine'}, ${story.processes} processes, ` +
      `${story.sendsPerMinute} sends a minute, key ${story.isProven ? 'proven' : 'unproven'}`,
    ...story.schedules.map(({ id, fields }) => `schedule ${id}: ${JSON.stringify(fields)}`),
    ...story.faults.filter(({ kind }) => isSpan(kind)).map(sayFault),
    ...linesOf(run),
    ...run.breaches.map(({ invariant, what }) => `BREACH of invariant ${invariant}: ${what}`),
  ].join('\n');
}

function sayFault({ kind, at, forMs, aheadMs }: Fault): string {
  const ahead = aheadMs === undefined ? '' : `, by ${aheadMs / minute} minutes`;
  return `${timeOf(at)}  ${kind} for ${forMs / second} s${ahead}`;
}

/** Tells the shortest story that breaks what a story broke, and how to see it again. */
export async function tellFailure(story: Story): Promise<string> {
  const run = await shrink(story);
  const { schedules, acts, faults } = run.recording.story;
  return [
    `seed ${story.seed} broke invariant ${run.breaches[0]?.invariant}; ` +
      `what is left of it: ${schedules.length} schedules, ${acts.length} acts, ${faults.length} faults`,
    tellRun(run),
    `replay: npm run simulate -- --seed ${story.seed}`,
  ].join('\n');
}
