import { hour, minute, second } from '../../../lib/domain/time/instant.ts';
import { start } from '../world/world.ts';
import type { ActStory, Fault, Story } from './story.ts';
import { textStories } from './text-stories.ts';

const plain: Story = {
  seed: 1,
  house: 'lambda',
  processes: 1,
  sendsPerMinute: 90,
  isProven: true,
  schedules: [
    {
      id: 's1',
      fields: { at: '2026-11-24T09:02', leadTimes: ['1m', '0m'], pools: ['finance', 'engineering'] },
    },
    { id: 's2', fields: { cron: '* * * * *', endAt: '2026-11-24T09:02:30Z', pools: ['engineering'] } },
  ],
  acts: [],
  faults: [],
  faultsUntil: start + 3 * minute,
  until: start + 4 * minute,
};

const nothing = { which: 0, byMs: 0, fields: {}, withNotice: false };

function act(what: ActStory['what'], at: number, more: Partial<ActStory> = {}): ActStory {
  return { ...nothing, what, at, scheduleId: 's1', ...more };
}

function fault(kind: Fault['kind'], at: number, more: Partial<Fault> = {}): Fault {
  return { kind, at, forMs: 0, ...more };
}

/** Stories that a crash at every single call is tried on. */
export const sweptStories: Record<string, Story> = {
  'a plain day': plain,
  'two processes of one machine': { ...plain, house: 'local', processes: 2 },
  'operators at work': {
    ...plain,
    acts: [
      act('pause', start + 30 * second),
      act('resume', start + 50 * second, { withNotice: true }),
      act('postpone', start + minute + 30 * second, { byMs: minute, withNotice: true }),
      act('send', start + minute + 40 * second),
      act('save', start + 2 * minute, {
        scheduleId: 's2',
        fields: { at: '2026-11-24T09:03', pools: ['finance'] },
      }),
      act('notify', start + 2 * minute + 10 * second),
      act('delete', start + 2 * minute + 20 * second),
    ],
  },
  'a bad day at Huawei': {
    ...plain,
    faults: [
      fault('http-500', start + minute, { on: 'sendToPool' }),
      fault('http-429', start + minute, { on: 'sendToPool' }),
      fault('hang', start + 2 * minute, { on: 'sendToPool' }),
    ],
  },
};

const outageStart = start + minute;

/** A schedule that cannot be planned, one with six hours to make up for, and one that must not suffer from them. */
const isolationStory: Story = {
  ...plain,
  house: 'local',
  schedules: [
    { id: 'broken', fields: { cron: '0 0 * * *' }, isBroken: true },
    {
      id: 'every-minute',
      fields: { cron: '* * * * *', endAt: '2026-11-24T15:10:00Z', pools: ['finance', 'engineering'] },
    },
    {
      id: 'other',
      fields: { cron: '*/5 * * * *', startAt: '2026-11-24T15:00:00Z', endAt: '2026-11-24T15:10:00Z' },
    },
  ].map(({ fields, ...schedule }) => ({ ...schedule, fields: { pools: ['finance'], ...fields } })),
  faults: [fault('outage', outageStart, { forMs: 6 * hour })],
  faultsUntil: outageStart + 6 * hour,
  until: start + 6 * hour + 12 * minute,
};

const oneNotification = {
  ...plain,
  schedules: [{ id: 's1', fields: { at: '2026-11-24T09:01', pools: ['finance'] } }],
};
const due = start + minute;

const twoMessagesDue = start + 3 * minute;
const twoMessages = {
  ...oneNotification,
  processes: 2,
  schedules: [{ id: 's1', fields: { at: '2026-11-24T09:03', pools: ['finance'] } }],
  faultsUntil: start + 4 * minute,
  until: start + 5 * minute,
};

