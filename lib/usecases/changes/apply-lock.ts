import { BusyError, ConflictError, KeyReusedError } from '../../domain/codes/errors.ts';
import {
  type AnsweredApply,
  type ApplyLock,
  heldLock,
  isHeldByOther,
  isRunningOut,
} from '../../domain/table/apply-lock.ts';
import { day, type Instant, isoOf } from '../../domain/time/instant.ts';
import type { ApplyLockStore, Clock, Ids } from '../../ports.ts';
import { change } from '../change.ts';
import type { Request } from './requests.ts';

export type ApplyLockDeps = { applyLock: ApplyLockStore; clock: Pick<Clock, 'now'>; ids: Ids };

/** The right to apply a file, as long as `keep` answers. */
export type HeldLock = {
  /** Called before each step. @throws ConflictError when another apply has begun meanwhile. */
  keep(): Promise<void>;
  /** @param answer remembered under the request's key. */
  release(answer?: unknown): Promise<void>;
};

/** Answers are remembered for so long, the latest that fit into so many bytes. */
const remembered = day;
const mostBytes = 64 * 1024;

/**
 * Takes the lock, or gives the answer that the same request had before.
 *
 * @throws BusyError while another file is being applied; KeyReusedError.
 */
export async function takeApplyLock(
  deps: ApplyLockDeps,
  who: string,
  request: Request | undefined,
): Promise<{ lock: HeldLock } | { answered: unknown }> {
  const { applyLock, clock, ids } = deps;
  const own = {
    token: ids.next(),
    who,
    ...(request === undefined ? {} : { request: `${request.key} ${request.hash}` }),
  };
  const { token } = own;
  const place = { read: () => applyLock.getApplyLock(), write: applyLock.writeApplyLock };
  let held: ApplyLock | undefined;
  let answered: AnsweredApply | undefined;

  async function hold(): Promise<void> {
    const { item } = await change<ApplyLock>(place, (seen) => {
      const now = clock.now();
      answered = held === undefined ? answeredBefore(seen, request, now) : undefined;
      if (answered !== undefined) return undefined;
      if (held !== undefined && seen?.holder?.token !== token) throw overtaken();
      if (isHeldByOther(seen, own, now)) throw busy(seen);
      return heldLock(seen, own, now, ids.next());
    });
    held = item;
  }

  await hold();
  if (answered !== undefined) return { answered: answered.answer };
  const lock: HeldLock = {
    async keep() {
      if (held === undefined || isRunningOut(held, clock.now())) await hold();
    },
    async release(answer) {
      await change<ApplyLock>(place, (seen) => {
        if (seen === undefined) return undefined;
        const { holder, ...free } = seen;
        // Another one may have begun meanwhile; what this one was answered is remembered all the same.
        const kept = holder?.token === token ? free : seen;
        const answered = withAnswer(seen.answered, request, answer, clock.now());
        return { ...kept, answered, version: seen.version + 1, writeId: ids.next() };
      });
    },
  };
  return { lock };
}

function answeredBefore(
  lock: ApplyLock | undefined,
  request: Request | undefined,
  now: Instant,
): AnsweredApply | undefined {
  const known = lock?.answered.find(({ key, at }) => key === request?.key && Math.abs(now - at) < remembered);
  if (known !== undefined && known.hash !== request?.hash) throw new KeyReusedError();
  return known;
}

function withAnswer(
  answered: readonly AnsweredApply[],
  request: Request | undefined,
  answer: unknown,
  now: Instant,
): readonly AnsweredApply[] {
  if (request === undefined || answer === undefined) return answered;
  const kept = [
    ...answered.filter(({ at }) => Math.abs(now - at) < remembered),
    { ...request, at: now, answer },
  ];
  while (new TextEncoder().encode(JSON.stringify(kept)).length > mostBytes) kept.shift();
  return kept;
}

function busy(lock: ApplyLock | undefined): BusyError {
  const { who = 'somebody', since = 0 } = lock?.holder ?? {};
  return new BusyError(
    `another schedule file is being applied, by ${who} since ${isoOf(since)}; nothing was changed: try again when that has ended`,
  );
}

function overtaken(): ConflictError {
  return new ConflictError(
    'this apply stood still for so long that another one has begun; apply the file again to make the stored schedules what it says',
  );
}
