import { minute, second } from '../../../lib/domain/time/instant.ts';
import { pools } from '../world/huawei.ts';
import { start } from '../world/world.ts';
import type { ActStory, Fault, Story } from './story.ts';

/** A schedule whose people were warned at 09:01 of an event at 09:05. */
const warned: Story = {
  seed: 1,
  house: 'lambda',
  processes: 1,
  sendsPerMinute: 90,
  isProven: true,
  schedules: [{ id: 's1', fields: { at: '2026-11-24T09:05', leadTimes: ['4m'], pools: ['finance'] } }],
  acts: [],
  faults: [],
  faultsUntil: start + 5 * minute,
  until: start + 8 * minute,
};
const due = start + minute;
const [finance] = pools;

function act(what: ActStory['what'], at: number, more: Partial<ActStory> = {}): ActStory {
  return { which: 0, byMs: 0, fields: {}, withNotice: false, what, at, scheduleId: 's1', ...more };
}

function fault(kind: Fault['kind'], at: number, more: Partial<Fault> = {}): Fault {
  return { kind, at, forMs: 0, on: 'sendToPool', ...more };
}

const [schedule] = warned.schedules;
const everyMinute = {
  id: 's1',
  fields: { cron: '* * * * *', endAt: '2026-11-24T09:06:00Z', pools: ['finance'] },
} as const;

/** At any time people have been warned of two or three events to come. */
const everyOther = {
  id: 's1',
  fields: { cron: '*/2 * * * *', endAt: '2026-11-24T09:07:00Z', leadTimes: ['5m'], pools: ['finance'] },
} as const;

/** Stories of texts, names and clocks, made for one mistake each. */
export const textStories = {
  /** A text waits for Huawei while its event is taken out of the schedule. */
  'an edit while a text waits': {
    ...warned,
    acts: [
      act('send', due + 20 * second),
      act('save', due + 23 * second, {
        fields: { at: '2026-11-24T09:07', leadTimes: ['4m'], pools: ['finance'] },
      }),
    ],
    faults: [0, 1, 2].map(() => fault('http-503', due + 20 * second)),
  },

  /** Two events are cancelled one after the other, while Huawei is away. */
  'texts about two events': {
    ...warned,
    schedules: [everyOther],
    acts: [
      act('skip', due + 20 * second, { withNotice: true, which: 1 }),
      act('skip', due + 24 * second, { withNotice: true, which: 1 }),
    ],
    faults: [0, 1, 2, 3, 4].map(() => fault('http-503', due + 20 * second)),
  },

  /** A text waits for Huawei when somebody has a newer one, which does not make it untrue. */
  'a text on the heels of an older one': {
    ...warned,
    processes: 2,
    schedules: [everyOther],
    acts: [
      act('skip', due + 20 * second, { withNotice: true, which: 1 }),
      act('pause', due + 25 * second, { withNotice: true }),
    ],
    faults: [0, 1, 2].map(() => fault('http-503', due + 20 * second)),
  },

  /** Huawei refuses a text until no message may follow it any more, and somebody has a newer one. */
  'a text that waits for the sweep': {
    ...warned,
    schedules: [everyOther],
    acts: [
      act('skip', due + 20 * second, { withNotice: true, which: 1 }),
      act('pause', due + 45 * second, { withNotice: true }),
    ],
    faults: [0, 1, 2, 3, 4].map(() => fault('http-503', due + 20 * second)),
  },

  /** Huawei refuses a text for a while, until its event has begun. */
  'a send-now right before its event': {
    ...warned,
    acts: [act('send', start + 4 * minute + 50 * second)],
    faults: [0, 1, 2, 3].map(() => fault('http-503', start + 4 * minute + 50 * second)),
    faultsUntil: start + 6 * minute,
  },

  /** A file gives a schedule another id in the moment of its warning. */
  'renamed right after a warning': {
    ...warned,
    schedules: [{ ...schedule, owner: 'file' } as Story['schedules'][number]],
    acts: [act('apply', due - 300, { change: 'rename' })],
    faults: [fault('slow-before', due - 300, { on: 'writeSchedule', forMs: second })],
  },

  /** An operator writes a pool by its id in the moment of its warning. */
  'a name becomes an id right after a warning': {
    ...warned,
    acts: [act('save', due - 100, { fields: { ...schedule?.fields, pools: [finance.id] } })],
    faults: [fault('slow-before', due - 100, { on: 'writeSchedule', forMs: second })],
  },

  /** A pool has another name in Huawei when its people are told that there is no event, and a new pool has its name. */
  'a pool renamed after its warning': {
    ...warned,
    acts: [act('skip', start + 3 * minute, { withNotice: true })],
    faults: [fault('pool-replaced', start + minute + 30 * second, { forMs: 4 * minute })],
  },

  /** An event is moved twice; people were warned of its second time only. */
  'moved twice': {
    ...warned,
    schedules: [{ id: 's1', fields: { at: '2026-11-24T09:05', leadTimes: ['2m'], pools: ['finance'] } }],
    acts: [
      act('postpone', due, { byMs: minute }),
      act('postpone', start + 4 * minute + 10 * second, { byMs: minute }),
      act('skip', start + 4 * minute + 40 * second, { withNotice: true }),
    ],
  },

  /** The clocks are minutes ahead for some seconds, and somebody writes another rule in them. */
  'an edit by a wrong clock': {
    ...warned,
    schedules: [everyMinute],
    acts: [act('save', due + 30 * second, { fields: { ...everyMinute.fields, pools: ['engineering'] } })],
    faults: [fault('clock-ahead', due + 20 * second, { forMs: 20 * second, aheadMs: 30 * minute })],
  },

  /** What the new rule has while the clock is wrong comes due unplanned, and cannot be made good any more. */
  'an edit by a clock that is wrong for minutes': {
    ...warned,
    schedules: [everyMinute],
    acts: [
      act('save', due + 30 * second, {
        fields: { ...everyMinute.fields, endAt: '2026-11-24T09:09:00Z', pools: ['engineering'] },
      }),
    ],
    faults: [fault('clock-ahead', due + 20 * second, { forMs: 5 * minute, aheadMs: 30 * minute })],
    faultsUntil: start + 7 * minute,
    until: start + 12 * minute,
  },

  /** Two people apply two files in the same moment. */
  'two files at once': {
    ...warned,
    schedules: ['s1', 's2'].map((id) => ({ id, owner: 'file', fields: { ...schedule?.fields } }) as const),
    acts: [
      act('apply', due + 20 * second, { change: 'respell-pools' }),
      act('apply', due + 20 * second + 20, { change: 'leave-out', scheduleId: 's2' }),
    ],
  },

  /** A paused schedule is left out of the file, and brought back. */
  'left out and brought back': {
    ...warned,
    schedules: [{ ...schedule, owner: 'file' } as Story['schedules'][number]],
    acts: [
      act('pause', start + 10 * second),
      act('apply', start + 20 * second, { change: 'leave-out' }),
      act('apply', start + 30 * second, { change: 'bring-back' }),
    ],
  },
} satisfies Record<string, Story>;
