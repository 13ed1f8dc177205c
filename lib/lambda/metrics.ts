import type { ReasonCode } from '../domain/codes/reasons.ts';
import type { LogEvent, LogFields } from '../ports.ts';

/** One value for CloudWatch. */
export type Metric = { name: string; unit: 'Count' | 'Milliseconds'; value: number };

/** What is counted when something is told of a delivery: its new state, or that an attempt will be repeated. */
const countedAs: Readonly<Partial<Record<LogEvent, string>>> = {
  pending: 'Retried',
  delivered: 'Delivered',
  partial: 'Partial',
  undelivered: 'Undelivered',
  unconfirmed: 'Unconfirmed',
  rejected: 'Rejected',
  expired: 'Expired',
  skipped: 'Skipped',
  unknown: 'Unknown',
  'message-failed': 'MessageFailures',
};

const closings: Readonly<Partial<Record<ReasonCode, string>>> = {
  credentials: 'KeyRefused',
  clock: 'ClockRefused',
  throttled: 'Throttled',
};

/** The metrics of one event of the log. */
export function metricsOf(event: LogEvent, fields: LogFields): Metric[] {
  switch (event) {
    case 'accepted':
      return [
        count('Accepted', 1),
        count('Attempts', fields.attempt),
        { name: 'Lateness', unit: 'Milliseconds', value: numberOf(fields.latenessMs) },
      ];
    case 'missed':
      return [count('Expired', fields.deliveries)];
    case 'tick-ended':
      return [
        count('TickEnded', 1),
        count('Planned', fields.planned),
        count('Swept', fields.swept),
        count('TickFailures', fields.failed),
        { name: 'TickDuration', unit: 'Milliseconds', value: numberOf(fields.tookMs) },
      ];
    case 'gate-closed':
      return [count(closings[fields.why as ReasonCode] ?? 'GateClosed', 1)];
    default: {
      const name = countedAs[event];
      return name === undefined ? [] : [count(name, 1)];
    }
  }
}

function count(name: string, value: LogFields[string]): Metric {
  return { name, unit: 'Count', value: numberOf(value) };
}

function numberOf(value: LogFields[string]): number {
  return typeof value === 'number' ? value : 0;
}
