import { DeskbellError, StoreError } from '../../../lib/domain/codes/errors.ts';
import { eventsOf } from '../../../lib/domain/schedule/notifications.ts';
import { hour, type Instant, second } from '../../../lib/domain/time/instant.ts';
import type { Acting, ActResult } from '../../../lib/usecases/changes/act.ts';
import { pause, postpone, resume, skip } from '../../../lib/usecases/changes/acts.ts';
import { notify, sendNow } from '../../../lib/usecases/changes/notify.ts';
import { deleteSchedule, saveDefinition } from '../../../lib/usecases/changes/schedules.ts';
import { type Answer, latestOf, type Told } from '../invariants/recording.ts';
import { definitionOf, familyOf } from '../invariants/saved.ts';
import type { ActStory } from '../stories/story.ts';
import { operateFile } from './file.ts';
import type { Deps } from './processes.ts';
import { timeOf, type World } from './world.ts';

/** What an operator asks for: the same each time that it is repeated. */
type Asked = {
  act: ActStory;
  who: string;
  scheduleId: string;
  eventAt: Instant | undefined;
  until: Instant | undefined;
  notice: string | undefined;
};

/** An operator acts, tries again when the store failed or the answer got lost, and notes what was answered. */
export async function operate(world: World, deps: Deps, act: ActStory): Promise<void> {
  const who = `operator ${world.ids.next()}`;
  if (act.what === 'apply') return operateFile(world, deps, act, who);
  const asked = askedOf(world, act, who);
  world.tell(() => `${act.what} ${asked.scheduleId}${sayDetails(asked)} begins`);
  const first = await insist(world, deps, asked);
  if (first?.act === undefined || !isKeyed(act) || act.isRepeated !== true) return;
  await deps.clock.sleepUntil(world.clockNow() + second);
  const again = await insist(world, deps, asked);
  if (again === undefined) return;
  // What is going out is on record once the first answer came through.
  const isOnRecord = first.isDone;
  const [told, toldAgain] = [first, again].map((result) => toldBy(result, isOnRecord));
  world.recording.repetitions.push({ act, at: world.now(), first: told, again: toldAgain });
}

/** As often as the store fails; undefined when the act was refused, or there was nothing to do. */
async function insist(world: World, deps: Deps, asked: Asked): Promise<ActResult | undefined> {
  const { act, who } = asked;
  for (let tries = 1; tries <= 3; tries += 1) {
    const begunAt = world.now();
    try {
      const result = await run(deps, asked);
      note(world, { act, who, begunAt }, result);
      return result;
    } catch (error) {
      if (!(error instanceof DeskbellError)) throw error;
      world.tell(() => `${act.what} ${asked.scheduleId}: ${error.message}`);
      if (!(error instanceof StoreError)) {
        world.recording.refusals.push({ act, who, begunAt, message: error.message });
        return undefined;
      }
      await deps.clock.sleepUntil(world.clockNow() + second);
    }
  }
  return undefined;
}

function isKeyed({ what, withKey = false }: ActStory): boolean {
  return what === 'send' || what === 'notify' || (withKey && what !== 'save');
}

function toldBy({ rev, act, goingOut, notified }: ActResult, isOnRecord: boolean): Told {
  return {
    rev,
    what: act?.what,
    eventAt: act?.eventAt,
    movedTo: act?.movedTo,
    goingOut: isOnRecord ? goingOut.map(({ deliveryId }) => deliveryId).sort() : [],
    notified: notified.toSorted(),
  };
}

function note(
  world: World,
  { act, who, begunAt }: Pick<Answer, 'act' | 'who' | 'begunAt'>,
  result: ActResult | undefined,
): void {
  if (result === undefined) return;
  const goingOut = result.goingOut.map(({ deliveryId }) => deliveryId);
  const { scheduleId } = result.schedule;
  world.recording.answers.push({
    act,
    who,
    begunAt,
    at: world.now(),
    scheduleId,
    ...(result.act === undefined ? {} : { rev: result.rev }),
    goingOut,
  });
  const done = result.isDone
    ? `revision ${result.rev}`
    : result.act === undefined
      ? 'nothing to change'
      : `as before, revision ${result.rev}`;
  world.tell(
    () =>
      `ANSWER ${act.what} ${scheduleId}: ${done}; going out: ${goingOut.join(' ') || 'nothing'}` +
      (result.notified.length === 0 ? '' : `; notified: ${result.notified.join(' ')}`),
  );
}

