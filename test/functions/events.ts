import type { Context, ScheduledEvent, SQSEvent, SQSRecord } from 'aws-lambda';

/** What EventBridge hands over each minute, as recorded from a rule `rate(1 minute)`. */
export const minuteEvent: ScheduledEvent = {
  version: '0',
  id: '53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa',
  'detail-type': 'Scheduled Event',
  source: 'aws.events',
  account: '123456789012',
  time: '2026-11-24T09:00:00Z',
  region: 'eu-central-1',
  resources: ['arn:aws:events:eu-central-1:123456789012:rule/deskbell-dev-TickEventsRuleSchedule1-1ABC'],
  detail: {},
};

/** A batch of messages as SQS hands it over; their ids are m1, m2 … */
export function sqsEvent(queue: string, bodies: readonly string[]): SQSEvent {
  return { Records: bodies.map((body, i) => recordOf(queue, body, `m${i + 1}`)) };
}

function recordOf(queue: string, body: string, messageId: string): SQSRecord {
  return {
    messageId,
    receiptHandle: 'AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a',
    body,
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: '1795510798000',
      SenderId: 'AROA123456789EXAMPLE:deskbell-dev-tick',
      ApproximateFirstReceiveTimestamp: '1795510798123',
    },
    messageAttributes: {},
    md5OfBody: 'e4e68fb7bd0e697a0ae8f1bb342846b3',
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:eu-central-1:123456789012:${queue}`,
    awsRegion: 'eu-central-1',
  };
}

/** The context of an invocation that has `remainingMs` left at each time it asks. */
export function contextWith(remainingMs: () => number): Context {
  return { getRemainingTimeInMillis: remainingMs } as Context;
}

/** The context of an invocation with plenty of time. */
export const context = contextWith(() => 60_000);
