import { parseArgs } from 'node:util';
import { mutate } from './mutate.ts';
import { mutations } from './mutations.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    mutation: { type: 'string' },
  },
});
const { seed, mutation } = values;
const from = Number(values.from);
const seeds = Number(values.seeds);

if (mutation !== undefined) await hunt(mutation);
else if (seed !== undefined) await replay(Number(seed));
else await simulateMany();

/** Tells one seed in full, and its shortest form when it breaks something. */
async function replay(seedToTell: number): Promise<void> {
  const { simulate, storyOf, tellRun, tellFailure } = await load();
  const run = await simulate(storyOf(seedToTell), { isTold: true });
  console.log(tellRun(run));
  if (run.breaches.length === 0) return;
  process.exitCode = 1;
  console.log(`\n${await tellFailure(storyOf(seedToTell))}`);
}

/** Runs many seeds and counts; each that breaks something is told. */
async function simulateMany(): Promise<void> {
  const { simulate, storyOf, tellFailure, openTally, count, tellTally } = await load();
  const tally = openTally();
  const startedAt = performance.now();
  for (let next = from; next < from + seeds; next += 1) {
    const run = await simulate(storyOf(next));
    count(tally, run);
    if (run.breaches.length === 0) continue;
    process.exitCode = 1;
    console.log(`${await tellFailure(storyOf(next))}\n`);
  }
  console.log(`${tellTally(tally)}\nseconds     ${((performance.now() - startedAt) / 1000).toFixed(1)}`);
}

/** Makes a mistake in the product and looks for a story that notices. */
async function hunt(name: string): Promise<void> {
  const mutation = mutations.find((other) => other.name === name);
  if (mutation === undefined) throw new Error(`no mutation is called "${name}"`);
  // Before the product is loaded, so it is loaded with the mistake in it.
  mutate(mutation);
  const { simulate, storyOf, madeStories } = await load();
  const first = mutation.from ?? from;
  for (let next = first; next < first + seeds; next += 1) {
    const story = mutation.story === undefined ? undefined : madeStories[mutation.story];
    const { breaches } = await simulate(story === undefined ? storyOf(next) : { ...story, seed: next });
    const [breach] = breaches;
    if (breach === undefined) continue;
    console.log(`invariant ${breach.invariant}, seed ${next}: ${breach.what}`);
    return;
  }
  process.exitCode = 1;
  console.log(`nobody noticed in ${seeds} seeds`);
}

async function load() {
  const [simulation, stories, fixed, telling, tally] = await Promise.all([
    import('./simulate.ts'),
    import('./stories/stories.ts'),
    import('./stories/fixed-stories.ts'),
    import('./telling.ts'),
    import('./tally.ts'),
  ]);
  return { ...simulation, ...stories, ...telling, ...tally, ...fixed };
}
