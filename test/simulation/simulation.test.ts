import { describe, expect, it } from 'vitest';
import { finalStates } from '../../lib/domain/delivery/delivery.ts';
import { type Database, openDatabase } from '../../lib/sqlite/database.ts';
import { createStore } from '../../lib/sqlite/store.ts';
import { simulate } from './simulate.ts';
import { madeStories, sweptStories } from './stories/fixed-stories.ts';
import { storyOf } from './stories/stories.ts';
import { actKinds, type Story } from './stories/story.ts';
import { count, openTally, tellTally } from './tally.ts';
import { tellFailure, tellRun } from './telling.ts';

const batches = Array.from({ length: 16 }, (_, i) => ({ from: 1 + i * 125, to: (i + 1) * 125 }));
const tally = openTally();

describe('the simulation', () => {
  it.each(batches)(
    'keeps every invariant in the stories of the seeds $from to $to',
    async ({ from, to }) => {
      for (let seed = from; seed <= to; seed += 1) {
        const run = await simulate(storyOf(seed));
        count(tally, run);
        if (run.breaches.length > 0) expect.fail(await tellFailure(storyOf(seed)));
      }
    },
    60_000,
  );

  it('has seen every kind of fault, every act and every end of a delivery', () => {
    console.log(tellTally(tally));
    expect(tally.seeds).toBeGreaterThanOrEqual(2_000);
    expect([...tally.states.keys()]).toEqual(expect.arrayContaining([...finalStates]));
    expect(tally.faults.size).toBe(32);
    expect([...tally.kinds.keys()].sort()).toEqual([...actKinds].sort());
  });

  it.each(Object.entries(madeStories))('keeps every invariant in "%s"', async (_, story) => {
    for (let seed = 1; seed <= 10; seed += 1) await expectNoBreach({ ...story, seed });
  });

  it('tells the same story for the same seed', async () => {
    const told = async () => tellRun(await simulate(storyOf(7), { isTold: true }));
    expect(await told()).toBe(await told());
  });

  it('goes the same way over SQLite as over the store in memory', async () => {
    for (let seed = 1; seed <= 25; seed += 1) {
      const inMemory = await simulate(storyOf(seed));
      const databases: Database[] = [];
      const openStore = () => {
        const database = openDatabase(':memory:');
        databases.push(database);
        return createStore(database);
      };
      const inSqlite = await simulate(storyOf(seed), { openStore });
      for (const database of databases) database.close();
      expect(plain(inSqlite.recording.deliveries), `seed ${seed}`).toEqual(
        plain(inMemory.recording.deliveries),
      );
      expect(plain(inSqlite.recording.schedules), `seed ${seed}`).toEqual(
        plain(inMemory.recording.schedules),
      );
    }
  });
});

describe('a process that dies', () => {
  it.each(
    Object.entries(sweptStories).flatMap(([name, story]) =>
      (['crash-before', 'crash-after'] as const).map((kind) => ({ name, kind, story })),
    ),
  )(
    'breaks no invariant at any call of "$name": $kind',
    async ({ kind, story }) => {
      const { calls } = (await simulate(story)).recording;
      expect(calls).toBeGreaterThan(50);
      for (let call = 1; call <= calls; call += 1) {
        const crash = { kind, call, at: 0, forMs: 5_000 };
        await expectNoBreach({ ...story, faults: [...story.faults, crash] });
      }
    },
    60_000,
  );
});

async function expectNoBreach(story: Story): Promise<void> {
  const { breaches } = await simulate(story);
  if (breaches.length > 0) expect.fail(await tellFailure(story));
}

/** What a store that keeps JSON can tell. */
function plain(history: Map<string, unknown>): unknown {
  return JSON.parse(JSON.stringify([...history]));
}
