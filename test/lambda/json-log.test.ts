import { expect, it } from 'vitest';
import { finalStates } from '../../lib/domain/delivery/delivery.ts';
import { createJsonLog } from '../../lib/lambda/json-log.ts';
import { metricsOf } from '../../lib/lambda/metrics.ts';
import type { LogEvent, LogFields } from '../../lib/ports.ts';

function logged(event: LogEvent, fields: LogFields = {}) {
  const lines: string[] = [];
  createJsonLog({ now: () => 1_795_510_800_000 }, 'prod', (line) => lines.push(line)).warn(
    event as 'missed',
    fields as LogFields & { deliveries: number },
  );
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] ?? '');
}

it('writes an event as one line of JSON', () => {
  expect(logged('job-unreadable', { jobId: 'j1', message: 'a\nb', reason: undefined })).toEqual({
    at: '2026-11-24T09:00:00.000Z',
    level: 'warn',
    event: 'job-unreadable',
    stage: 'prod',
    jobId: 'j1',
    message: 'a\nb',
  });
});

it('carries metrics in the embedded metric format', () => {
  expect(logged('accepted', { deliveryId: 'd', attempt: 2, latenessMs: 40 })).toMatchObject({
    stage: 'prod',
    deliveryId: 'd',
    Accepted: 1,
    Attempts: 2,
    Lateness: 40,
    _aws: {
      Timestamp: 1_795_510_800_000,
      CloudWatchMetrics: [
        {
          Namespace: 'Deskbell',
          Dimensions: [['stage']],
          Metrics: [
            { Name: 'Accepted', Unit: 'Count' },
            { Name: 'Attempts', Unit: 'Count' },
            { Name: 'Lateness', Unit: 'Milliseconds' },
          ],
        },
      ],
    },
  });
});

it('counts each end that a delivery can have', () => {
  const counted = finalStates.map((state) =>
    metricsOf(state, {}).map(({ name, value }) => `${name} ${value}`),
  );
  expect(counted.flat()).toHaveLength(finalStates.length);
});

it('counts what a gap of the planner has lost as expired', () => {
  expect(metricsOf('missed', { deliveries: 12 })).toEqual([{ name: 'Expired', unit: 'Count', value: 12 }]);
});

it.each([
  ['pending', {}, ['Retried 1']],
  ['message-failed', {}, ['MessageFailures 1']],
  ['gate-closed', { why: 'credentials' }, ['KeyRefused 1']],
  ['gate-closed', { why: 'clock' }, ['ClockRefused 1']],
  ['gate-closed', { why: 'throttled' }, ['Throttled 1']],
  ['gate-closed', { why: 'another' }, ['GateClosed 1']],
  [
    'tick-ended',
    { planned: 1, swept: 2, failed: 3, tookMs: 4 },
    ['TickEnded 1', 'Planned 1', 'Swept 2', 'TickFailures 3', 'TickDuration 4'],
  ],
  ['accepted', { attempt: 2 }, ['Accepted 1', 'Attempts 2', 'Lateness 0']],
  ['job-unreadable', {}, []],
] satisfies [LogEvent, LogFields, string[]][])('counts of %s with %j', (event, fields, counted) => {
  expect(metricsOf(event, fields).map(({ name, value }) => `${name} ${value}`)).toEqual(counted);
});
