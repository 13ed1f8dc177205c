import { InvalidInputError } from '../domain/errors.ts';
import type { Instant } from '../domain/instant.ts';
import type { Warning } from '../domain/problems.ts';
import type { Schedule } from '../domain/schedule.ts';
import { parseTable } from '../domain/table.ts';
import { deleteSchedule, type SchedulesDeps, saveDefinition } from './schedules.ts';

export type Applied = {
  created: string[];
  changed: string[];
  unchanged: string[];
  deleted: string[];
  failed: { id: string; message: string }[];
  warnings: Warning[];
};

/**
 * Makes the stored schedules what a schedule file says.
 *
 * Deletes, last, the schedules that an earlier file brought and this one lacks; never what people made over HTTP.
 *
 * @throws InvalidInputError with every problem of the file; then nothing was changed.
 */
export async function apply(deps: SchedulesDeps, text: string, who: string, now: Instant): Promise<Applied> {
  const { definitions, calendars, problems, warnings } = parseTable(text, {
    now,
    messageLimit: deps.messageLimit,
  });
  if (problems.length > 0) throw new InvalidInputError(problems);
  const applied: Applied = { created: [], changed: [], unchanged: [], deleted: [], failed: [], warnings };
  await deps.calendars.putCalendars(calendars);
  const acting = { who, owner: 'file' } as const;
  for (const definition of definitions) {
    await survive(applied, definition.id, async () => {
      const { what } = await saveDefinition(deps, definition, acting, now);
      applied[what].push(definition.id);
    });
  }
  const kept = new Set(definitions.map(({ id }) => id));
  for (const { scheduleId: id } of await ownedByFile(deps)) {
    if (kept.has(id)) continue;
    await survive(applied, id, async () => {
      await deleteSchedule(deps, id, acting, now);
      applied.deleted.push(id);
    });
  }
  return applied;
}

/** Whether applying the file would change anything. @throws InvalidInputError with every problem of the file. */
export async function differs(deps: SchedulesDeps, text: string, now: Instant): Promise<boolean> {
  const { definitions, problems } = parseTable(text, { now, messageLimit: deps.messageLimit });
  if (problems.length > 0) throw new InvalidInputError(problems);
  const stored = (await ownedByFile(deps)).map(({ definition }) => JSON.stringify(definition));
  const written = definitions.map((definition) => JSON.stringify(definition));
  return new Set(stored).symmetricDifference(new Set(written)).size > 0;
}

async function survive(applied: Applied, id: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    applied.failed.push({ id, message: cause instanceof Error ? cause.message : String(cause) });
  }
}

async function ownedByFile({ schedules }: SchedulesDeps): Promise<Schedule[]> {
  const owned: Schedule[] = [];
  let cursor: string | undefined;
  do {
    const page = await schedules.listSchedules({ limit: 200, ...(cursor === undefined ? {} : { cursor }) });
    owned.push(...page.items.filter(({ owner }) => owner === 'file'));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return owned;
}
