import type { Answer, Call } from './answer.ts';
import type { OperationName } from './catalogue.ts';
import { decodeAuthorizationMessage, listProjects } from './gateway/iam.ts';
import type { SimulatorState } from './state.ts';
import { listSubJobs, showJob } from './workspace/jobs.ts';
import { sendToDesktops, sendToPool } from './workspace/notifications.ts';
import { listPoolDesktops, listPools, showPool } from './workspace/pools.ts';
import {
  listFutureExecutions,
  listScheduledTasks,
  listTaskRecords,
  listTimeZones,
  showScheduledTask,
  showTaskRecord,
} from './workspace/task-calls.ts';

type Run = (state: SimulatorState, call: Call) => Answer;

const runs: Record<OperationName, Run> = {
  sendToPool,
  sendToDesktops,
  showJob: ({ jobs }, call) => showJob(jobs, call),
  listSubJobs: ({ jobs }, call) => listSubJobs(jobs, call),
  listPools: ({ pools }, call) => listPools(pools, call),
  showPool: ({ pools }, call) => showPool(pools, call),
  listPoolDesktops: ({ pools }, call) => listPoolDesktops(pools, call),
  listScheduledTasks: ({ tasks }, call) => listScheduledTasks(tasks, call),
  showScheduledTask: ({ tasks }, call) => showScheduledTask(tasks, call),
  listTaskRecords: ({ tasks }, call) => listTaskRecords(tasks, call),
  showTaskRecord: ({ tasks }, call) => showTaskRecord(tasks, call),
  listFutureExecutions: (_, call) => listFutureExecutions(call),
  listTimeZones: () => listTimeZones(),
  listProjects: (_, call) => listProjects(call),
  decodeAuthorizationMessage: (_, call) => decodeAuthorizationMessage(call),
};

export function runOperation(name: OperationName, state: SimulatorState, call: Call): Answer {
  return runs[name](state, call);
}
