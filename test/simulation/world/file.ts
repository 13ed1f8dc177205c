import { DeskbellError, StoreError } from '../../../lib/domain/codes/errors.ts';
import { second } from '../../../lib/domain/time/instant.ts';
import { type Applied, apply } from '../../../lib/usecases/changes/apply.ts';
import { type Application, latestOf } from '../invariants/recording.ts';
import { definitionOf, familyOf, inputOf } from '../invariants/saved.ts';
import type { ActStory, ScheduleStory } from '../stories/story.ts';
import { pools } from './huawei.ts';
import type { Deps } from './processes.ts';
import type { World } from './world.ts';

/** Somebody edits the schedule file and applies it, and tries again when the store failed. */
export async function operateFile(world: World, deps: Deps, act: ActStory, who: string): Promise<void> {
  edit(world, act);
  const schedules = world.file.map(inputOf);
  const text = JSON.stringify({ schedules });
  const application: Application = {
    who,
    begunAt: world.now(),
    definitions: world.file.map(definitionOf),
  };
  world.recording.applications.push(application);
  world.tell(() => `apply of ${schedules.map(({ id, pools }) => `${id} for ${pools}`).join(', ')} begins`);
  const first = await insist(world, deps, { act, who, text });
  application.endedAt = world.now();
  if (first === undefined) return;
  application.answeredAt = world.now();
  application.hasFailures = first.failed.length > 0;
  noteEach(world, act, application, first);
  // What failed in part is tried again.
  if (act.isRepeated !== true || application.hasFailures) return;
  await deps.clock.sleepUntil(world.clockNow() + second);
  const again = await insist(world, deps, { act, who, text });
  if (again !== undefined) world.recording.repetitions.push({ act, at: world.now(), first, again });
}

async function insist(
  world: World,
  deps: Deps,
  { act, who, text }: { act: ActStory; who: string; text: string },
): Promise<Applied | undefined> {
  for (let tries = 1; tries <= 3; tries += 1) {
    const begunAt = world.now();
    try {
      const applied = await apply(deps, text, { who, idempotencyKey: who });
      world.tell(() => `ANSWER apply: ${JSON.stringify(applied)}`);
      return applied;
    } catch (error) {
      if (!(error instanceof DeskbellError)) throw error;
      world.tell(() => `apply: ${error.message}`);
      if (!(error instanceof StoreError)) {
        world.recording.refusals.push({ act, who, begunAt, message: error.message });
        return undefined;
      }
      await deps.clock.sleepUntil(world.clockNow() + second);
    }
  }
  return undefined;
}

/** Writes the change into the file. */
function edit(world: World, { scheduleId, change }: ActStory): void {
  const { story, file } = world;
  const here = file.findIndex(({ id }) => familyOf(id) === scheduleId);
  const written = here < 0 ? undefined : file[here];
  if (change === 'bring-back') {
    const original = story.schedules.find(({ id, owner }) => id === scheduleId && owner === 'file');
    if (written === undefined && original !== undefined) world.file = [...file, original];
  }
  if (written === undefined) return;
  if (change === 'leave-out') world.file = file.toSpliced(here, 1);
  if (change === 'respell-pools') world.file = file.with(here, respelled(written));
  if (change === 'rename') {
    const id = written.id === scheduleId ? `${scheduleId}r` : scheduleId;
    world.file = file.with(here, { ...written, id });
  }
}

/** The schedule with the names of its pools changed into their ids, or back. */
export function respelled({ fields, ...schedule }: ScheduleStory): ScheduleStory {
  const written = fields.pools as readonly string[];
  const other = written.map((pool) => {
    const { id, name } = pools.find((known) => known.id === pool || known.name === pool) ?? pools[0];
    return pool === name ? id : name;
  });
  return { ...schedule, fields: { ...fields, pools: other } };
}

/** An apply names nothing that is going out, so that counts as named which was under way when it was answered. */
function noteEach(world: World, act: ActStory, { who, begunAt }: Application, applied: Applied): void {
  const { recording, now } = world;
  const goingOut = [...recording.deliveries].flatMap(([deliveryId, versions]) =>
    latestOf(versions)?.state === 'sending' ? deliveryId : [],
  );
  for (const scheduleId of [...applied.created, ...applied.changed, ...applied.deleted]) {
    const made = recording.schedules.get(scheduleId)?.findLast(({ item }) => item.lastAct.who === who);
    if (made === undefined) continue;
    const { rev } = made.item;
    recording.answers.push({ act, who, begunAt, at: now(), scheduleId, rev, goingOut });
  }
}
