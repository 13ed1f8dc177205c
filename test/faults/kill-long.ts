import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { runDeskbell, runSimulator, type Started, stopProgram } from './programs.ts';
import { authorizationOf, type DeliveryAnswer, deliveriesOf, textsAt } from './records.ts';
import { writeTable } from './table.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } });
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new Error(`--minutes must be a number above 0, not "${values.minutes}"`);

/** So many save schedules at the same time, each with a pause of up to so long between two. */
const savers = 8;
const longestPauseMs = 200;
const simulatorDelayMs = 60;
/** Longest time from a start to its kill; the shortest ones end before it is up. */
const longestLifeMs = 6_000;
/** A lease, the grace after it and a tick, twice over. */
const settleMs = 240_000;

type Counts = { kills: number; killsBeforeReady: number; asked: number };

const folder = mkdtempSync(join(tmpdir(), 'deskbell-'));
const children = new Set<ChildProcess>();
const counts: Counts = { kills: 0, killsBeforeReady: 0, asked: 0 };
/** The schedules whose save was answered; their events lie a few seconds ahead. */
const saved = new Set<string>();
/** What the simulator received, of all lives. */
const texts: string[] = [];

process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

const simulator = await runSimulator(
  { SIMULATOR_THROTTLE: 'off', SIMULATOR_DELAY_MS: String(simulatorDelayMs) },
  keep,
);
const env = {
  HUAWEICLOUD_WORKSPACE_ENDPOINT: simulator.url,
  DESKBELL_DATA_DIR: folder,
  DESKBELL_TABLE: writeTable(join(folder, 'table.json'), []),
  DESKBELL_SENDS_PER_MINUTE: 'off',
};
const endAt = Date.now() + minutes * 60_000;
let toldAt = Date.now();
while (Date.now() < endAt) {
  await liveAndDie();
  await collectTexts();
  if (Date.now() < toldAt + 60_000) continue;
  toldAt = Date.now();
  console.log(`${counts.kills} kills, ${saved.size} schedules saved`);
}
const deliveries = await settle();
await collectTexts();
const breaches = breachesOf(deliveries);
console.log(tell(deliveries));
for (const breach of breaches) console.log(`BREACH: ${breach}`);
process.exit(breaches.length === 0 ? 0 : 1);

function keep(child: ChildProcess): void {
  children.add(child);
  child.once('exit', () => children.delete(child));
}

/** Starts Deskbell, saves schedules as long as it lives, and kills it at a random moment, ready or not. */
async function liveAndDie(): Promise<void> {
  const [starting, kill] = startMortal();
  const death = sleep(Math.random() * longestLifeMs).then(kill);
  const [deskbell] = await Promise.allSettled([starting]);
  if (deskbell.status === 'fulfilled') await saveSchedules(deskbell.value);
  const wasAlive = await death;
  if (!wasAlive) throw new Error('Deskbell ended by itself', { cause: deskbell });
  counts.kills += 1;
  if (deskbell.status === 'rejected') counts.killsBeforeReady += 1;
}

/** A start, and the way to kill what it starts at any time; false when it has ended by itself. */
function startMortal(): [Promise<Started>, () => Promise<boolean>] {
  let kill = async () => false;
  const starting = runDeskbell(env, (child) => {
    keep(child);
    const ended = once(child, 'exit');
    kill = async () => {
      child.kill('SIGKILL');
      await ended;
      return child.signalCode === 'SIGKILL';
    };
  });
  return [starting, () => kill()];
}

async function saveSchedules({ url, child }: Started): Promise<void> {
  const headers = { ...authorizationOf(folder), 'Content-Type': 'application/json' };
  const lives = () => child.signalCode === null && child.exitCode === null;
  const work = async () => {
    while (lives()) {
      await saveSchedule(url, headers);
      await sleep(Math.random() * longestPauseMs);
    }
  };
  await Promise.all(Array.from({ length: savers }, work));
}

/** One event in 1 to 5 s; a kill may come before the answer. */
async function saveSchedule(url: string, headers: Record<string, string>): Promise<void> {
  counts.asked += 1;
  const id = `s${counts.asked}`;
  const at = new Date(Date.now() + 2_000 + Math.random() * 3_000).toISOString().slice(0, 19);
  const body = JSON.stringify({ pools: ['engineering'], at, message: '{{schedule}}' });
  const answer = await fetch(`${url}/v1/schedules/${id}`, { method: 'PUT', headers, body }).catch(
    () => undefined,
  );
  if (answer === undefined) return;
  if (answer.status !== 201) throw new Error(`saving ${id}: ${answer.status} ${await answer.text()}`);
  saved.add(id);
}

/** The simulator forgets the oldest when it has many, so they are taken from it while nobody sends. */
async function collectTexts(): Promise<void> {
  await sleep(2 * simulatorDelayMs);
  texts.push(...(await textsAt(simulator.url)));
  await fetch(`${simulator.url}/_simulator/notifications`, { method: 'DELETE' });
}

/** Lets a last run finish what the killed ones left, and gives every record. */
async function settle(): Promise<DeliveryAnswer[]> {
  const deskbell = await runDeskbell(env, keep);
  const { url } = deskbell;
  const giveUpAt = Date.now() + settleMs;
  for (;;) {
    await sleep(2_000);
    await fetch(`${url}/v1/tick`, { method: 'POST', headers: authorizationOf(folder) });
    const all = await deliveriesOf(url, folder);
    const isSettled = all.every(({ state }) => state !== 'pending' && state !== 'sending');
    if (!isSettled && Date.now() < giveUpAt) continue;
    await stopProgram(deskbell, 'SIGTERM');
    return all;
  }
}

function breachesOf(all: readonly DeliveryAnswer[]): string[] {
  const records = Map.groupBy(all, ({ scheduleId }) => scheduleId);
  const received = new Map([...Map.groupBy(texts, (text) => text)].map(([id, same]) => [id, same.length]));
  const told = ['accepted', 'delivered', 'partial', 'undelivered', 'unconfirmed'];
  return [
    ...[...received].filter(([, times]) => times > 1).map(([id, times]) => `${id} was sent ${times} times`),
    ...[...received.keys()].filter((id) => !records.has(id)).map((id) => `${id} was sent without a record`),
    ...[...saved].filter((id) => !records.has(id)).map((id) => `${id} was saved and has no record`),
    ...all.flatMap(({ scheduleId: id, state, jobId }) => {
      const arrived = received.has(id);
      if (state === 'unknown' || (told.includes(state) && arrived && jobId !== undefined)) return [];
      return [`${id} is ${state}, ${arrived ? 'and was sent' : 'and was not sent'}, job_id ${jobId}`];
    }),
  ];
}

function tell(all: readonly DeliveryAnswer[]): string {
  const states = [...Map.groupBy(all, ({ state }) => state)].map(
    ([state, same]) => `${same.length} ${state}`,
  );
  return [
    `${counts.kills} kills, ${counts.killsBeforeReady} of them before it was ready`,
    `${counts.asked} schedules asked for, ${saved.size} answered`,
    `${all.length} deliveries: ${states.join(', ')}`,
  ].join('\n');
}
