import type { Notice } from '../../../lib/domain/schedule/notice.ts';
import type { Schedule } from '../../../lib/domain/schedule/schedule.ts';
import { aDefinition, now } from '../table/a-definition.ts';

/** A stored schedule; a test changes only what it is about. */
export function aSchedule(fields: Partial<Schedule> = {}): Schedule {
  return {
    scheduleId: 'eod',
    version: 1,
    writeId: 'w',
    rev: 1,
    owner: 'console',
    definition: aDefinition(),
    exceptions: [],
    notices: [],
    cursor: now,
    planFailures: 0,
    createdAt: now,
    lastAct: { scheduleId: 'eod', rev: 1, at: now, who: 'ana', what: 'save', pools: ['finance'] },
    ...fields,
  };
}

export function aNotice(fields: Partial<Notice> = {}): Notice {
  const { dueAt = now } = fields;
  return {
    noticeId: 'n',
    dueAt,
    deadline: dueAt + 300_000,
    eventAt: dueAt,
    message: 'CANCELLED',
    kind: 'all-clear',
    pools: ['finance', 'support'],
    ...fields,
  };
}
