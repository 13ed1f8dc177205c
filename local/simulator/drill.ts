import { isLoopback } from '../../lib/domain/loopback.ts';
import type { Answer, Call } from './answer.ts';
import { namesPool, operationNames } from './catalogue.ts';
import { type Fault, faultAnswers } from './faults.ts';
import { parseJsonObject } from './json.ts';
import type { SimulatorState } from './state.ts';
import { clearNotifications, notificationList } from './workspace/notifications.ts';

/** The calls for tests and drills begin so; they want no signature and count for no limit. */
export const drillPrefix = '/_simulator/';

/** Told to the caller as it is. */
class DrillError extends Error {}

function oneOf<T extends string>(place: string, value: unknown, known: readonly T[]): T {
  const found = known.find((candidate) => candidate === value);
  if (found === undefined) {
    throw new DrillError(`${place}: ${JSON.stringify(value)} is not known; use one of ${known.join(', ')}`);
  }
  return found;
}

function refuseUnknownFields(place: string, fields: object, known: readonly string[]): void {
  for (const name of Object.keys(fields)) oneOf(place, name, known);
}

function poolIdOf({ pools }: SimulatorState, wanted: unknown): string {
  const pool = pools.find(({ id, name }) => wanted === id || wanted === name);
  if (pool !== undefined) return pool.id;
  return oneOf(
    'match.pool',
    wanted,
    pools.map(({ name }) => name),
  );
}

function matchOf(state: SimulatorState, match: unknown): Fault['match'] {
  if (typeof match !== 'object' || match === null) throw new DrillError('match: must be an object');
  refuseUnknownFields('match', match, ['pool', 'operation']);
  const fields: { pool?: unknown; operation?: unknown } = match;
  const { pool, operation } = fields;
  const found: Fault['match'] = {};
  if (pool !== undefined) found.pool = poolIdOf(state, pool);
  if (operation !== undefined) found.operation = oneOf('match.operation', operation, operationNames);
  if (found.pool !== undefined && found.operation !== undefined && !namesPool(found.operation)) {
    throw new DrillError(
      `match: ${found.operation} names no pool in its path, so match.pool cannot be used with it`,
    );
  }
  return found;
}

function faultOf(state: SimulatorState, body: Buffer): Fault {
  const fields = parseJsonObject(body);
  if (fields === undefined) throw new DrillError('the body must be a JSON object: {match, answer, times?}');
  refuseUnknownFields('fault', fields, ['match', 'answer', 'times']);
  const { match = {}, answer, times = 1 } = fields;
  if (typeof times !== 'number' || !Number.isSafeInteger(times) || times < 1) {
    throw new DrillError('times: must be a whole number from 1');
  }
  return { match: matchOf(state, match), answer: oneOf('answer', answer, faultAnswers), times };
}

type DrillCall = (state: SimulatorState, body: Buffer) => Answer;

const drillCalls: Record<string, DrillCall> = {
  'GET /_simulator/notifications': (state) => ({ status: 200, body: notificationList(state.notifications) }),
  'DELETE /_simulator/notifications': (state) => {
    clearNotifications(state.notifications);
    return { status: 204 };
  },
  'GET /_simulator/faults': (state) => ({ status: 200, body: { items: state.faults } }),
  'POST /_simulator/faults': (state, body) => {
    state.faults.push(faultOf(state, body));
    return { status: 204 };
  },
  'DELETE /_simulator/faults': (state) => {
    state.faults.length = 0;
    for (const release of state.hanging) release();
    state.hanging.clear();
    return { status: 204 };
  },
};

function isFromThisMachine({ host = '', origin }: Call['headers']): boolean {
  const isHere = (url: string) => {
    const parsed = URL.parse(url);
    return parsed !== null && isLoopback(parsed);
  };
  return isHere(`http://${host}`) && (origin === undefined || isHere(origin));
}

/** Answers a call for tests and drills; errors are one sentence in `error`. */
export function runDrillCall(
  state: SimulatorState,
  { method, headers, body }: Pick<Call, 'method' | 'headers' | 'body'>,
  path: string,
): Answer {
  // A page of another site may send calls to this machine from the browser of somebody who works here.
  if (!isFromThisMachine(headers)) {
    const error = 'calls for drills are taken from this machine alone, and from no page of another site';
    return { status: 403, body: { error } };
  }
  const run = drillCalls[`${method} ${path}`];
  if (run === undefined) {
    const error = `there is no ${method} ${path}; there are ${Object.keys(drillCalls).join(', ')}`;
    return { status: 404, body: { error } };
  }
  try {
    return run(state, body);
  } catch (cause) {
    if (!(cause instanceof DrillError)) throw cause;
    return { status: 400, body: { error: cause.message } };
  }
}
