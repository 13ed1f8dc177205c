import { setTimeout as sleep } from 'node:timers/promises';
import { startReceiver } from './arrivals.ts';
import { stopChild } from './children.ts';
import { prepareOurs, startOurs } from './our-run.ts';
import { type Peer, presentPeers, startPeer } from './peer.ts';
import { cpuMsOf } from './processes.ts';
import type { Line } from './report.ts';
import { whole } from './statistics.ts';

const count = 10_000;
const minuteMs = 60_000;
/** What a start leaves behind, as garbage, is over by then. */
const settleMs = 10_000;
const markMs = 50;

/** A process, and how it is spoken of. */
type Idler = { name: string; pid: number };

/** CPU in a minute in which 10,000 schedules are stored and none is due. All are measured in the same minute. */
export async function measureIdle(): Promise<Line[]> {
  const receiver = await startReceiver();
  const peers: Peer[] = [];
  const idlers: Idler[] = [];
  for (const name of presentPeers()) {
    const peer = await startPeer(name, receiver.endpoint);
    peers.push(peer);
    await peer.order({ kind: 'schedules', count });
    idlers.push({ name, pid: peer.process.pid ?? 0 });
    if (peer.server !== undefined) idlers.push({ name: `its server`, pid: peer.server.process.pid ?? 0 });
  }
  const { settings } = await prepareOurs(receiver.endpoint, () => [], count);
  const child = startOurs(settings);
  const [ours = Number.NaN, ...others] = await perMinute([{ name: 'ours', pid: child.pid ?? 0 }, ...idlers]);
  await Promise.all([stopChild(child), ...peers.map((peer) => peer.stop())]);
  const arrived = await receiver.arrivals();
  await receiver.stop();
  if (arrived.length > 0) throw new Error(`${arrived.length} were sent in a minute in which none was due`);
  return [
    {
      work: `CPU of a minute in which none of ${whole(count)} schedules is due`,
      floor: '0',
      peers: others.map((cpu, i) => `${idlers[i]?.name} ${whole(cpu)} ms`).join('; '),
      ours: `${whole(ours)} ms`,
      mark: `${markMs} ms`,
      isPassed: ours <= markMs,
    },
  ];
}

async function perMinute(idlers: readonly Idler[]): Promise<number[]> {
  await sleep(settleMs);
  const before = idlers.map(({ pid }) => cpuMsOf(pid));
  await sleep(minuteMs);
  return idlers.map(({ pid }, i) => cpuMsOf(pid) - (before[i] ?? Number.NaN));
}
