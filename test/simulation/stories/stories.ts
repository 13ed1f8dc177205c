import { minute, second } from '../../../lib/domain/time/instant.ts';
import { start } from '../world/world.ts';
import { actOf, addTexts, appliesOf, aroundDue } from './acts.ts';
import { createRandom, type Random, some } from './random.ts';
import { fieldsOf, length, warningScheduleOf } from './schedule-stories.ts';
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
  const isOfFile = random.isOneIn(4);
  const isOfTexts = !isCalm && random.isOneIn(3);
  const schedules = Array.from({ length: random.between(1, isOfTexts ? 2 : 3) }, (_, i): ScheduleStory => {
    const id = `s${i + 1}`;
    const schedule = isOfTexts && i === 0 ? warningScheduleOf(random, id) : { id, fields: fieldsOf(random) };
    return isOfFile ? { ...schedule, owner: 'file' } : schedule;
  });
  const hotDue = start + random.between(0, 8) * minute;
  const acts = isCalm || random.isOneIn(4) ? [] : some(random, 6, () => actOf(random, schedules, hotDue));
  const faults = isCalm ? [] : some(random, isOfTexts ? 4 : 10, () => faultOf(random, hotDue));
  if (isOfTexts) addTexts(random, { schedules, acts, faults }, hotDue + random.between(1, 40) * second);
  if (isOfFile && !isCalm) acts.push(...appliesOf(random, schedules, hotDue));
  if (acts.length > 0 && random.isOneIn(2)) faults.push(duelOf(random, acts));
  const isMoved = faults.some(({ kind }) => kind === 'store-moved');
  if (acts.length > 0 && !isMoved && random.isOneIn(14)) faults.push(wrongClockOf(random, acts));
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
  const kind = random.pick([
    'outage',
    'huawei-down',
    'key-revoked',
    'pool-renamed',
    'pool-replaced',
    'store-moved',
  ] as const);
  const latest = start + length - at;
  // The other store knows nothing of what the gate let through: nobody may send for a minute.
  if (kind === 'store-moved') return { kind, at, forMs: random.between(65, 90) * second };
  return {
    kind,
    at,
    forMs: Math.min(latest, random.between(5, kind === 'key-revoked' ? 400 : 200) * second),
  };
}

/** The clocks are ahead for some seconds while somebody acts. */
function wrongClockOf(random: Random, acts: readonly ActStory[]): Fault {
  const forMs = random.between(5, 25) * second;
  // A minute cannot be told from a tick that came late.
  const aheadMs = random.pick([random.between(2, 9), random.between(10, 180)]) * minute;
  return {
    kind: 'clock-ahead',
    at: random.pick(acts).at - random.between(0, forMs - second),
    forMs,
    aheadMs,
  };
}
