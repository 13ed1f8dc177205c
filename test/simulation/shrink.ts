import { type Run, simulate } from './simulate.ts';
import type { Story } from './stories/story.ts';

/** Runs that the search for a shorter story may cost. */
const longestSearch = 500;

/** Takes out of a story whatever is not needed for the same invariant to break. */
export async function shrink(story: Story): Promise<Run> {
  const broken = (await simulate(story)).breaches[0]?.invariant;
  let shortest = story;
  let tries = 0;
  const breaks = async (candidate: Story) => {
    tries += 1;
    return (await simulate(candidate)).breaches[0]?.invariant === broken;
  };
  for (let isShorter = true; isShorter; ) {
    isShorter = false;
    for (const candidate of shorterOf(shortest)) {
      if (tries >= longestSearch) break;
      if (!(await breaks(candidate))) continue;
      shortest = candidate;
      isShorter = true;
      break;
    }
  }
  return simulate(shortest, { isTold: true });
}

/** Every story that has one thing less. */
function* shorterOf(story: Story): Generator<Story, void> {
  for (const part of ['faults', 'acts', 'schedules'] as const) {
    for (const i of story[part].keys()) yield { ...story, [part]: story[part].toSpliced(i, 1) };
  }
  if (story.processes > 1) yield { ...story, processes: story.processes - 1 };
  if (story.sendsPerMinute < 90) yield { ...story, sendsPerMinute: 90 };
  if (!story.isProven) yield { ...story, isProven: true };
}