async function run(deps: Deps, { act, who, ...asked }: Asked): Promise<ActResult | undefined> {
  const { byMs, fields, isToInstant, isEventNamed } = act;
  const { scheduleId, eventAt, until, notice } = asked;
  const acting: Acting = { who, owner: 'console', ...(isKeyed(act) ? { idempotencyKey: who } : {}) };
  const operation = { scheduleId, why: 'as the story goes', notify: notice };
  switch (act.what) {
    case 'pause':
      return pause(deps, { ...operation, until }, acting);
    case 'resume':
      return resume(deps, operation, acting);
    case 'skip':
      return eventAt === undefined ? undefined : skip(deps, { ...operation, eventAt }, acting);
    case 'postpone': {
      if (eventAt === undefined) return undefined;
      const move = isToInstant === true ? { to: eventAt + byMs } : { byMs };
      return postpone(deps, { ...operation, eventAt, ...move }, acting);
    }
    case 'undo':
      return eventAt === undefined ? undefined : resume(deps, { ...operation, eventAt }, acting);
    case 'save':
      return saveDefinition(deps, definitionOf({ id: scheduleId, fields }), acting);
    case 'delete':
      return deleteSchedule(deps, scheduleId, acting, operation);
    case 'send':
      return sendNow(deps, { ...operation, ...(isEventNamed === true ? { eventAt } : {}) }, acting);
    case 'notify':
      return notify(deps, { pools: ['finance'], message: 'hello {{eventTime}}' }, acting);
    case 'apply':
      return undefined;
  }
}

/** What the operator means, by the schedule as it stands. */
function askedOf(world: World, act: ActStory, who: string): Asked {
  const scheduleId = idNow(world, act.scheduleId);
  return {
    act,
    who,
    scheduleId,
    eventAt: eventOf(world, scheduleId, act),
    until: act.what === 'pause' && act.byMs > 0 ? world.now() + act.byMs : undefined,
    // Its number tells whose text it is.
    notice: act.withNotice ? `notice ${who.split('-')[1]} {{eventTime}}` : undefined,
  };
}

/** The id that a schedule has now: a file may have renamed it. `adhoc` is the latest single notification. */
function idNow({ recording }: World, id: string): string {
  const ids = [...recording.schedules.keys()].filter((other) => familyOf(other) === familyOf(id));
  if (id === 'adhoc') return ids.at(-1) ?? id;
  const isLive = (other: string) =>
    latestOf(recording.schedules.get(other) ?? [])?.deletedAt === undefined && other !== id;
  return ids.find(isLive) ?? id;
}

function eventOf(
  world: World,
  scheduleId: string,
  { what, which, isByWrittenTime }: ActStory,
): Instant | undefined {
  const stored = world.recording.schedules.get(scheduleId)?.at(-1)?.item;
  if (stored === undefined) return undefined;
  if (what === 'undo') return stored.exceptions.at(which)?.eventAt;
  const now = world.now();
  const coming = [...eventsOf(stored, now, now + hour)].filter(({ unwanted }) => unwanted === undefined);
  const eventAt = coming[which]?.eventAt;
  const moved = stored.exceptions.find(({ movedTo }) => movedTo !== undefined && movedTo === eventAt);
  return isByWrittenTime === true ? (moved?.eventAt ?? eventAt) : eventAt;
}

function sayDetails({ act, eventAt, until, notice }: Asked): string {
  const { what, byMs, fields, isToInstant } = act;
  const event = eventAt === undefined ? 'no event' : timeOf(eventAt);
  const said = notice === undefined ? '' : `, saying "${notice}"`;
  if (what === 'undo') return ` the change of ${event}${said}`;
  if (what === 'skip' || what === 'send') return ` of ${event}${said}`;
  if (what === 'postpone')
    return ` of ${event} ${isToInstant === true ? 'to a time' : 'by'} ${byMs / second} s${said}`;
  if (what === 'pause') return `${until === undefined ? '' : ` for ${byMs / second} s`}${said}`;
  return what === 'save' ? ` ${JSON.stringify(fields)}` : said;
}
