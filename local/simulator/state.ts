import type { Instant } from '../../lib/domain/time/instant.ts';
import type { Fault } from './faults.ts';
import { createGateway, type Gateway } from './gateway/gateway.ts';
import { createJobs, type Jobs } from './workspace/jobs.ts';
import { createNotifications, type Notifications } from './workspace/notifications.ts';
import { createPools, type Pool } from './workspace/pools.ts';
import { createTasks, type Task } from './workspace/tasks.ts';

/** Everything that a simulator knows; tests and drills may look at it and change it. */
export type SimulatorState = {
  gateway: Gateway;
  pools: Pool[];
  jobs: Jobs;
  notifications: Notifications;
  tasks: Task[];
  /** Waiting to be played, in the order in which they were asked for. */
  faults: Fault[];
  /** Cuts the connections of the calls that a `hang` keeps waiting. */
  hanging: Set<() => void>;
};

export function createState(now: Instant, isThrottling: boolean): SimulatorState {
  const pools = createPools();
  return {
    gateway: createGateway(isThrottling),
    pools,
    jobs: createJobs(now),
    notifications: createNotifications(),
    tasks: createTasks(pools, now),
    faults: [],
    hanging: new Set(),
  };
}
