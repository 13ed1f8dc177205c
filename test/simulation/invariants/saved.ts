import type { Definition } from '../../../lib/domain/schedule/definition.ts';
import { parseDefinition } from '../../../lib/domain/table/definition-parser.ts';
import { saveDefinition } from '../../../lib/usecases/changes/schedules.ts';
import type { ScheduleStory } from '../stories/story.ts';
import type { Deps } from '../world/processes.ts';
import { start, type World } from '../world/world.ts';

/** A story's schedule as it is written; its text tells its notification from every other. */
export function inputOf({ id, fields }: ScheduleStory): Record<string, unknown> {
  return {
    id,
    message: '{{schedule}}|{{eventTime}}|{{minutesLeft}}',
    ...(fields.at === undefined ? { cron: '*/5 * * * *' } : {}),
    ...fields,
  };
}

/** A story's schedule as it is saved. */
export function definitionOf(story: ScheduleStory): Definition {
  const { definition, problems } = parseDefinition(inputOf(story), {
    calendars: {},
    messageLimit: 400,
    now: start,
  });
  if (definition === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  return definition;
}

/** A schedule's id, whether a file has renamed it or not. All single notifications have one. */
export function familyOf(id: string): string {
  return id.startsWith('adhoc') ? 'adhoc' : id.replace(/r$/, '');
}

/** Saves a story's schedule before anything can go wrong. */
export async function saveFirst(world: World, deps: Deps, story: ScheduleStory): Promise<void> {
  const acting = { who: 'operator', owner: story.owner ?? 'console' } as const;
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
