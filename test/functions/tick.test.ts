import { expect, it } from 'vitest';
import { createHandler } from '../../functions/tick.ts';
import { StoreError } from '../../lib/domain/codes/errors.ts';
import { minute, second } from '../../lib/domain/time/instant.ts';
import { createJsonLog } from '../../lib/lambda/json-log.ts';
import { aDefinition, createRig, start } from '../rig.ts';
import { context, contextWith, minuteEvent } from './events.ts';

function aPlanner() {
  const rig = createRig();
  const lines: string[] = [];
  const log = createJsonLog(rig.clock, 'test', (line) => lines.push(line));
  const deps = { ...rig.deps, log };
  return { ...rig, deps, logged: () => lines.map((line) => JSON.parse(line)) };
}

it('plans what comes due, and tells of it in one line with its metrics', async () => {
  const { deps, save, logged, clock } = aPlanner();
  await save(aDefinition({ pools: ['finance', 'support'], at: '2026-11-24T09:05', cron: undefined }));
  clock.moveTo(start + 3 * minute);
  const result = await createHandler(async () => deps)(minuteEvent, context);
  expect(result).toMatchObject({ due: 1, planned: 2, queued: 2, more: false });
  expect(logged()).toHaveLength(1);
  expect(logged()[0]).toMatchObject({
    level: 'info',
    event: 'tick-ended',
    stage: 'test',
    TickEnded: 1,
    Planned: 2,
    TickFailures: 0,
    _aws: { Timestamp: start + 3 * minute, CloudWatchMetrics: [{ Namespace: 'Deskbell' }] },
  });
});

it('throws what goes wrong, so that Lambda counts an error', async () => {
  const { deps, logged } = aPlanner();
  const schedules = { ...deps.schedules, schedulesToWake: () => Promise.reject(new StoreError('away')) };
  const handler = createHandler(async () => ({ ...deps, schedules }));
  await expect(handler(minuteEvent, context)).rejects.toThrow('away');
  expect(logged()).toEqual([]);
});

it('throws when it cannot be built, and tries again the next time', async () => {
  const { deps } = aPlanner();
  let builds = 0;
  const handler = createHandler(async () => {
    builds += 1;
    if (builds === 1) throw new StoreError('not yet');
    return deps;
  });
  await expect(handler(minuteEvent, context)).rejects.toThrow('not yet');
  expect(await handler(minuteEvent, context)).toMatchObject({ more: false });
});

/** Looking for work takes 20 s each time, so a run's budget is over at once. */
function aSlowPlanner() {
  const planner = aPlanner();
  const { clock, deps } = planner;
  const end = start + 50_000;
  let looks = 0;
  const schedules = {
    ...deps.schedules,
    async schedulesToWake() {
      looks += 1;
      clock.moveTo(clock.now() + 20_000);
      return looks < 10 ? ['waiting'] : [];
    },
  };
  const handler = createHandler(async () => ({ ...deps, schedules }));
  return {
    ...planner,
    run: () =>
      handler(
        minuteEvent,
        contextWith(() => end - clock.now()),
      ),
  };
}

it('goes on in the same invocation while there is more and the time lasts, then leaves it to the next', async () => {
  const { run, logged } = aSlowPlanner();
  expect(await run()).toMatchObject({ more: true });
  expect(logged().map(({ event, more }) => `${event} ${more}`)).toEqual([
    'tick-ended true',
    'tick-ended true',
  ]);
});

/** Always with more to do, and each look takes 3 s; how long each run of an invocation of so many seconds took. */
async function runsOf(seconds: number): Promise<number[]> {
  const { clock, deps, logged } = aPlanner();
  const end = start + seconds * second;
  const schedules = {
    ...deps.schedules,
    async schedulesToWake() {
      clock.moveTo(clock.now() + 3 * second);
      return [`s${clock.now()}`];
    },
  };
  const handler = createHandler(async () => ({ ...deps, schedules }));
  await handler(
    minuteEvent,
    contextWith(() => end - clock.now()),
  );
  return logged().map(({ TickDuration }) => TickDuration / second);
}

it('cuts a long run into several, and keeps enough time for the last mark', async () => {
  expect(await runsOf(60)).toEqual([21, 21, 9]);
  expect(await runsOf(25)).toEqual([15]);
});

it('plans what is due even where hardly any time is left', async () => {
  const { deps, save, clock } = aPlanner();
  await save(aDefinition({ at: '2026-11-24T09:05', cron: undefined }));
  clock.moveTo(start + 3 * minute);
  const handler = createHandler(async () => deps);
  expect(
    await handler(
      minuteEvent,
      contextWith(() => 5 * second),
    ),
  ).toMatchObject({ planned: 1, more: false });
});

it('counts what could not be worked on', async () => {
  const { deps, logged } = aPlanner();
  const schedules = {
    ...deps.schedules,
    schedulesToWake: async () => ['s'],
    getSchedule: () => Promise.reject(new StoreError('away')),
  };
  await createHandler(async () => ({ ...deps, schedules }))(minuteEvent, context);
  expect(logged()).toMatchObject([
    { event: 'tick-failed', id: 's' },
    { event: 'tick-ended', failed: 1, TickFailures: 1 },
  ]);
});
