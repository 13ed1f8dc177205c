import { expect, it } from 'vitest';
import { createHandler } from '../../functions/tick.ts';
import { StoreError } from '../../lib/domain/errors.ts';
import { minute } from '../../lib/domain/instant.ts';
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
