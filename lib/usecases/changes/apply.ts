import { ConflictError, InvalidInputError, messageOf } from '../../domain/codes/errors.ts';
import type { Warning } from '../../domain/codes/problems.ts';
import type { Calendars } from '../../domain/schedule/calendar.ts';
import type { Definition } from '../../domain/schedule/definition.ts';
import type { Owner, Schedule } from '../../domain/schedule/schedule.ts';
import type { ScheduleTable, TableContext } from '../../domain/table/table.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { changeSchedule } from '../change.ts';
import { everyItem } from '../pages.ts';
import type { ActDeps, ActResult } from './act.ts';
import { type ApplyLockDeps, takeApplyLock } from './apply-lock.ts';
import { requestOf } from './requests.ts';
import { deleteSchedule, getSchedule, type Saved, saveDefinition } from './schedules.ts';

export type ApplyDeps = ActDeps & ApplyLockDeps & TableReader;

export type TableReader = {
  /** Reads and checks a schedule file, which may take a second of a processor. */
  readTable(text: string, context: TableContext): Promise<ScheduleTable>;
};

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
 * Deletes, last, the schedules that an earlier file brought and this one lacks; never what people made over HTTP. One
 * that it lacks, and has under another id with an equal definition, is renamed.
 *
 * @throws InvalidInputError with every problem of the file, BusyError while another file is applied; then nothing was
 * changed. KeyReusedError.
 */
export async function apply(
  deps: ApplyDeps,
  text: string,
  { who, idempotencyKey }: { who: string; idempotencyKey?: string | undefined },
): Promise<Applied> {
  const { pools } = await deps.pools.names();
  const table = await deps.readTable(text, {
    now: deps.clock.now(),
    messageLimit: deps.messageLimit,
    pools,
  });
  if (table.problems.length > 0) throw new InvalidInputError(table.problems);
  const taken = await takeApplyLock(deps, who, requestOf(who, idempotencyKey, text));
  if ('answered' in taken) return taken.answered as Applied;
  const { lock } = taken;
  try {
    const applied = await applyTable(deps, table, { who, keep: lock.keep });
    // What failed may be tried again with the same key.
    await lock.release(applied.failed.length === 0 ? applied : undefined);
    return applied;
  } catch (cause) {
    // The lock runs out by itself; what went wrong says more than that it could not be given back.
    await lock.release().catch(() => undefined);
    throw cause;
  }
}

async function applyTable(
  deps: ActDeps,
  { definitions, calendars, warnings }: ScheduleTable,
  { who, keep }: { who: string; keep: () => Promise<void> },
): Promise<Applied> {
  const applied: Applied = {
    created: [],
    changed: [],
    unchanged: [],
    deleted: [],
    failed: [],
    warnings: [...warnings],
  };
  const each = async (id: string, work: () => Promise<Pick<Saved, 'warnings'>>) => {
    await keep();
    await survive(applied, id, async () => {
      const told = await work();
      applied.warnings.push(...told.warnings.map((found) => ({ ...found, scheduleId: id })));
    });
  };
  const saveEach = (definition: Definition, save: () => Promise<Pick<Saved, 'what' | 'warnings'>>) =>
    each(definition.id, async () => {
      const saved = await save();
      applied[saved.what].push(definition.id);
      return saved;
    });
  await deps.calendars.putCalendars(calendars);
  const leftOut = leftOutOf(await schedulesOf(deps, 'file'), definitions);
  const renames = await renamesOf(deps, leftOut, definitions);
  for (const definition of definitions) {
    const { id } = definition;
    const renamed = renames.get(id);
    if (renamed === undefined) {
      await saveEach(definition, () => saveDefinition(deps, definition, { who, owner: 'file' }));
      continue;
    }
    // The former one ends at once, and only when the new one is there.
    await saveEach(definition, async () => {
      checkIsOfFile(await getSchedule(deps, renamed.scheduleId), renamed);
      const saved = await saveDefinition(deps, definition, { who, owner: 'file' }, { renamed });
      await each(renamed.scheduleId, async () => {
        const ended = await deleteOfFile(deps, renamed, { who, renamedTo: id });
        applied.deleted.push(renamed.scheduleId);
        return ended;
      });
      return saved;
    });
  }
  for (const { definition } of await schedulesOf(deps, 'console')) {
    const isUser = definition.calendars.some(({ name }) => calendars[name] !== undefined);
    if (isUser) await saveEach(definition, () => saveCalendars(deps, definition.id, { calendars, who }));
  }
  const renamedIds = new Set([...renames.values()].map(({ scheduleId }) => scheduleId));
  for (const schedule of leftOut.filter(({ scheduleId }) => !renamedIds.has(scheduleId))) {
    await each(schedule.scheduleId, async () => {
      const deleted = await deleteOfFile(deps, schedule, { who });
      applied.deleted.push(schedule.scheduleId);
      return deleted;
    });
  }
  // Another file may have been applied while the last step stood still.
  await keep();
  return applied;
}

