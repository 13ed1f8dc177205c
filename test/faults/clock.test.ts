import { join } from 'node:path';
import { expect, it, type TestContext, vi } from 'vitest';
import { aFalseClock, whyNoFalseClock } from './false-clock.ts';
import {
  aFolder,
  deliveriesOf,
  skipFor,
  startDeskbell,
  startSimulatorProgram,
  textsAt,
} from './processes.ts';
import { authorizationOf } from './records.ts';
import { writeTable } from './table.ts';

const patience = { timeout: 20_000, interval: 50 };

/**
 * Deskbell by a clock that can be set, and a simulator whose clock is right.
 *
 * @param due when each schedule is due, in seconds from now by the right clock.
 * @param options `aheadBy`: seconds by which the clock is wrong at the start.
 */
async function aRun(
  test: TestContext,
  due: Record<string, number>,
  { aheadBy = 0, maxLateness }: { aheadBy?: number; maxLateness?: string } = {},
) {
  const clock = aFalseClock() ?? skipFor(test, whyNoFalseClock);
  clock.setAhead(aheadBy);
  const simulator = await startSimulatorProgram();
  const folder = aFolder();
  const begunAt = Math.ceil(Date.now() / 1_000) * 1_000;
  const lateness = maxLateness === undefined ? {} : { maxLateness };
  const schedules = Object.entries(due).map(([id, seconds]) => ({
    id,
    eventAt: begunAt + seconds * 1_000,
    ...lateness,
  }));
  const { url, output } = await startDeskbell({
    HUAWEICLOUD_WORKSPACE_ENDPOINT: simulator.url,
    DESKBELL_DATA_DIR: folder,
    DESKBELL_TABLE: writeTable(join(folder, 'table.json'), schedules),
    ...clock.env,
  });
  const headers = { ...authorizationOf(folder), 'Content-Type': 'application/json' };
  return {
    setAhead: clock.setAhead,
    /** Waits for that many seconds of the right clock after its start. */
    until: (seconds: number) =>
      vi.waitFor(() => expect(Date.now()).toBeGreaterThan(begunAt + seconds * 1_000), patience),
    /** Waits for that many seconds of the right clock from now. */
    async rest(seconds: number) {
      const endAt = Date.now() + seconds * 1_000;
      await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(endAt), patience);
    },
    sent: async () => (await textsAt(simulator.url)).sort(),
    sends: (texts: string[]) =>
      vi.waitFor(async () => expect((await textsAt(simulator.url)).sort()).toEqual(texts.sort()), patience),
    logs: (what: RegExp) => vi.waitFor(() => expect(output.join('\n')).toMatch(what), patience),
    fares: (health: object) =>
      vi.waitFor(
        async () => expect(await (await fetch(`${url}/v1/health`, { headers })).json()).toMatchObject(health),
        patience,
      ),
    notify: (message: string) =>
      fetch(`${url}/v1/notifications`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ pools: ['finance'], message }),
      }),
    async stateOf(id: string) {
      const all = await deliveriesOf(url, folder);
      const { state, reasonCode } = all.find(({ scheduleId }) => scheduleId === id) ?? {};
      return `${state} ${reasonCode ?? ''}`.trim();
    },
  };
}

it('sends each once, by its own clock, when the clock is set by minutes', async (test) => {
  const run = await aRun(test, { now: 3, soon: 100, later: 205 });
  await run.sends(['now']);
  run.setAhead(180);
  await run.sends(['now', 'soon']);
  run.setAhead(-240);
  // Longer than Deskbell goes without a look at its clock.
  await run.rest(6);
  expect(await run.sent()).toEqual(['now', 'soon']);
  run.setAhead(200);
  await run.sends(['now', 'soon', 'later']);
  run.setAhead(0);
  await run.rest(6);
  expect(await run.sent()).toHaveLength(3);
}, 60_000);

it('holds back, and says by how much, while the clock is hours ahead; then it goes on', async (test) => {
  const run = await aRun(test, { before: 3, during: 6, 'two-hours': 7_205 });
  await run.sends(['before']);
  run.setAhead(7_200);
  await run.fares({
    status: 'degraded',
    gate: {
      state: 'closed',
      reason: expect.stringMatching(/clock is (7199|720[01]) s ahead of Huawei's; set it/),
    },
  });
  await run.logs(/ gate-closed .*clock is (7199|720[01]) s ahead of Huawei's/);
  await run.until(9);
  expect(await run.sent()).toEqual(['before']);
  // By this clock it was much too late.
  expect(await run.stateOf('during')).toBe('expired missed');

  run.setAhead(0);
  await run.fares({ status: 'ok' });
  expect((await run.notify('now')).status).toBe(201);
  await run.sends(['before', 'now']);
  expect(await run.stateOf('two-hours')).toMatch(/^pending/);
}, 60_000);

it('sends at their time, once the clock is right again, those that a clock hours ahead had put off', async (test) => {
  const run = await aRun(test, { before: 3, during: 6, after: 14 }, { maxLateness: '24h' });
  await run.sends(['before']);
  run.setAhead(7_200);
  await run.fares({ status: 'degraded', gate: { state: 'closed' } });
  await run.until(9);
  expect(await run.stateOf('during')).toMatch(/^pending/);
  run.setAhead(0);
  await run.logs(/ clock-rolled-back /);
  await run.sends(['before', 'during', 'after']);
}, 90_000);

it('sends what came due meanwhile once the clock is no longer hours behind', async (test) => {
  const run = await aRun(test, { before: 3, during: 6, after: 30 });
  await run.sends(['before']);
  run.setAhead(-7_200);
  await run.logs(/ clock-rolled-back /);
  await run.until(8);
  expect(await run.sent()).toEqual(['before']);
  // The job of the first one is asked for again, and Huawei says what is wrong.
  await run.fares({
    status: 'degraded',
    gate: {
      state: 'closed',
      reason: expect.stringMatching(/clock is (7199|720[01]) s behind Huawei's; set it/),
    },
  });
  run.setAhead(0);
  await run.sends(['before', 'during']);
  await run.until(30);
  await run.sends(['before', 'during', 'after']);
}, 60_000);

const wrongStarts: [seconds: number, said: RegExp][] = [
  [7_200, /this machine's clock is (7199|720[01]) s ahead of Huawei's; set it/i],
  [-1_200, /this machine's clock is (1199|120[01]) s behind Huawei's; set it/i],
];

it.for(wrongStarts)(
  'starts with a clock that is %i s ahead, says so, and sends once it is right',
  { timeout: 60_000 },
  async ([seconds, said], test) => {
    const run = await aRun(test, { soon: 12 }, { aheadBy: seconds });
    await run.logs(new RegExp(` error huawei-not-usable .*${said.source}`, 'i'));
    await run.fares({
      status: 'degraded',
      gate: { state: 'closed', reason: expect.stringMatching(said) },
    });
    expect(await run.sent()).toEqual([]);
    run.setAhead(0);
    await run.sends(['soon']);
    await run.fares({ status: 'ok', gate: { state: 'open' } });
  },
);
