import { tick } from '../lib/usecases/planning/tick.ts';
import { arrivedOf, killAmid, recovered } from './aftermath.ts';
import { startReceiver } from './arrivals.ts';
import { stopChild } from './children.ts';
import { openStore } from './filled-store.ts';
import { type Ours, prepareOurs, recordsOf, startOurs } from './our-run.ts';
import { type PeerName, presentPeers, startPeer } from './peer.ts';
import type { Line } from './report.ts';
import type { Batch } from './schedules.ts';
import { median, whole } from './statistics.ts';

const rounds = 2;
const count = 1_000;
const killAfter = 300;
/** So that some are always under way. */
const answerAfterMs = 50;
const warmUpCount = 64;
const setUpMs = 4_000;
const apartMs = 4_000;
const markSeconds = 5;

type Aftermath = {
  lost: number;
  doubled: number;
  /** From the kill to the last arrival. */
  seconds: number;
  unknown: number;
  /** Of those, how many did arrive. */
  unknownArrived: number;
  /** Records of what was not so: a job_id and no arrival, or an arrival and neither a job_id nor `unknown`. */
  wrong: number;
};

/** What `kill -9` in the middle of 1,000 does, when the process is started again at once. */
export async function measureKill(): Promise<Line[]> {
  // The peers are killed at once: they mostly wait for a time-out of their own. Ours are measured in the meantime.
  const names = presentPeers().filter((name) => name !== 'node-cron');
  const recovering = await Promise.all(
    names.map((name) =>
      killPeer(name).catch((cause: unknown) => ({
        told: Promise.resolve(`${name} failed: ${String(cause)}`),
      })),
    ),
  );
  const ours: Aftermath[] = [];
  for (let round = 0; round < rounds; round += 1) ours.push(await killOurs());
  const peers = await Promise.all(recovering.map(({ told }) => told));
  const worst = (what: keyof Aftermath) => Math.max(...ours.map((one) => one[what]));
  const each = (what: keyof Aftermath) => ours.map((one) => whole(one[what])).join(', ');
  const seconds = median(ours.map((one) => one.seconds));
  return [
    {
      work: `kill -9 after ${killAfter} of ${whole(count)}, started again at once`,
      floor: '–',
      peers: peers.join('; '),
      ours: `${worst('lost')} lost, ${worst('doubled')} doubled, ${each('unknown')} unknown (${each('unknownArrived')} had arrived), ${worst('wrong')} records wrong, the rest within ${seconds.toFixed(1)} s`,
      mark: `0 lost, 0 doubled, those under way unknown, the rest within ${markSeconds} s`,
      isPassed: worst('lost') + worst('doubled') + worst('wrong') === 0 && seconds <= markSeconds,
    },
  ];
}

async function killOurs(): Promise<Aftermath> {
  const receiver = await startReceiver(answerAfterMs);
  const ours = await prepareOurs(receiver.endpoint, batchesFrom);
  const batch = mainOf(ours.batches);
  const killedAt = await killAmid(startOurs(ours.settings), receiver, { batch, after: killAfter });
  const child = startOurs(ours.settings);
  await recovered(receiver, async () => 0);
  await stopChild(child);
  await sweepLater(ours);
  const { texts, doubled, lastAt } = await arrivedOf(receiver, batch);
  await receiver.stop();
  const records = (await recordsOf(ours, batch)).map(({ state, jobId, attempts }) => ({
    isUnknown: state === 'unknown',
    isAccepted: jobId !== undefined,
    hasArrived: texts.has(attempts.at(-1)?.text ?? ''),
  }));
  const unknown = records.filter(({ isUnknown }) => isUnknown);
  return {
    lost: count - records.filter(({ isUnknown, hasArrived }) => isUnknown || hasArrived).length,
    doubled,
    seconds: Math.max(0, lastAt - killedAt) / 1_000,
    unknown: unknown.length,
    unknownArrived: unknown.filter(({ hasArrived }) => hasArrived).length,
    wrong: records.filter((one) => !one.isUnknown && one.isAccepted !== one.hasArrived).length,
  };
}

/** What a crash caught is ended when its lease is long over: here at once, by a tick that is told a later time. */
async function sweepLater({ settings }: Ours): Promise<void> {
  const runtime = await openStore(settings);
  await tick(runtime, Date.now() + 120_000);
  await runtime.close();
}

/** @returns when it has been killed and started again; `told` when it has recovered. */
async function killPeer(name: PeerName): Promise<{ told: Promise<string> }> {
  const receiver = await startReceiver(answerAfterMs);
  const peer = await startPeer(name, receiver.endpoint);
  const batches = batchesFrom(Date.now());
  const batch = mainOf(batches);
  await peer.order({ kind: 'jobs', batches });
  const killedAt = await killAmid(peer.process, receiver, { batch, after: killAfter });
  const restarted = await peer.again();
  const tell = async () => {
    await recovered(receiver, () => restarted.order({ kind: 'count' }));
    const { texts, doubled, lastAt } = await arrivedOf(receiver, batch);
    await restarted.stop();
    await receiver.stop();
    return `${name} ${count - texts.size} lost, ${doubled} doubled, ${(Math.max(0, lastAt - killedAt) / 1_000).toFixed(1)} s`;
  };
  const told = tell().catch((cause: unknown) => `${name} failed: ${String(cause)}`);
  return { told };
}

function batchesFrom(now: number): Batch[] {
  const warmAt = Math.ceil(now / 1_000) * 1_000 + setUpMs;
  return [
    { dueAt: warmAt, count: warmUpCount },
    { dueAt: warmAt + apartMs, count },
  ];
}

function mainOf([, batch]: readonly Batch[]): Batch {
  if (batch === undefined) throw new Error('there is no batch');
  return batch;
}