/** Stories made for one mistake each, which few seeds would notice. */
export const madeStories = {
  ...textStories,
  isolation: isolationStory,

  /** A lease is being taken while an operator stops the schedule. */
  'stopped at the lease': {
    ...oneNotification,
    acts: [act('pause', due + second)],
    faults: [fault('slow-before', due, { on: 'writeDelivery', forMs: 3 * second })],
  },

  /** The request is on its way while an operator stops the schedule. */
  'stopped too late': {
    ...oneNotification,
    acts: [act('pause', due + second)],
    faults: [fault('slow-before', due, { on: 'sendToPool', forMs: 3 * second })],
  },

  /** An attempt that has ended is ended once more while the next one is under way. */
  'ended twice': {
    ...twoMessages,
    faults: [
      fault('message-twice', start + 30 * second, { on: 'enqueueSend' }),
      fault('http-500', twoMessagesDue, { on: 'sendToPool' }),
      fault('error-after', twoMessagesDue + 70, { on: 'writeDelivery' }),
      fault('slow-after', twoMessagesDue + 500, { on: 'sendToPool', forMs: 8 * second }),
    ],
  },

  /** The key stays revoked for longer than one refusal closes the gate. */
  'revoked key': {
    ...plain,
    schedules: [
      {
        id: 's1',
        fields: { cron: '* * * * *', endAt: '2026-11-24T09:09:30Z', pools: ['finance', 'engineering'] },
      },
    ],
    faults: [fault('key-revoked', start + 30 * second, { forMs: 8 * minute })],
    faultsUntil: start + 9 * minute,
    until: start + 10 * minute,
  },

  /** Two requests leave long after the gate let them through. */
  'old grants': {
    ...plain,
    sendsPerMinute: 2,
    schedules: [
      {
        id: 's1',
        fields: { cron: '* * * * *', endAt: '2026-11-24T09:03:30Z', pools: ['finance', 'engineering'] },
      },
    ],
    faults: [
      fault('slow-before', due, { on: 'sendToPool', forMs: 13 * second }),
      fault('slow-before', due, { on: 'sendToPool', forMs: 13 * second }),
    ],
    until: start + 5 * minute,
  },

  /** A lease is taken right before the deadline. */
  'late byte': {
    ...plain,
    schedules: [{ id: 's1', fields: { at: '2026-11-24T09:05', leadTimes: ['1m'], pools: ['finance'] } }],
    faults: [
      fault('message-late', due, { on: 'enqueueSend', forMs: 24 * second }),
      fault('slow-before', start + 4 * minute, { on: 'sendToPool', forMs: 9 * second }),
    ],
    faultsUntil: start + 6 * minute,
    until: start + 7 * minute,
  },

  /** Two workers have the same message; one of them is late, when the other has failed and must wait. */
  'two workers': {
    ...twoMessages,
    faults: [
      fault('message-twice', start + 30 * second, { on: 'enqueueSend' }),
      fault('slow-after', twoMessagesDue, { on: 'getSchedule', forMs: 300 }),
      fault('http-500', twoMessagesDue, { on: 'sendToPool' }),
    ],
  },

  /** Nobody has planned for a while when an operator acts. */
  'an act before the tick': {
    ...oneNotification,
    schedules: [
      { id: 's1', fields: { cron: '3,9 9 * * *', endAt: '2026-11-24T09:10:00Z', pools: ['finance'] } },
    ],
    acts: [act('send', start + 3 * minute + 10 * second)],
    faults: [0, 1, 2, 3, 4].map((n) => fault('tick-lost', start + n * minute - minute, { on: 'tick' })),
    faultsUntil: start + 4 * minute,
    until: start + 5 * minute,
  },

  /** A worker takes minutes to read the schedule, and meanwhile, after the deadline, it is deleted. */
  'a slow look': {
    ...oneNotification,
    processes: 2,
    schedules: [{ id: 's1', fields: { at: '2026-11-24T09:01', pools: ['finance'], maxLateness: '1m' } }],
    acts: [act('delete', due + 70 * second)],
    faults: [
      fault('slow-before', due, { on: 'getSchedule', forMs: 72 * second }),
      fault('tick-lost', due + 30 * second, { on: 'tick' }),
    ],
  },

  /** The store deletes a schedule, and its answer is lost. */
  'a lost answer': {
    ...oneNotification,
    acts: [act('delete', due + 10 * second)],
    faults: [fault('answer-lost', due + 10 * second, { on: 'writeSchedule' })],
  },

  /** An act stops before it keeps its record, while another one is planning. */
  'a stopped act': {
    ...oneNotification,
    schedules: [{ id: 's1', fields: { at: '2026-11-24T09:08', pools: ['finance'] } }],
    acts: [act('send', start + 4 * minute), act('pause', start + 4 * minute + 500)],
    faults: [
      fault('slow-before', start + 4 * minute, { on: 'writeSchedule', forMs: second }),
      fault('error-before', start + 4 * minute + 500, { on: 'listDeliveries' }),
    ],
    faultsUntil: start + 6 * minute,
    until: start + 10 * minute,
  },

  /** The store fails, each time that the operator tries, between an act and the text that it promised. */
  'an all-clear cut short': {
    ...oneNotification,
    schedules: [{ id: 's1', fields: { at: '2026-11-24T09:05', leadTimes: ['4m'], pools: ['finance'] } }],
    acts: [act('skip', start + 2 * minute, { withNotice: true })],
    faults: [0, 1, 2].map(() => fault('error-before', start + 2 * minute, { on: 'listDeliveries' })),
    faultsUntil: start + 3 * minute,
    until: start + 8 * minute,
  },

  /** A warning is on its way for seconds when an operator takes it back. */
  'an all-clear on the heels of its warning': {
    ...oneNotification,
    schedules: [{ id: 's1', fields: { at: '2026-11-24T09:05', leadTimes: ['4m'], pools: ['finance'] } }],
    acts: [act('skip', due + second, { withNotice: true })],
    faults: [fault('slow-before', due, { on: 'sendToPool', forMs: 6 * second })],
    until: start + 8 * minute,
  },

  /** Two operators act in the same moment, on a machine that had been asleep. */
  'two acts at once': {
    ...oneNotification,
    house: 'local',
    schedules: [{ id: 's1', fields: { at: '2026-11-24T09:08', pools: ['finance'] } }],
    acts: [act('send', start + 4 * minute), act('send', start + 4 * minute + 21 * second)],
    faults: [fault('stall-after', start + 3 * minute, { on: 'getSchedule', forMs: 2 * minute })],
    faultsUntil: start + 6 * minute,
    until: start + 10 * minute,
  },
} satisfies Record<string, Story>;