/**
 * Deletes what the file leaves out, unless somebody has edited it since it was read.
 *
 * @param renamedTo the id under which it goes on; what operators did to it since it was read goes with it.
 */
async function deleteOfFile(
  deps: ActDeps,
  read: Schedule,
  { who, renamedTo }: { who: string; renamedTo?: string },
): Promise<ActResult> {
  const { scheduleId, owner } = read;
  return againOnConflict(async () => {
    const schedule = await getSchedule(deps, scheduleId);
    checkIsOfFile(schedule, read);
    if (renamedTo !== undefined) await bringChanges(deps, schedule, renamedTo);
    const acting = { who, owner, ifMatch: [schedule.rev] };
    return deleteSchedule(deps, scheduleId, acting, { isLeftOut: true, renamedTo });
  });
}

/** Others may change a schedule between the read and the write; the fifth time the conflict is passed on. */
async function againOnConflict<T>(work: () => Promise<T>): Promise<T> {
  for (let contest = 1; ; contest += 1) {
    try {
      return await work();
    } catch (cause) {
      if (!(cause instanceof ConflictError) || contest === 5) throw cause;
    }
  }
}

/** @throws ConflictError when somebody has edited the schedule since it was read. */
function checkIsOfFile({ scheduleId, owner, definition, lastAct }: Schedule, read: Schedule): void {
  if (owner === read.owner && JSON.stringify(definition) === JSON.stringify(read.definition)) return;
  throw new ConflictError(
    `${scheduleId} was edited by ${lastAct.who} while the file was applied, so it is kept; compare it with the file, then apply the file again`,
  );
}

async function bringChanges(
  deps: ActDeps,
  { pause, exceptions }: Schedule,
  renamedTo: string,
): Promise<void> {
  await changeSchedule(deps, renamedTo, (seen) => {
    const { pause: held, ...rest } = seen;
    const next = { ...rest, exceptions, ...(pause === undefined ? {} : { pause }) };
    const isSame = JSON.stringify([held, seen.exceptions]) === JSON.stringify([pause, exceptions]);
    // Somebody who has acted on the new one by now knows better.
    return isSame || seen.lastAct.what !== 'save' ? undefined : next;
  });
}

function leftOutOf(stored: readonly Schedule[], definitions: readonly Definition[]): Schedule[] {
  const kept = new Set(definitions.map(({ id }) => id));
  return stored.filter(({ scheduleId }) => !kept.has(scheduleId));
}

/** By new id, the schedule that a file has under that id since, with an equal definition. */
async function renamesOf(
  { schedules }: ActDeps,
  leftOut: readonly Schedule[],
  definitions: readonly Definition[],
): Promise<ReadonlyMap<string, Schedule>> {
  const contentOf = ({ id: _id, ...content }: Definition) => JSON.stringify(content);
  const former = Map.groupBy(leftOut, ({ definition }) => contentOf(definition));
  const renames = new Map<string, Schedule>();
  for (const definition of definitions) {
    const candidates = former.get(contentOf(definition)) ?? [];
    const isThere = candidates.length > 0 && isLive(await schedules.getSchedule(definition.id));
    const renamed = isThere ? undefined : candidates.shift();
    if (renamed !== undefined) renames.set(definition.id, renamed);
  }
  return renames;
}

function isLive(schedule: Schedule | undefined): boolean {
  return schedule !== undefined && schedule.deletedAt === undefined;
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
): Promise<Saved> {
  return againOnConflict(async () => {
    const { rev, owner, definition } = await getSchedule(deps, scheduleId);
    return saveDefinition(deps, withCalendars(definition, calendars), { who, owner, ifMatch: [rev] });
  });
}

/** Whether applying the file would change anything. @throws InvalidInputError with every problem of the file. */
export async function differs(deps: ActDeps & TableReader, text: string, now: Instant): Promise<boolean> {
  const { messageLimit } = deps;
  const { definitions, problems } = await deps.readTable(text, { now, messageLimit });
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
  return Array.fromAsync(everyItem((page) => schedules.listSchedules({ owner, ...page })));
}
