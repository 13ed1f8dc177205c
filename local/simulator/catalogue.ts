type Operation = {
  method: 'GET' | 'POST';
  path: string;
  /** The permission that the service asks for; a 403 names it. */
  action: string;
};

/** Every call that the simulator answers; the names are the closed list that faults are matched by. */
const operations = {
  sendToPool: {
    method: 'POST',
    path: '/v2/:project/desktop-pools/:pool/notifications',
    action: 'workspace:desktopPools:sendNotifications',
  },
  sendToDesktops: {
    method: 'POST',
    path: '/v2/:project/desktops/notifications',
    action: 'workspace:desktops:sendNotifications',
  },
  showJob: {
    method: 'GET',
    path: '/v2/:project/workspace-jobs/:job',
    action: 'workspace:jobs:get',
  },
  listSubJobs: {
    method: 'GET',
    path: '/v2/:project/workspace-sub-jobs',
    action: 'workspace:jobs:listSubJobs',
  },
  listPools: {
    method: 'GET',
    path: '/v2/:project/desktop-pools',
    action: 'workspace:desktopPools:list',
  },
  showPool: {
    method: 'GET',
    path: '/v2/:project/desktop-pools/:pool',
    action: 'workspace:desktopPools:get',
  },
  listPoolDesktops: {
    method: 'GET',
    path: '/v2/:project/desktop-pools/:pool/desktops',
    action: 'workspace:desktopPools:listDesktops',
  },
  listScheduledTasks: {
    method: 'GET',
    path: '/v2/:project/scheduled-tasks',
    action: 'workspace:scheduledTasks:list',
  },
  showScheduledTask: {
    method: 'GET',
    path: '/v2/:project/scheduled-tasks/:task',
    action: 'workspace:scheduledTasks:get',
  },
  listTaskRecords: {
    method: 'GET',
    path: '/v2/:project/scheduled-tasks/:task/records',
    action: 'workspace:scheduledTasks:listRecords',
  },
  showTaskRecord: {
    method: 'GET',
    path: '/v2/:project/scheduled-tasks/:task/records/:record',
    action: 'workspace:scheduledTasks:getRecord',
  },
  listFutureExecutions: {
    method: 'POST',
    path: '/v2/:project/scheduled-tasks/future-executions',
    action: 'workspace:scheduledTasks:getFuture',
  },
  listTimeZones: {
    method: 'GET',
    path: '/v2/:project/common/timezones',
    action: 'workspace:common:listTimezones',
  },
  listProjects: {
    method: 'GET',
    path: '/v3/projects',
    action: 'iam:projects:listProjects',
  },
  decodeAuthorizationMessage: {
    method: 'POST',
    path: '/v5/decode-authorization-message',
    action: 'sts::decodeAuthorizationMessage',
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
