import { createHash } from 'node:crypto';
import { simulatorKeys } from '../../lib/config.ts';
import {
  HuaweiUnavailableError,
  NotStartedError,
  OutcomeUnknownError,
} from '../../lib/domain/codes/errors.ts';
import type { Instant } from '../../lib/domain/time/instant.ts';
import { type HuaweiCall, isWrite } from '../../lib/huawei/exchange.ts';
import { errorOf } from '../../lib/huawei/refusal.ts';
import { workspaceOver } from '../../lib/huawei/workspace.ts';
import type { Workspace } from '../../lib/ports.ts';
import type { Answer } from '../simulator/answer.ts';
import { findOperation } from '../simulator/catalogue.ts';
import { type Fault, noSuchApi, type Reply } from '../simulator/faults.ts';
import { performCall } from '../simulator/perform.ts';
import { createState, type SimulatorState } from '../simulator/state.ts';
import type { Desktop } from '../simulator/workspace/pools.ts';
import type { TimedFault } from './faults.ts';

/** The simulator's Workspace inside this process: no socket and no signature, but its pools, limits, jobs and faults. */
export type RehearsedWorkspace = Workspace & {
  /** Pools that the schedules name and the simulator does not have; each was given one desktop. */
  addedPools: string[];
  /** Faults that no call has met. */
  waitingFaults(): TimedFault[];
};

export type RehearsedWorkspaceOptions = {
  now: () => Instant;
  /** Names and ids that the schedules use. */
  pools: readonly string[];
  faults: readonly TimedFault[];
  isThrottling: boolean;
};

export function createRehearsedWorkspace(options: RehearsedWorkspaceOptions): RehearsedWorkspace {
  const { now } = options;
  const state = createState(now(), options.isThrottling);
  const addedPools = addPools(state, options.pools);
  let toCome = options.faults.toSorted((a, b) => a.at - b.at);
  const released: { written: TimedFault; playing: Fault }[] = [];
  let calls = 0;

  function releaseFaults(): void {
    const due = toCome.filter(({ at }) => at <= now());
    if (due.length === 0) return;
    toCome = toCome.slice(due.length);
    for (const written of due) {
      const { answer, times } = written;
      const playing = { match: matchById(state, written.match), answer, times };
      released.push({ written, playing });
      state.faults.push(playing);
    }
  }

  function replyTo(call: HuaweiCall): Reply {
    releaseFaults();
    calls += 1;
    const received = receivedCall(call, calls, now());
    const [path = ''] = call.path.split('?');
    const operation = findOperation(call.method, path);
    return operation === undefined
      ? { answer: noSuchApi(received) }
      : performCall(state, received, operation);
  }

  const request = async (call: HuaweiCall) => {
    if (call.mayStart?.() === false) throw new NotStartedError('too late to begin; nothing was sent');
    const reply = replyTo(call);
    if (reply === 'reset') throw withoutAnswer(call, 'the connection was cut');
    // What comes late comes after the caller has stopped waiting.
    if (reply === 'hang' || reply.isLate) throw withoutAnswer(call, 'no answer in time');
    const answer = wireAnswer(reply.answer, calls, now());
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw errorOf(answer, { isWrite: isWrite(call), now: now() });
  };

  return {
    ...workspaceOver({ request }, simulatorKeys.projectId),
    addedPools,
    waitingFaults: () => [
      // The simulator counts down in place.
      ...released
        .filter(({ written, playing }) => playing.times === written.times)
        .map(({ written }) => written),
      ...toCome,
    ],
  };
}

/** The names and ids of the pools that every simulator has. */
export function simulatorPools(): string[] {
  return createState(0, false).pools.flatMap(({ id, name }) => [name, id]);
}

function addPools({ pools }: SimulatorState, wanted: readonly string[]): string[] {
  const known = new Set(pools.flatMap(({ id, name }) => [id, name]));
  const added = [...new Set(wanted)].filter((pool) => !known.has(pool));
  for (const name of added) {
    const id = /^[0-9a-f-]{32,36}$/i.test(name) ? name : idFor(name);
    pools.push({ id, name, type: 'DYNAMIC', isInMaintenanceMode: false, desktops: [desktopOf(name)] });
  }
  return added;
}

function desktopOf(pool: string): Desktop {
  return { id: idFor(`${pool}/1`), name: 'FAKE-001', userName: null, loginStatus: 'REGISTERED' };
}

/** The same name has the same id in every rehearsal. */
function idFor(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return [8, 12, 16, 20, 32].map((end, index, ends) => hex.slice(ends[index - 1] ?? 0, end)).join('-');
}

function matchById({ pools }: SimulatorState, { pool, operation }: TimedFault['match']): Fault['match'] {
  const id = pools.find((candidate) => candidate.id === pool || candidate.name === pool)?.id;
  return {
    ...(id === undefined ? {} : { pool: id }),
    ...(operation === undefined ? {} : { operation }),
  };
}

function receivedCall({ method, path, body = '' }: HuaweiCall, count: number, receivedAt: Instant) {
  const queryAt = path.indexOf('?');
  return {
    requestId: requestIdOf(count),
    receivedAt,
    method,
    target: path,
    headers: {},
    body: Buffer.from(body),
    query: new URLSearchParams(queryAt < 0 ? '' : path.slice(queryAt)),
    params: {},
  };
}

function wireAnswer({ status, body = '' }: Answer, count: number, now: Instant) {
  return {
    status,
    headers: { date: new Date(now).toUTCString(), 'x-request-id': requestIdOf(count) },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
}

function requestIdOf(count: number): string {
  return count.toString(16).padStart(32, '0');
}

function withoutAnswer(call: HuaweiCall, why: string): Error {
  const message = `the request left, and then: ${why}`;
  return isWrite(call) ? new OutcomeUnknownError(message) : new HuaweiUnavailableError(message);
}
