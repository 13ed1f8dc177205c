import { minute, second } from '../../lib/domain/instant.ts';
import { createRandom, type Random } from './random.ts';
import {
  type ActStory,
  callFaults,
  type Fault,
  huaweiFaults,
  messageFaults,
  type ScheduleStory,
  type Story,
  tickFaults,
} from './story.ts';
import { start } from './world.ts';

const length = 9 * minute;
const endAt = new Date(start + length + 1).toISOString();
const leadTimes = [['0m'], ['1m'], ['2m', '0m'], ['2m', '1m', '0m'], ['3m', '1m'], ['5m', '2m']];
const poolLists = [['finance'], ['engineering'], ['finance', 'engineering']];
const writes = ['writeDelivery', 'writeDelivery', 'writeSchedule', 'writeGate'];
const calls = [
  'writeDelivery',
  'writeDelivery',
  'getSchedule',
  'getDelivery',
  'sendToPool',
  'writeGate',
  'writeSchedule',
  'enqueueSend',
  'putAct',
  'listDeliveries',
];

/** The story of a seed: a few schedules, and what people do and what goes wrong around their due times. */
export function storyOf(seed: number): Story {
  const random = createRandom(seed);
  const isCalm = random.isOneIn(8);
  const schedules = Array.from({ length: random.between(1, 3) }, (_, i) => scheduleOf(random, `s${i + 1}`));
  const hotDue = start + random.between(0, 8) * minute;
  const acts = isCalm || random.isOneIn(4) ? [] : some(random, 6, () => actOf(random, schedules, hotDue));
  const faults = isCalm ? [] : some(random, 10, () => faultOf(random, hotDue));
  if (acts.length > 0 && random.isOneIn(2)) faults.push(duelOf(random, acts));
  return {
    seed,
    house: random.pick(['lambda', 'local']),
    processes: random.between(1, 3),
    sendsPerMinute: isCalm || !random.isOneIn(5) ? 90 : random.between(2, 5),
    isProven: isCalm || !random.isOneIn(6),
    schedules,
    acts,
    faults,
    faultsUntil: start + length,
    until: start + length + minute,
  };
}

function some<T>(random: Random, most: number, make: () => T): T[] {
  return Array.from({ length: random.between(1, most) }, make);
}

function scheduleOf(random: Random, id: string): ScheduleStory {
  return { id, fields: fieldsOf(random) };
}

function fieldsOf(random: Random): Record<string, unknown> {
  const pools = random.pick(poolLists);
  const maxLateness = random.pick(['1m', '2m', '5m']);
  const common = { pools, maxLateness };
  switch (random.between(0, 3)) {
    case 0:
      return { ...common, cron: '* * * * *', endAt: new Date(start + 6 * minute).toISOString() };
    case 1:
      return { ...common, at: `2026-11-24T09:0${random.between(2, 9)}`, leadTimes: random.pick(leadTimes) };
    default:
      return {
        ...common,
        cron: random.pick(['*/5 * * * *', '*/3 * * * *']),
        endAt,
        leadTimes: random.pick(leadTimes),
      };
  }
}

/** Most notifications are due on the full minute, and what happens right around one matters most. */
function aroundDue(random: Random, hotDue: number) {
  const due = random.isOneIn(2) ? hotDue : start + random.between(0, 8) * minute;
  const offset = random.isOneIn(3) ? random.between(-90, 30) * second : random.between(-2_500, 600);
  return Math.max(start - 30 * second, due + offset);
}

function actOf(random: Random, schedules: readonly ScheduleStory[], hotDue: number): ActStory {
  const what = random.pick([
    'pause',
    'pause',
    'resume',
    'resume',
    'skip',
    'postpone',
    'undo',
    'save',
    'save',
    'delete',
    'send',
    'notify',
  ] as const);
  return {
    at: aroundDue(random, hotDue),
    scheduleId: random.pick(schedules).id,
    what,
    which: random.between(0, 1),
    byMs:
      what === 'pause'
        ? random.pick([0, 0, 20, 60, 90]) * second
        : random.pick([60, 120, 150, 30, -60]) * second,
    fields: what === 'save' ? { ...fieldsOf(random), ...(random.isOneIn(5) ? { enabled: false } : {}) } : {},
    withNotice: random.isOneIn(2),
  };
}

function faultOf(random: Random, hotDue: number): Fault {
  const at = aroundDue(random, hotDue);
  const seconds = (from: number, to: number) => random.between(from, to) * second;
  switch (random.between(0, 9)) {
    case 0:
      return {
        kind: random.pick(messageFaults),
        at,
        on: random.pick(['enqueueSend', 'enqueueSend', 'enqueueTrack']),
        forMs: seconds(1, 90),
      };
    case 1:
      return { kind: random.pick(tickFaults), at, on: 'tick', forMs: 0 };
    case 2:
    case 3:
      return {
        kind: random.pick(huaweiFaults),
        at,
        on: random.pick(['sendToPool', 'sendToPool', 'sendToPool', 'listPools', 'showJob']),
        forMs: 0,
      };
    case 4:
      return {
        kind: 'stale-index',
        at,
        on: random.pick(['deliveriesToWake', 'schedulesToWake']),
        forMs: seconds(1, 60),
      };
    case 5:
      return { kind: 'answer-lost', at, on: random.pick(writes), forMs: 0 };
    case 6:
      return lastingFault(random, at);
    default:
      return {
        kind: random.pick(callFaults),
        at,
        on: random.pick(calls),
        forMs: random.isOneIn(3) ? seconds(20, 120) : seconds(1, 20),
      };
  }
}

/** Somebody is slow to send while an operator acts. */
function duelOf(random: Random, acts: readonly ActStory[]): Fault {
  const at = random.pick(acts).at - random.between(10, 2_000);
  const kind = random.pick(['slow-before', 'slow-after', 'stall-before', 'stall-after'] as const);
  const on = random.pick(['writeDelivery', 'getSchedule', 'sendToPool', 'writeSchedule']);
  return { kind, at, on, forMs: random.between(1, 14) * second };
}

function lastingFault(random: Random, at: number): Fault {
  const kind = random.pick(['outage', 'huawei-down', 'key-revoked'] as const);
  const latest = start + length - at;
  return {
    kind,
    at,
    forMs: Math.min(latest, random.between(5, kind === 'key-revoked' ? 400 : 200) * second),
  };
}
