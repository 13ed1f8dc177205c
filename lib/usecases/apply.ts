import type { Calendars } from '../domain/calendar.ts';
import type { Definition } from '../domain/definition.ts';
import { ConflictError, InvalidInputError, messageOf } from '../domain/errors.ts';
import type { Instant } from '../domain/instant.ts';
import type { Warning } from '../domain/problems.ts';
import type { Owner, Schedule } from '../domain/schedule.ts';
import { parseTable } from '../domain/table.ts';
import type { ActDeps } from './act.ts';
import { deleteSchedule, getSchedule, type Saved, saveDefinition } from './schedules.ts';

export type Applied = {
  created: string[];
  changed: string[];
  unchanged: string[];
  deleted: string[];
  failed: { id: string; message: string }[];
  warnings: Warning[];
};

/**
 * Makes the stored schedules what a schedule file says, and brings its calendars to all who use them.
 *
 * Deletes, last, the schedules that an earlier file brought and this one lacks; never what people made over HTTP.
 *
 * @throws InvalidInputError with every problem of the file; then nothing was changed.
 */
export async function apply(deps: ActDeps, text: string, who: string, now: Instant): Promise<Applied> {
  const { definitions, calendars, problems, warnings } = parseTable(text, {
    now,
    messageLimit: deps.messageLimit,
    poolNames: await deps.pools.names(),
  });
  if (problems.length > 0) throw new InvalidInputError(problems);
  const applied: Applied = { created: [], changed: [], unchanged: [], deleted: [], failed: [], warnings };
  await deps.calendars.putCalendars(calendars);
  const saveAll = (definition: Definition, save: () => Promise<Pick<Saved, 'what'>>) =>
    survive(applied, definition.id, async () => {
      const { what } = await save();
      applied[what].push(definition.id);
    });
  for (const definition of definitions) {
    await saveAll(definition, () => saveDefinition(deps, definition, { who, owner: 'file' }, now));
  }
  const kept = new Set(definitions.map(({ id }) => id));
  for (const { definition } of await schedulesOf(deps, 'console')) {
    const isUser = definition.calendars.some(({ name }) => calendars[name] !== undefined);
    if (isUser) await saveAll(definition, () => saveCalendars(deps, definition.id, { calendars, who }, now));
  }
  for (const { scheduleId, owner } of await schedulesOf(deps, 'file')) {
    if (kept.has(scheduleId)) continue;
    await survive(applied, scheduleId, async () => {
      await deleteSchedule(deps, scheduleId, { who, owner }, now);
      applied.deleted.push(scheduleId);
    });
  }
  return applied;
}

/** A schedule has copies of its calendars, so a changed calendar changes its users. */
function withCalendars(definition: Definition, calendars: Calendars): Definition {
  return {
    ...definition,
    calendars: definition.calendars.map((copy) => ({ ...copy, ...calendars[copy.name] })),
  };
}

/** Changes nothing else of a schedule that people made, though they edit it in the same moment. */
async function saveCalendars(
  deps: ActDeps,
  scheduleId: string,
  { calendars, who }: { calendars: Calendars; who: string },
  now: Instant,
): Promise<Pick<Saved, 'what'>> {
  for (let contest = 1; ; contest += 1) {
    const { rev, owner, definition } = await getSchedule(deps, scheduleId);
    try {
      const acting = { who, owner, ifMatch: [rev] };
      return await saveDefinition(deps, withCalendars(definition, calendars), acting, now);
    } catch (cause) {
      if (!(cause instanceof ConflictError) || contest === 5) throw cause;
    }
  }
}

/** Whether applying the file would change anything. @throws InvalidInputError with every problem of the file. */
export async function differs(deps: ActDeps, text: string, now: Instant): Promise<boolean> {
  const { definitions, problems } = parseTable(text, { now, messageLimit: deps.messageLimit });
  if (problems.length > 0) throw new InvalidInputError(problems);
  const stored = (await schedulesOf(deps, 'file')).map(({ definition }) => JSON.stringify(definition));
  const written = definitions.map((definition) => JSON.stringify(definition));
  return new Set(stored).symmetricDifference(new Set(written)).size > 0;
}

async function survive(applied: Applied, id: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    applied.failed.push({ id, message: messageOf(cause) });
  }
}

async function schedulesOf({ schedules }: ActDeps, owner: Owner): Promise<Schedule[]> {
  const found: Schedule[] = [];
  let cursor: string | undefined;
  do {
    const page = await schedules.listSchedules({
      owner,
      limit: 200,
      ...(cursor === undefined ? {} : { cursor }),
    });
    found.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return found;
}
