import type { Route } from '@middy/http-router';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Role } from '../config/tokens.ts';
import { authenticate } from './authentication.ts';
import { type BodyKind, readBody } from './body.ts';
import type { ApiAnswer, ApiCall, ApiRuntime } from './call.ts';
import {
  notifyPools,
  pauseSchedule,
  postponeEvent,
  resumeSchedule,
  sendSchedule,
  skipEvent,
} from './calls/acts.ts';
import { listActs } from './calls/audit.ts';
import { listDeliveries, showDelivery } from './calls/deliveries.ts';
import { applyFile, previewSchedule, runTick } from './calls/planning.ts';
import { listSchedules, putSchedule, removeSchedule, showSchedule } from './calls/schedules.ts';
import { listPools, showHealth } from './calls/status.ts';
import { refuseParameters } from './query.ts';
import { noSuchCall, RefusedCallError, tooManyRefusals } from './refusal.ts';
import { createSlowDown, type SlowDown } from './slow-down.ts';

type Event = APIGatewayProxyEventV2;
type Result = APIGatewayProxyStructuredResultV2;

type CallRule = {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  /** The least that a token must allow. */
  role: Role;
  /** Answered without a token, too. */
  isOpen?: true;
  body?: BodyKind;
  /** Reads the query itself; of all others any parameter is refused. */
  takesQuery?: true;
  answer: (call: ApiCall) => Promise<ApiAnswer>;
};

const rules: readonly CallRule[] = [
  { method: 'GET', path: '/v1/health', role: 'viewer', isOpen: true, answer: showHealth },
  { method: 'POST', path: '/v1/tick', role: 'operator', body: 'json or nothing', answer: runTick },
  { method: 'GET', path: '/v1/schedules', role: 'viewer', takesQuery: true, answer: listSchedules },
  { method: 'GET', path: '/v1/schedules/{id}', role: 'viewer', answer: showSchedule },
  { method: 'PUT', path: '/v1/schedules/{id}', role: 'admin', body: 'json', answer: putSchedule },
  {
    method: 'DELETE',
    path: '/v1/schedules/{id}',
    role: 'admin',
    body: 'json or nothing',
    answer: removeSchedule,
  },
  { method: 'POST', path: '/v1/schedules/{id}/pause', role: 'operator', body: 'json', answer: pauseSchedule },
  {
    method: 'POST',
    path: '/v1/schedules/{id}/resume',
    role: 'operator',
    body: 'json or nothing',
    answer: resumeSchedule,
  },
  { method: 'POST', path: '/v1/schedules/{id}/skip', role: 'operator', body: 'json', answer: skipEvent },
  {
    method: 'POST',
    path: '/v1/schedules/{id}/postpone',
    role: 'operator',
    body: 'json',
    answer: postponeEvent,
  },
  { method: 'POST', path: '/v1/schedules/{id}/send', role: 'operator', body: 'json', answer: sendSchedule },
  { method: 'POST', path: '/v1/notifications', role: 'operator', body: 'json', answer: notifyPools },
  { method: 'GET', path: '/v1/audit', role: 'viewer', takesQuery: true, answer: listActs },
  { method: 'POST', path: '/v1/apply', role: 'admin', body: 'schedule file', answer: applyFile },
  { method: 'POST', path: '/v1/preview', role: 'viewer', body: 'json', answer: previewSchedule },
  { method: 'GET', path: '/v1/deliveries', role: 'viewer', takesQuery: true, answer: listDeliveries },
  { method: 'GET', path: '/v1/deliveries/{id}', role: 'viewer', answer: showDelivery },
  { method: 'GET', path: '/v1/pools', role: 'viewer', answer: listPools },
];

/** Every call of the API, for the router. */
export function routesOf(
  getRuntime: () => Promise<ApiRuntime>,
  longestDelay: number,
): Route<Event, Result>[] {
  const slowDown = createSlowDown(longestDelay);
  return rules.map((rule) => ({
    method: rule.method,
    path: rule.path,
    handler: async (event: Event) => {
      const call = await admit(rule, await getRuntime(), event, slowDown);
      return resultOf(await rule.answer(call));
    },
  }));
}

/** @throws RefusedCallError always: 405 when other methods are taken at this path, else 404. */
export function refuseRoute({ method, path }: { method: string; path: string }): never {
  throw noSuchCall(
    method,
    rules.filter((rule) => patternOf(rule).test(path)).map((rule) => rule.method),
  );
}

/** An answer as API Gateway takes it. */
export function resultOf({ status, body, headers }: ApiAnswer): Result {
  return {
    statusCode: status,
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers },
    body: JSON.stringify(body),
  };
}

function patternOf({ path }: CallRule): RegExp {
  return new RegExp(`^${path.replace('{id}', '[^/]+')}/?$`);
}

/** Who has no known token is told so, but not as often as they like. */
async function admit(
  rule: CallRule,
  runtime: ApiRuntime,
  event: Event,
  slowDown: SlowDown,
): Promise<ApiCall> {
  try {
    return callOf(rule, runtime, event);
  } catch (error) {
    const isStranger = error instanceof RefusedCallError && error.code === 'UNAUTHENTICATED';
    if (isStranger && !(await slowDown.hold(event.requestContext.http.sourceIp, runtime.clock)))
      throw tooManyRefusals();
    throw error;
  }
}

/** The order matters: who may not call is told nothing about the body. */
function callOf({ role, isOpen, body, takesQuery }: CallRule, runtime: ApiRuntime, event: Event): ApiCall {
  const { headers, rawQueryString, pathParameters } = event;
  const isAnonymous = isOpen === true && headers.authorization === undefined;
  const holder = isAnonymous ? undefined : authenticate(headers.authorization, runtime.config.tokens, role);
  const query = new URLSearchParams(rawQueryString);
  if (takesQuery === undefined) refuseParameters(query);
  return {
    runtime,
    now: runtime.clock.now(),
    who: holder?.name ?? '',
    id: pathParameters?.id ?? '',
    query,
    ifMatch: headers['if-match'],
    idempotencyKey: headers['idempotency-key'],
    body: body === undefined ? undefined : readBody(event, body),
  };
}
