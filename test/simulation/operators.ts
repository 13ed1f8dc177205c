import { type Definition, parseDefinition } from '../../lib/domain/definition.ts';
import { DeskbellError, StoreError } from '../../lib/domain/errors.ts';
import { hour, type Instant, second } from '../../lib/domain/instant.ts';
import { eventsOf } from '../../lib/domain/notifications.ts';
import type { Acting, ActResult } from '../../lib/usecases/act.ts';
import { pause, postpone, resume, skip } from '../../lib/usecases/acts.ts';
import { notify, sendNow } from '../../lib/usecases/notify.ts';
import { deleteSchedule, saveDefinition } from '../../lib/usecases/schedules.ts';
import type { Deps } from './processes.ts';
import type { Answer } from './recording.ts';
import type { ActStory, ScheduleStory } from './story.ts';
import { start, timeOf, type World } from './world.ts';

/** Whoever saves before the story begins. */
const acting = { who: 'operator', owner: 'console' } as const;
const noticeText = 'notice {{eventTime}}';

/** A story's schedule as it is saved; its text tells its notification from every other. */
function definitionOf({ id, fields }: ScheduleStory): Definition {
  const input = {
    id,
    message: '{{schedule}}|{{eventTime}}|{{minutesLeft}}',
    ...(fields.at === undefined ? { cron: '*/5 * * * *' } : {}),
    ...fields,
  };
  const { definition, problems } = parseDefinition(input, { calendars: {}, messageLimit: 400, now: start });
  if (definition === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  return definition;
}

/** Saves a story's schedule before anything can go wrong. */
export async function saveFirst(world: World, deps: Deps, story: ScheduleStory): Promise<void> {
  const { schedule } = await saveDefinition(deps, definitionOf(story), acting);
  if (story.isBroken !== true) return;
  const saved = (await deps.schedules.getSchedule(story.id)) ?? schedule;
  const definition = { ...saved.definition, cron: 'no rule' };
  await deps.schedules.writeSchedule({
    ...saved,
    definition,
    wakeAt: world.now(),
    version: saved.version + 1,
    writeId: world.ids.next(),
  });
}

/** An operator acts, tries once more when the store failed, and notes what was answered. */
export async function operate(world: World, deps: Deps, story: ActStory): Promise<void> {
  const who = `operator ${world.ids.next()}`;
  for (let tries = 1; tries <= 3; tries += 1) {
    const begunAt = world.now();
    try {
      const result = await run(world, deps, story, { ...acting, who });
      note(world, { act: story, who, begunAt }, result);
      return;
    } catch (error) {
      if (!(error instanceof DeskbellError)) throw error;
      world.tell(() => `${story.what} ${story.scheduleId}: ${error.message}`);
      if (!(error instanceof StoreError)) {
        world.recording.refusals.push({ act: story, who, begunAt, message: error.message });
        return;
      }
      await deps.clock.sleepUntil(world.now() + second);
    }
  }
}

function note(
  world: World,
  { act, who, begunAt }: Pick<Answer, 'act' | 'who' | 'begunAt'>,
  result: ActResult | undefined,
): void {
  if (result === undefined) return;
  const { schedule, isDone } = result;
  const goingOut = result.goingOut.map(({ deliveryId }) => deliveryId);
  const { scheduleId, rev } = schedule;
  world.recording.answers.push({
    act,
    who,
    begunAt,
    at: world.now(),
    scheduleId,
    ...(isDone ? { rev } : {}),
    goingOut,
  });
  world.tell(
    () =>
      `ANSWER ${act.what} ${scheduleId}: ${isDone ? `revision ${rev}` : 'nothing to change'}` +
      `; going out: ${goingOut.join(' ') || 'nothing'}`,
  );
}

async function run(
  world: World,
  deps: Deps,
  story: ActStory,
  acting: Acting,
): Promise<ActResult | undefined> {
  const now = world.now();
  const { scheduleId, what, byMs } = story;
  const notifyText = story.withNotice ? noticeText : undefined;
  const operation = { scheduleId, why: 'as the story goes', notify: notifyText };
  const eventAt = eventOf(world, story, now);
  world.tell(() => `${what} ${scheduleId}${sayDetails(story, eventAt)} begins`);
  switch (what) {
    case 'pause':
      return pause(deps, { ...operation, ...(byMs > 0 ? { until: now + byMs } : {}) }, acting);
    case 'resume':
      return resume(deps, operation, acting);
    case 'skip':
      return eventAt === undefined ? undefined : skip(deps, { ...operation, eventAt }, acting);
    case 'postpone':
      return eventAt === undefined ? undefined : postpone(deps, { ...operation, eventAt, byMs }, acting);
    case 'undo':
      return eventAt === undefined ? undefined : resume(deps, { ...operation, eventAt }, acting);
    case 'save':
      return saveDefinition(deps, definitionOf({ id: scheduleId, fields: story.fields }), acting);
    case 'delete':
      return deleteSchedule(deps, scheduleId, acting);
    case 'send':
      return sendNow(deps, operation, { ...acting, idempotencyKey: String(story.at) });
    case 'notify': {
      const input = { pools: ['finance'], message: 'hello {{eventTime}}' };
      return notify(deps, input, { ...acting, idempotencyKey: `${scheduleId} ${story.at}` });
    }
  }
}

function sayDetails({ what, byMs, fields }: ActStory, eventAt: Instant | undefined): string {
  if (what === 'undo') return ` the change of ${eventAt === undefined ? 'no event' : timeOf(eventAt)}`;
  if (what === 'skip' || what === 'postpone')
    return ` of ${eventAt === undefined ? 'no event' : timeOf(eventAt)} by ${byMs / second} s`;
  if (what === 'pause') return byMs > 0 ? ` for ${byMs / second} s` : '';
  return what === 'save' ? ` ${JSON.stringify(fields)}` : '';
}

/** The event that the operator means, by the schedule as it stands. */
function eventOf(world: World, { what, scheduleId, which }: ActStory, now: Instant): Instant | undefined {
  const stored = world.recording.schedules.get(scheduleId)?.at(-1)?.item;
  if (stored === undefined) return undefined;
  if (what === 'undo') return stored.exceptions.at(which)?.eventAt;
  return [...eventsOf(stored, now, now + hour)].filter(({ unwanted }) => unwanted === undefined)[which]
    ?.eventAt;
}
