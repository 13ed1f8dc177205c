import type { Answer, Call } from './answer.ts';
import { decodeAuthorizationMessage, listProjects } from './iam.ts';
import { listSubJobs, showJob } from './jobs.ts';
import { sendToDesktops, sendToPool } from './notifications.ts';
import { listPoolDesktops, listPools, showPool } from './pools.ts';
import type { SimulatorState } from './state.ts';
import {
  listFutureExecutions,
  listScheduledTasks,
  listTaskRecords,
  listTimeZones,
  showScheduledTask,
  showTaskRecord,
} from './task-calls.ts';

type Operation = {
  method: 'GET' | 'POST';
  path: string;
  /** The permission that the service asks for; a 403 names it. */
  action: string;
  run: (state: SimulatorState, call: Call) => Answer;
};

/** Every call that the simulator answers; the names are the closed list that faults are matched by. */
const operations = {
  sendToPool: {
    method: 'POST',
    path: '/v2/:project/desktop-pools/:pool/notifications',
    action: 'workspace:desktopPools:sendNotifications',
    run: sendToPool,
  },
  sendToDesktops: {
    method: 'POST',
    path: '/v2/:project/desktops/notifications',
    action: 'workspace:desktops:sendNotifications',
    run: sendToDesktops,
  },
  showJob: {
    method: 'GET',
    path: '/v2/:project/workspace-jobs/:job',
    action: 'workspace:jobs:get',
    run: ({ jobs }, call) => showJob(jobs, call),
  },
  listSubJobs: {
    method: 'GET',
    path: '/v2/:project/workspace-sub-jobs',
    action: 'workspace:jobs:listSubJobs',
    run: ({ jobs }, call) => listSubJobs(jobs, call),
  },
  listPools: {
    method: 'GET',
    path: '/v2/:project/desktop-pools',
    action: 'workspace:desktopPools:list',
    run: ({ pools }, call) => listPools(pools, call),
  },
  showPool: {
    method: 'GET',
    path: '/v2/:project/desktop-pools/:pool',
    action: 'workspace:desktopPools:get',
    run: ({ pools }, call) => showPool(pools, call),
  },
  listPoolDesktops: {
    method: 'GET',
    path: '/v2/:project/desktop-pools/:pool/desktops',
    action: 'workspace:desktopPools:listDesktops',
    run: ({ pools }, call) => listPoolDesktops(pools, call),
  },
  listScheduledTasks: {
    method: 'GET',
    path: '/v2/:project/scheduled-tasks',
    action: 'workspace:scheduledTasks:list',
    run: ({ tasks }, call) => listScheduledTasks(tasks, call),
  },
  showScheduledTask: {
    method: 'GET',
    path: '/v2/:project/scheduled-tasks/:task',
    action: 'workspace:scheduledTasks:get',
    run: ({ tasks }, call) => showScheduledTask(tasks, call),
  },
  listTaskRecords: {
    method: 'GET',
    path: '/v2/:project/scheduled-tasks/:task/records',
    action: 'workspace:scheduledTasks:listRecords',
    run: ({ tasks }, call) => listTaskRecords(tasks, call),
  },
  showTaskRecord: {
    method: 'GET',
    path: '/v2/:project/scheduled-tasks/:task/records/:record',
    action: 'workspace:scheduledTasks:getRecord',
    run: ({ tasks }, call) => showTaskRecord(tasks, call),
  },
  listFutureExecutions: {
    method: 'POST',
    path: '/v2/:project/scheduled-tasks/future-executions',
    action: 'workspace:scheduledTasks:getFuture',
    run: (_, call) => listFutureExecutions(call),
  },
  listTimeZones: {
    method: 'GET',
    path: '/v2/:project/common/timezones',
    action: 'workspace:common:listTimezones',
    run: () => listTimeZones(),
  },
  listProjects: {
    method: 'GET',
    path: '/v3/projects',
    action: 'iam:projects:listProjects',
    run: (_, call) => listProjects(call),
  },
  decodeAuthorizationMessage: {
    method: 'POST',
    path: '/v5/decode-authorization-message',
    action: 'sts::decodeAuthorizationMessage',
    run: (_, call) => decodeAuthorizationMessage(call),
  },
} as const satisfies Record<string, Operation>;

export type OperationName = keyof typeof operations;

/** The closed list of operations, in the order of {@link operations}. */
export const operationNames = Object.keys(operations) as OperationName[];

const routes = operationNames.map((name) => ({
  name,
  method: operations[name].method as string,
  segments: operations[name].path.split('/'),
}));

export function actionOf(name: OperationName): string {
  return operations[name].action;
}

/** Whether the path of the operation names a pool, so that a fault can be for one pool only. */
export function namesPool(name: OperationName): boolean {
  return operations[name].path.includes(':pool');
}

export function runOperation(name: OperationName, state: SimulatorState, call: Call): Answer {
  const operation: Operation = operations[name];
  return operation.run(state, call);
}

function paramsOf(
  pattern: readonly string[],
  segments: readonly string[],
): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const segment = segments[index] ?? '';
    if (expected.startsWith(':')) params[expected.slice(1)] = segment;
    else if (expected !== segment) return undefined;
  }
  return params;
}

/** The operation that a method and a path name, and the variable parts of the path; a final `/` does not count. */
export function findOperation(
  method: string,
  path: string,
): { name: OperationName; params: Record<string, string> } | undefined {
  const segments = path.replace(/\/$/, '').split('/');
  for (const route of routes) {
    const params = route.method === method ? paramsOf(route.segments, segments) : undefined;
    if (params !== undefined) return { name: route.name, params };
  }
  return undefined;
}
