import { type Answer, badRequest, type Call, inventedCode, RefusedError, workspaceError } from '../answer.ts';
import { jsonObjectOf } from '../json.ts';
import { pageOf } from './query.ts';
import { offsetMinutesOf, offsetName, runsAfter, timeZones } from './recurrence.ts';
import { recordDetailRows, recordRow, taskDetail, taskRow } from './task-rows.ts';
import type { Task } from './tasks.ts';

const exactFilters = ['task_type', 'scheduled_type', 'life_cycle_type', 'last_status'] as const;

/** Triggered tasks are left out unless they are asked for. */
function isAskedFor(task: Task, query: URLSearchParams): boolean {
  if (query.get('scheduled_type') === null && task.scheduled_type === 'LIFE_CYCLE') return false;
  if (!task.task_name.includes(query.get('task_name') ?? '')) return false;
  return exactFilters.every((name) => query.get(name) === null || query.get(name) === task[name]);
}

/** GET scheduled-tasks; `offset` and `limit` must both be there. */
export function listScheduledTasks(tasks: readonly Task[], { query, receivedAt }: Call): Answer {
  const found = tasks.filter((task) => isAskedFor(task, query));
  const page = pageOf(found, query, { limit: { max: 50 }, offset: { max: 10_000 } });
  const rows = page.map((task) => taskRow(task, receivedAt));
  return { status: 200, body: { total_count: found.length, scheduled_tasks: rows } };
}

// Only the sentence is Huawei's; its status and code are not known.
function findTask(tasks: readonly Task[], id: string | undefined): Task {
  const task = tasks.find((candidate) => candidate.id === id);
  if (task !== undefined) return task;
  throw new RefusedError(workspaceError(400, inventedCode, 'The scheduled task does not exist.'));
}

/** GET scheduled-tasks/{task}. */
export function showScheduledTask(tasks: readonly Task[], { params }: Call): Answer {
  return { status: 200, body: taskDetail(findTask(tasks, params.task)) };
}

/** GET scheduled-tasks/{task}/records. */
export function listTaskRecords(tasks: readonly Task[], { params, query }: Call): Answer {
  const task = findTask(tasks, params.task);
  const page = pageOf(task.records, query, {
    limit: { max: 100, byDefault: 10 },
    offset: { max: 10_000, byDefault: 0 },
  });
  const rows = page.map((record) => recordRow(task, record));
  return { status: 200, body: { total_count: task.records.length, tasks_records: rows } };
}

/** GET scheduled-tasks/{task}/records/{record}; `offset` and `limit` must both be there. */
export function showTaskRecord(tasks: readonly Task[], { params, query }: Call): Answer {
  const task = findTask(tasks, params.task);
  const record = task.records.find(({ id }) => id === params.record);
  if (record === undefined) throw badRequest('The record of the scheduled task does not exist.');
  const rows = recordDetailRows(task, record);
  const page = pageOf(rows, query, { limit: { max: 100 }, offset: { max: 10_000 } });
  return { status: 200, body: { total_count: rows.length, tasks_records_details: page } };
}

/** POST scheduled-tasks/future-executions: the next five runs of the recurrence in the body. */
export function listFutureExecutions({ body, receivedAt }: Call): Answer {
  const recurrence = jsonObjectOf(body);
  const text = (name: string) => (typeof recurrence[name] === 'string' ? recurrence[name] : null);
  const type = text('scheduled_type') ?? '';
  if (!['FIXED_TIME', 'DAY', 'WEEK', 'MONTH'].includes(type)) {
    throw badRequest('The field scheduled_type must be one of FIXED_TIME, DAY, WEEK, MONTH.');
  }
  if (offsetMinutesOf(text('time_zone') ?? '') === undefined)
    throw badRequest('The field time_zone is unknown.');
  const interval = Number(recurrence.day_interval ?? 1);
  if (!(interval >= 1 && interval <= 31)) throw badRequest('The field day_interval must be from 1 to 31.');
  const wanted = {
    scheduled_type: type,
    day_interval: interval,
    week_list: text('week_list'),
    month_list: text('month_list'),
    date_list: text('date_list'),
    scheduled_date: text('scheduled_date'),
    scheduled_time: text('scheduled_time'),
    expire_time: text('expire_time'),
    time_zone: text('time_zone'),
  };
  return { status: 200, body: { future_executions: runsAfter(wanted, receivedAt, 5) } };
}

/** GET common/timezones. */
export function listTimeZones(): Answer {
  const rows = timeZones.map(({ name, offsetMinutes, place }) => {
    const offset = offsetName(offsetMinutes);
    const description = `fake (${offset}) ${place}`;
    return {
      time_zone_name: name,
      time_zone: offset,
      time_zone_desc: description,
      time_zone_desc_us: description,
      time_zone_desc_cn: description,
    };
  });
  return { status: 200, body: { time_zones: rows } };
}
