import { type Instant, isoOf, second } from '../../../lib/domain/time/instant.ts';
import { inventedCode } from '../answer.ts';
import { runsAfter } from './recurrence.ts';
import type { Task, TaskRecord } from './tasks.ts';

/** A task as the list shows it: when it runs next, but neither its targets, its force nor its recurrence. */
export function taskRow(task: Task, now: Instant): object {
  return {
    id: task.id,
    task_name: task.task_name,
    task_type: task.task_type,
    scheduled_type: task.scheduled_type,
    life_cycle_type: task.life_cycle_type ?? null,
    life_cycle_exec_period: task.life_cycle_exec_period ?? null,
    last_status: task.last_status,
    next_execution_time: task.next_execution_time ?? runsAfter(task, now, 1)[0] ?? null,
    expire_time: task.expire_time ?? null,
    enable: task.enable,
    description: 'fake',
    priority: task.priority ?? null,
    time_zone: task.time_zone ?? null,
    wait_time: task.wait_time ?? null,
    extra_params: task.extra_params ?? null,
  };
}

/** A task by itself: its recurrence, force and targets, but neither whether it is enabled nor when it runs next. */
export function taskDetail(task: Task): object {
  return {
    id: task.id,
    task_type: task.task_type,
    task_name: task.task_name,
    force_execute: task.force_execute,
    scheduled_type: task.scheduled_type,
    life_cycle_type: task.life_cycle_type ?? null,
    life_cycle_exec_period: task.life_cycle_exec_period ?? null,
    day_interval: task.day_interval ?? null,
    week_list: task.week_list ?? null,
    month_list: task.month_list ?? null,
    date_list: task.date_list ?? null,
    scheduled_date: task.scheduled_date ?? null,
    scheduled_time: task.scheduled_time ?? null,
    expire_time: task.expire_time ?? null,
    description: 'fake',
    extra_params: task.extra_params ?? null,
    gray_count: 0,
    gray_desktop_ids: [],
    gray_fail_threshold: null,
    time_zone: task.time_zone ?? null,
    wait_time: task.wait_time ?? 0,
    apply_objects: task.apply_objects,
  };
}

/** A run as the list of a task's runs shows it. */
export function recordRow(task: Task, { id, startedAt, desktops }: TaskRecord): object {
  const count = (wanted: string) => desktops.filter(({ status }) => status === wanted).length;
  return {
    id,
    start_time: isoOf(startedAt),
    task_type: task.task_type,
    scheduled_type: task.scheduled_type,
    life_cycle_type: task.life_cycle_type ?? null,
    status: task.last_status,
    success_num: count('SUCCESS'),
    failed_num: count('FAIL'),
    skip_num: count('SKIP'),
    time_zone: task.time_zone ?? null,
    execute_task_id: null,
    execute_object_type: null,
    expire_time: task.expire_time ?? null,
    extra_params: task.extra_params ?? null,
  };
}

/** What a run did, one row per desktop. */
export function recordDetailRows(task: Task, record: TaskRecord): object[] {
  return record.desktops.map(({ desktop, status, reason }, index) => ({
    id: `${record.id.slice(0, 24)}${String(index + 1).padStart(12, '0')}`,
    record_id: record.id,
    desktop_id: desktop.id,
    desktop_name: desktop.name,
    exec_status: status,
    exec_script_id: null,
    result_code: status === 'SUCCESS' ? null : inventedCode,
    fail_reason: reason,
    start_time: isoOf(record.startedAt),
    end_time: isoOf(record.startedAt + 70 * second),
    time_zone: task.time_zone ?? null,
  }));
}
