import { day, hour, type Instant } from '../../../lib/domain/time/instant.ts';
import type { Desktop, Pool } from './pools.ts';
import type { Recurrence } from './recurrence.ts';

/** One run of a task that is over. */
export type TaskRecord = {
  id: string;
  startedAt: Instant;
  desktops: { desktop: Desktop; status: 'SUCCESS' | 'SKIP' | 'FAIL'; reason: string | null }[];
};

/** One of Workspace's own scheduled tasks, in Huawei's words. */
export type Task = Recurrence & {
  id: string;
  task_name: string;
  task_type: string;
  life_cycle_type?: string;
  life_cycle_exec_period?: number;
  wait_time?: number;
  priority?: number;
  last_status: string;
  enable: boolean;
  force_execute: boolean;
  /** JSON in a text, as the service has it. */
  extra_params?: string;
  /** Said instead of the calculated next run. */
  next_execution_time?: string;
  apply_objects: { object_id: string; object_type: string; object_name: string }[];
  records: TaskRecord[];
};

function taskId(number: number): string {
  return `fa4e0000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

function targets(pool: Pool | undefined): Task['apply_objects'] {
  return pool === undefined
    ? []
    : [{ object_id: pool.id, object_type: 'DESKTOP_POOL', object_name: pool.name }];
}

/** A forced run spares only what is off; an unforced one spares those who are connected, too. */
function recordOf(
  id: string,
  startedAt: Instant,
  pool: Pool | undefined,
  { isForced }: { isForced: boolean },
): TaskRecord {
  const desktops = (pool?.desktops ?? []).map((desktop): TaskRecord['desktops'][number] => {
    if (desktop.loginStatus === 'UNREGISTER')
      return { desktop, status: 'SKIP', reason: 'fake: desktop is off' };
    const isSpared = !isForced && desktop.loginStatus === 'CONNECTED';
    return {
      desktop,
      status: isSpared ? 'SKIP' : 'SUCCESS',
      reason: isSpared ? 'fake: desktop in use' : null,
    };
  });
  return { id, startedAt, desktops };
}

/** The tasks that every simulator starts with: each kind of recurrence, and each kind of trouble for a reader. */
export function createTasks(pools: readonly Pool[], now: Instant): Task[] {
  const [finance, engineering, support] = pools;
  const lastAt = (timeOfDay: number) => Math.floor((now - timeOfDay) / day) * day + timeOfDay;
  const shared = { enable: true, force_execute: false, last_status: '', records: [] };
  return [
    {
      ...shared,
      id: taskId(1),
      task_name: 'fake-nightly-reboot',
      task_type: 'REBOOT',
      scheduled_type: 'DAY',
      day_interval: 1,
      scheduled_time: '22:00:00',
      time_zone: 'Asia/Shanghai',
      force_execute: true,
      last_status: 'SUCCESS',
      apply_objects: targets(finance),
      records: [recordOf(taskId(101), lastAt(14 * hour), finance, { isForced: true })],
    },
    {
      ...shared,
      id: taskId(2),
      task_name: 'fake-evening-stop',
      task_type: 'STOP',
      scheduled_type: 'WEEK',
      week_list: '1,2,3,4,5,6,7',
      scheduled_time: '19:30:00',
      time_zone: 'Coordinated Universal Time',
      last_status: 'SKIP',
      extra_params: JSON.stringify({ notify_message: 'fake: this desktop stops at 19:30' }),
      apply_objects: targets(engineering),
      records: [recordOf(taskId(102), lastAt(19.5 * hour), engineering, { isForced: false })],
    },
    {
      ...shared,
      id: taskId(3),
      task_name: 'fake-monthly-rebuild',
      task_type: 'REBUILD',
      scheduled_type: 'MONTH',
      date_list: 'L',
      scheduled_time: '03:00:00',
      time_zone: 'GMT+8',
      apply_objects: targets(support),
    },
    {
      ...shared,
      id: taskId(4),
      task_name: 'fake-script',
      task_type: 'EXECUTE_SCRIPT',
      scheduled_type: 'FIXED_TIME',
      scheduled_date: '2031-01-07',
      scheduled_time: '01:00:00',
      time_zone: 'Asia/Shanghai',
      last_status: 'FAIL',
      enable: false,
      apply_objects: [{ object_id: 'team|fake', object_type: 'DESKTOP_TAG', object_name: 'team|fake' }],
    },
    {
      ...shared,
      id: taskId(5),
      task_name: 'fake-cleanup',
      task_type: 'DELETE_BLACK_ECS',
      scheduled_type: 'FIXED_TIME',
      scheduled_date: '2031-01-08',
      scheduled_time: '02:00:00',
      time_zone: 'fake/Nowhere',
      next_execution_time: '2031-01-08 02:00:00',
      apply_objects: [
        { object_id: 'default-apply-all-targets', object_type: 'ALL_DESKTOPS', object_name: 'fake' },
      ],
    },
    {
      ...shared,
      id: taskId(9),
      task_name: 'fake-hibernate-after-leave',
      task_type: 'HIBERNATE',
      scheduled_type: 'LIFE_CYCLE',
      life_cycle_type: 'POST_DESKTOP_DISCONNECTED',
      life_cycle_exec_period: 1440,
      wait_time: 30,
      priority: 10,
      time_zone: 'Asia/Shanghai',
      last_status: 'SUCCESS',
      apply_objects: targets(engineering),
    },
  ];
}
