import { type Lateness, latenessOf, startReceiver } from './arrivals.ts';
import { stopChild } from './children.ts';
import { prepareOurs, recordsOf, startOurs } from './our-run.ts';
import { type Peer, type PeerName, startPeer } from './peer.ts';
import { memoryOfTree, peakMemoryOf } from './processes.ts';
import { type Batch, idleBatches } from './schedules.ts';

/** What became of the batches, and what it took. */
export type Run = {
  batches: Lateness[];
  /** The most memory that was resident at any time, in MiB; its server's beside it. */
  memory: { own: number; server?: number };
};

/** A run of the product, which keeps records: how many of each batch have a job_id. */
export type OurRun = Run & { recorded: number[] };

type Work = {
  batchesFrom: (now: number) => Batch[];
  /** Stored besides, and not due for 60 days. */
  idleCount?: number;
  /** What has not come so long after the last batch was due counts as lost. */
  longestMs: number;
};

const longestSetUpMs = 20_000;
/** For our start, and the tick that plans all at once. */
const startMs = 4_000;

/** The one-machine run in a process of its own, over a store that holds the batches and others. */
export async function runOurs(work: Work, moreMs = 0): Promise<OurRun> {
  const receiver = await startReceiver();
  const batchesFrom = (now: number) => work.batchesFrom(now + moreMs);
  const ours = await prepareOurs(receiver.endpoint, batchesFrom, work.idleCount);
  if (Math.min(...ours.batches.map(({ dueAt }) => dueAt)) < Date.now() + startMs) {
    await receiver.stop();
    if (moreMs >= longestSetUpMs) throw new Error('ours could not be set up in time');
    return runOurs(work, moreMs + 10_000);
  }
  const child = startOurs(ours.settings);
  const batches = await latenessOf(receiver, ours.batches, work.longestMs);
  const own = peakMemoryOf(child.pid ?? 0);
  await stopChild(child);
  await receiver.stop();
  const recorded: number[] = [];
  for (const batch of ours.batches) {
    recorded.push((await recordsOf(ours, batch)).filter(({ jobId }) => jobId !== undefined).length);
  }
  return { batches, recorded, memory: { own } };
}

/** What became of the same batches with each peer; why there is nothing to tell, of one that failed. */
export type PeerRuns = Map<PeerName, Run | string>;

/** Runs the peers one after another; one that fails does not stop the others. */
export async function runPeers(
  names: readonly PeerName[],
  work: Work,
  afterEach: () => Promise<void> = async () => undefined,
): Promise<PeerRuns> {
  const runs: PeerRuns = new Map();
  for (const name of names) {
    runs.set(name, await runPeer(name, work).catch((cause: unknown) => `failed: ${String(cause)}`));
    await afterEach();
  }
  return runs;
}

/** All of them in one text. */
export function tellPeers(runs: PeerRuns, tell: (run: Run) => string): string {
  return [...runs].map(([name, run]) => `${name} ${typeof run === 'string' ? run : tell(run)}`).join('; ');
}

async function runPeer(name: PeerName, work: Work, moreMs = 0): Promise<Run> {
  const receiver = await startReceiver();
  const peer = await startPeer(name, receiver.endpoint);
  try {
    const batches = await setUp(peer, work, moreMs);
    if (batches !== undefined) {
      const found = await latenessOf(receiver, batches, work.longestMs);
      return { batches: found, memory: memoryOf(peer) };
    }
  } finally {
    await peer.stop();
    await receiver.stop();
  }
  if (moreMs >= longestSetUpMs) throw new Error('it could not be set up in time');
  return runPeer(name, work, moreMs + 10_000);
}

/**
 * @param moreMs the batches are due so much later.
 * @returns undefined when the first was due before all were set up.
 */
async function setUp(
  peer: Peer,
  { batchesFrom, idleCount = 0 }: Work,
  moreMs: number,
): Promise<Batch[] | undefined> {
  if (idleCount > 0) await peer.order({ kind: 'jobs', batches: idleBatches(idleCount, Date.now()) });
  const batches = batchesFrom(Date.now() + moreMs);
  await peer.order({ kind: 'jobs', batches });
  return batches.some(({ dueAt }) => dueAt <= Date.now()) ? undefined : batches;
}

function memoryOf({ process: { pid = 0 }, server }: Peer): Run['memory'] {
  const own = peakMemoryOf(pid);
  return server === undefined ? { own } : { own, server: memoryOfTree(server.process.pid ?? 0) };
}
