import { type Instant, minute, second } from '../../../lib/domain/time/instant.ts';
import { respelled } from '../world/file.ts';
import { start } from '../world/world.ts';
import { type Random, some } from './random.ts';
import { fieldsOf } from './schedule-stories.ts';
import type { ActStory, Fault, ScheduleStory } from './story.ts';

/** Most notifications are due on the full minute, and what happens right around one matters most. */
export function aroundDue(random: Random, hotDue: Instant): Instant {
  const due = random.isOneIn(2) ? hotDue : start + random.between(0, 8) * minute;
  const offset = random.isOneIn(3) ? random.between(-90, 30) * second : random.between(-2_500, 600);
  return Math.max(start - 30 * second, due + offset);
}

/** Something that an operator does. */
export function actOf(random: Random, schedules: readonly ScheduleStory[], hotDue: Instant): ActStory {
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
  const schedule = random.pick(schedules);
  const isOfNotification = (what === 'pause' || what === 'delete') && random.isOneIn(8);
  return {
    ...detailsOf(random, what),
    at: aroundDue(random, hotDue),
    scheduleId: isOfNotification ? 'adhoc' : schedule.id,
    fields: what === 'save' ? savedFieldsOf(random, schedule) : {},
  };
}

function detailsOf(random: Random, what: ActStory['what']): Omit<ActStory, 'at' | 'scheduleId' | 'fields'> {
  const isRepeated = random.isOneIn(4);
  return {
    what,
    which: random.between(0, 1),
    byMs:
      what === 'pause'
        ? random.pick([0, 0, 20, 60, 90]) * second
        : random.pick([60, 120, 150, 30, -60]) * second,
    withNotice: random.isOneIn(2),
    isByWrittenTime: random.isOneIn(3),
    isToInstant: random.isOneIn(2),
    isEventNamed: random.isOneIn(2),
    withKey: isRepeated || random.isOneIn(2),
    isRepeated,
  };
}

function savedFieldsOf(random: Random, schedule: ScheduleStory): ActStory['fields'] {
  // The same schedule, but for how its pools are written.
  if (random.isOneIn(3)) return respelled(schedule).fields;
  return { ...fieldsOf(random), ...(random.isOneIn(5) ? { enabled: false } : {}) };
}

type Parts = { schedules: readonly ScheduleStory[]; acts: ActStory[]; faults: Fault[] };

/** People have texts for those who were warned, one after the other, while Huawei refuses some of them. */
export function addTexts(random: Random, { schedules, acts, faults }: Parts, at: Instant): void {
  const { id = 's1' } = schedules[0] ?? {};
  const kinds = ['skip', 'undo', 'undo', 'postpone', 'send', 'send', 'pause', 'resume', 'delete'] as const;
  const soon = () => at + (random.isOneIn(3) ? random.between(0, 4_000) : random.between(0, 45) * second);
  const texts = some(random, 5, (): ActStory => {
    const what = random.pick(kinds);
    const details = { ...detailsOf(random, what), withNotice: !random.isOneIn(4), which: 0 };
    return { ...details, at: soon(), scheduleId: id, fields: {} };
  });
  acts.push(...texts, {
    ...detailsOf(random, 'skip'),
    at,
    scheduleId: id,
    fields: {},
    what: random.pick(kinds),
  });
  faults.push(
    ...some(random, 5, (): Fault => {
      const kind = random.pick(['http-503', 'http-429', 'http-500', 'http-503', 'slow-before'] as const);
      return { kind, at: soon() - second, on: 'sendToPool', forMs: random.between(2, 14) * second };
    }),
  );
}

/** Somebody edits and applies the schedule file; now and then two do at once. */
export function appliesOf(random: Random, schedules: readonly ScheduleStory[], hotDue: Instant): ActStory[] {
  const changes = [
    'leave-out',
    'bring-back',
    'rename',
    'rename',
    'respell-pools',
    'respell-pools',
    'nothing',
  ] as const;
  return some(random, 4, (): ActStory => {
    const { id } = random.pick(schedules);
    const change = random.pick(changes);
    return {
      ...detailsOf(random, 'apply'),
      at: aroundDue(random, hotDue),
      scheduleId: id,
      fields: {},
      change,
    };
  }).flatMap((apply) => {
    const other = { ...apply, change: random.pick(changes), at: apply.at + random.between(0, 600) };
    return random.isOneIn(4) ? [apply, other] : apply;
  });
}
