import { startReceiver } from './arrivals.ts';
import type { Line } from './report.ts';
import { type Send, senders } from './senders.ts';
import { median, quantile, times, whole } from './statistics.ts';

type Measured = { perSecond: number; p99Ms: number; cpuUs: number };
type Name = keyof typeof senders;
type Found = Record<Name, Measured[]>;

/** For those that have a mark; the others are sent twice, and counted once. */
const markedRounds = 3;
const roundMs = 600;
/** What the slow receiver takes. */
const delayMs = 50;

/** Sends a second to a receiver that answers at once; times and CPU with one that takes 50 ms. */
export async function measureSending(): Promise<Line[]> {
  const lines: Line[] = [];
  for (const concurrency of [16, 1, 64]) {
    const rounds = concurrency === 16 ? markedRounds : 1;
    const rates = rateLine(concurrency, await compare({ delayMs: 0, concurrency, rounds }));
    lines.push(concurrency === 16 ? rates : withoutMark(rates));
  }
  for (const concurrency of [64, 1, 16]) {
    const rounds = concurrency === 64 ? markedRounds : 1;
    const slow = slowLines(concurrency, await compare({ delayMs, concurrency, rounds }));
    lines.push(...(concurrency === 64 ? slow : slow.map(withoutMark)));
  }
  return lines;
}

function rateLine(concurrency: number, found: Found): Line {
  const toFloor = ratio(found, 'floor', 'perSecond');
  const toOfficial = ratio(found, 'official', 'perSecond');
  return {
    work: `sends a second, ${concurrency} at once, answered at once`,
    ...told(found, 'perSecond', ''),
    ours: `${middle(found, 'ours', 'perSecond')}: ${toOfficial.toFixed(1)} × official, ${percent(toFloor)} of the floor`,
    mark: '8 × official, 75 % of the floor',
    isPassed: toOfficial >= 8 && toFloor >= 0.75,
  };
}

function slowLines(concurrency: number, found: Found): Line[] {
  const row = (what: 'p99Ms' | 'cpuUs', work: string, unit: string, markToFloor: number): Line => {
    const toFloor = ratio(found, 'floor', what);
    return {
      work: `${work} of a send, ${concurrency} at once, answered after ${delayMs} ms`,
      ...told(found, what, unit),
      ours: `${middle(found, 'ours', what)}${unit}: ${times(toFloor, 1)} the floor`,
      mark: `${times(markToFloor, 1)} the floor`,
      isPassed: toFloor <= markToFloor,
    };
  };
  // 62 ms where the floor takes 56 ms, 90 µs where it takes 60 µs.
  return [row('p99Ms', 'p99', ' ms', 62 / 56), row('cpuUs', 'CPU', ' µs', 90 / 60)];
}

function told(found: Found, what: keyof Measured, unit: string): Pick<Line, 'floor' | 'peers'> {
  const value = (name: Name) => `${middle(found, name, what)}${unit}`;
  return {
    floor: `${value('floor')} (undici Pool, no signing)`,
    peers: `official client ${value('official')}; fetch + signing ${value('fetch')}; undici Pool + signing ${value('undici')}`,
  };
}

function middle(found: Found, name: Name, what: keyof Measured): string {
  return whole(median(found[name].map((one) => one[what])));
}

function withoutMark({ work, floor, peers, ours }: Line): Line {
  return { work, floor, peers, ours, mark: '–' };
}

/** Lets each sender send for a while, round by round, to one receiver in a process of its own. */
async function compare(work: { delayMs: number; concurrency: number; rounds: number }): Promise<Found> {
  const { endpoint, stop } = await startReceiver(work.delayMs);
  const found: Found = { ours: [], floor: [], undici: [], fetch: [], official: [] };
  const names = Object.keys(found) as Name[];
  const open = names.map((name) => ({ name, ...senders[name](endpoint) }));
  for (let round = 0; round <= work.rounds; round += 1) {
    for (const { name, send } of open) {
      const measured = await sendFor(send, work.concurrency);
      // The first round warms up.
      if (round > 0) found[name].push(measured);
    }
  }
  for (const { close } of open) await close();
  await stop();
  return found;
}

async function sendFor(send: Send, concurrency: number): Promise<Measured> {
  const tookMs: number[] = [];
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  const worker = async () => {
    for (let at = performance.now(); at - startedAt < roundMs; ) {
      await send();
      const now = performance.now();
      tookMs.push(now - at);
      at = now;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const elapsedMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  return {
    perSecond: (tookMs.length / elapsedMs) * 1_000,
    p99Ms: quantile(tookMs, 0.99),
    cpuUs: (user + system) / tookMs.length,
  };
}

/** Ours to another's, the median of the rounds. */
function ratio(found: Found, other: Name, what: keyof Measured): number {
  return median(found.ours.map((one, i) => one[what] / (found[other][i]?.[what] ?? Number.NaN)));
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
