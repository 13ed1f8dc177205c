import { shrink } from './shrink.ts';
import { linesOf, type Run } from './simulate.ts';
import type { Story } from './story.ts';

/** A run in plain lines: what was set up, what happened when, and what broke. */
export function tellRun(run: Run): string {
  const { story } = run.recording;
  return [
    `on ${story.house === 'lambda' ? 'Lambda' : 'one machine'}, ${story.processes} processes, ` +
      `${story.sendsPerMinute} sends a minute, key ${story.isProven ? 'proven' : 'unproven'}`,
    ...story.schedules.map(({ id, fields }) => `schedule ${id}: ${JSON.stringify(fields)}`),
    ...linesOf(run),
    ...run.breaches.map(({ invariant, what }) => `BREACH of invariant ${invariant}: ${what}`),
  ].join('\n');
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
