import { Readable } from 'node:stream';
import { DeskbellError, messageOf } from '../../../lib/domain/codes/errors.ts';
import { type Instant, minute, second } from '../../../lib/domain/time/instant.ts';
import { exportStore, importStore, type StoredRecord } from '../../../lib/usecases/copy-store.ts';
import { tick } from '../../../lib/usecases/planning/tick.ts';
import { send } from '../../../lib/usecases/sending/send.ts';
import { track } from '../../../lib/usecases/sending/track.ts';
import { operate } from './operators.ts';
import { createProcess, type Deps, depsFor, kill, type Process } from './processes.ts';
import { type Letter, timeOf, type World } from './world.ts';

/** SQS hands a message out again after its visibility time. */
const visibility = 360 * second;
const deliveredAtMost = 5;
/** Lambda's queue hands a message out a little early; the worker waits. */
const earliness = 2 * second;

/** Starts the processes, and everybody who gives them work. */
export function populate(world: World): void {
  const { story, scheduler, random } = world;
  world.carry = (letter, fault) => carry(world, letter, fault);
  world.onStart = (process) => {
    world.tell(() => `${process.name} starts`);
    if (story.house === 'local') beginTick(world, process);
  };
  world.onDeath = (process) => world.tell(() => `${process.name} dies`);
  for (let n = 1; n <= story.processes; n += 1) world.processes.push(createProcess(world, `p${n}`));
  for (const process of world.processes) keepTicking(world, process);
  for (const act of story.acts) {
    scheduler.at(act.at, () => {
      const process = random.pick(world.processes);
      if (process.isUp) begin(world, operate(world, depsFor(world, process, `operator (${act.what})`), act));
      return process.isUp;
    });
  }
  for (const { kind, at, forMs } of story.faults) {
    if (kind === 'outage') scheduler.at(at, () => outage(world, forMs));
    if (kind === 'store-moved') scheduler.at(at, () => moveStore(world, forMs));
  }
}

function outage(world: World, forMs: number): false {
  for (const process of world.processes) kill(world, process, forMs);
  return false;
}

/** Everything is exported and imported into a fresh store while nobody runs. */
async function moveStore(world: World, forMs: number): Promise<boolean> {
  outage(world, forMs);
  const binding = { getTarget: async () => undefined, stamp: async () => {} };
  const copy = ({ store }: Pick<World, 'store'>) => ({
    schedules: store,
    deliveries: store,
    calendars: store,
  });
  const records: StoredRecord[] = [];
  for await (const record of exportStore({ ...copy(world), binding })) {
    records.push(JSON.parse(JSON.stringify(record)));
  }
  world.store = world.openStore();
  world.moves += 1;
  await importStore({ ...copy(world), binding }, Readable.from(records));
  world.tell(() => `${records.length} records are moved to another store`);
  return false;
}

/** Work that may fail by an error that is known; any other is a bug. */
function begin(world: World, work: Promise<unknown>, onFailure = () => {}): void {
  work.catch((cause: unknown) => {
    if (!(cause instanceof DeskbellError)) {
      const stack = cause instanceof Error ? cause.stack : messageOf(cause);
      world.recording.bugs.push({ at: world.now(), item: String(stack) });
    }
    onFailure();
  });
}

/** On Lambda one tick a minute reaches any process; on one machine each process ticks in the middle of a minute. */
function keepTicking(world: World, process: Process): void {
  const { story, scheduler, random } = world;
  const isMine = story.house === 'local' || process === world.processes[0];
  if (!isMine) return;
  const phase = story.house === 'local' ? 30 * second : random.between(0, 5) * second;
  const next = (at: Instant) =>
    scheduler.at(at, () => {
      next(at + minute);
      const ticker = story.house === 'local' ? process : random.pick(world.processes);
      const fault = world.takeFault('tick', ticker.name);
      const times = fault?.kind === 'tick-lost' || !ticker.isUp ? 0 : fault?.kind === 'tick-twice' ? 2 : 1;
      for (let i = 0; i < times; i += 1) beginTick(world, ticker);
      return times > 0;
    });
  next(world.now() + phase);
}

function beginTick(world: World, process: Process): void {
  const from = world.now();
  const ticked = tick(depsFor(world, process, 'tick'), world.clockNow()).then(() => {
    world.recording.ticks.push({ from, to: world.now() });
  });
  begin(world, ticked);
}

/** Brings a message to a worker at its time; what goes wrong on the way is the fault's. */
function carry(world: World, letter: Letter, fault: { kind: string; forMs: number } | undefined): void {
  const { recording, story, random } = world;
  recording.longestChain = Math.max(recording.longestChain, letter.message.hops);
  if (fault?.kind === 'message-lost') return;
  const isEarly = story.house === 'lambda' && letter.kind === 'send';
  const late = fault?.kind === 'message-late' ? fault.forMs : 0;
  const at = letter.at - (isEarly ? earliness : 0);
  deliver(world, letter, at + late, 1);
  if (fault?.kind === 'message-twice') deliver(world, letter, at + random.between(0, 5_000), 1);
}

function deliver(world: World, letter: Letter, at: Instant, times: number): void {
  const { moves } = world;
  world.scheduler.at(at, () => {
    if (world.moves !== moves) return false;
    const ready = world.processes.filter(({ isUp }) => isUp);
    if (ready.length === 0) {
      deliver(world, letter, world.now() + second, times);
      return false;
    }
    work(world, world.random.pick(ready), letter, times);
    return true;
  });
}

function work(world: World, process: Process, letter: Letter, times: number): void {
  const { kind, message } = letter;
  const { deliveryId } = message;
  const deps: Deps = depsFor(world, process, `${kind}er of ${deliveryId.slice(0, -20)}`, deliveryId);
  let isDone = false;
  const again = () => {
    if (isDone || times >= deliveredAtMost) return;
    isDone = true;
    const pause = world.story.house === 'lambda' ? visibility : second * 2 ** times;
    deliver(world, letter, world.now() + pause, times + 1);
  };
  const done = (kind === 'send' ? send(deps, message) : track(deps, message)).then(() => {
    isDone = true;
  });
  begin(world, done, again);
  // A worker that never answers leaves its message to another one.
  world.scheduler.at(world.now() + visibility, () => {
    again();
    return false;
  });
}

/** A line for each request, as the story is told. */
export function tellRequests(world: World): void {
  for (const { at, deliveryId, effect, text } of world.recording.requests) {
    world.recording.lines.push({ at, item: `request for ${deliveryId} (${effect}): ${text}` });
  }
  world.recording.lines.sort((a, b) => a.at - b.at);
}

/** A line as it is printed. */
export function lineOf({ at, item }: { at: Instant; item: string }): string {
  return `${timeOf(at)}  ${item}`;
}
