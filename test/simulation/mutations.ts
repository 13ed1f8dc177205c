import type { madeStories } from './fixed-stories.ts';

/** A mistake in the product, made in one place of one file. */
export type Mutation = {
  readonly name: string;
  /** Under `lib/`. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** The story made for it; without one, those of the first seeds. */
  readonly story?: keyof typeof madeStories;
  /** The invariants that may notice it. */
  readonly breaks: readonly number[];
};

/** Mistakes that the simulation must notice: each takes away one thing that the protocol rests on. */
export const mutations: readonly Mutation[] = [
  {
    name: 'no second look at the schedule before the request',
    story: 'stopped at the lease',
    file: 'usecases/send.ts',
    find: "  const { verdict } = await judgeNow(deps, claimed);\n  if (verdict.kind === 'expired' || verdict.kind === 'skipped') return end(deps, claimed, verdict);\n  const result",
    replace: '  const result',
    breaks: [5],
  },
  {
    name: 'a failed condition is believed at once',
    file: 'usecases/change.ts',
    find: 'if (seen !== undefined && isSame(seen, next)) return { item: seen, isMine: true };',
    replace: '',
    breaks: [2, 11],
  },
  {
    name: 'nothing is swept',
    file: 'usecases/tick.ts',
    find: '  await sweepAll(deps, now, result, () => hasUsed(budgetMs / 2));\n',
    replace: '',
    breaks: [4],
  },
  {
    name: 'the cursor moves before the deliveries are written',
    file: 'usecases/plan.ts',
    find: '  const planned = await Promise.all(',
    replace: '  await moveCursor(deps, schedule, slice, now);\n  const planned = await Promise.all(',
    breaks: [8],
  },
  {
    name: 'the gate lets everybody through',
    file: 'domain/gate.ts',
    find: 'Math.min(count, free, isProven ? Infinity : 1)',
    replace: 'count',
    breaks: [10],
  },
  {
    name: 'a 401 leaves the key proven',
    story: 'revoked key',
    file: 'domain/gate.ts',
    find: 'const provenKeys = (gate.provenKeys ?? []).filter((other) => other !== fingerprint);',
    replace: 'const provenKeys = gate.provenKeys ?? [];',
    breaks: [10],
  },
  {
    name: 'a 401 closes nothing',
    file: 'domain/gate.ts',
    find: 'if (refused !== undefined && isAhead(refused.until, now, keyClosing)) return refused;',
    replace: '',
    breaks: [10],
  },
  {
    name: 'an uncertain request is tried again',
    file: 'domain/outcome.ts',
    find: "return { kind: 'uncertain', why: reason('no_answer', { detail }) };",
    replace: "return { kind: 'retry', retryAt: now + second, why: reason('no_answer', { detail }) };",
    breaks: [1],
  },
  {
    name: 'what somebody else is sending is claimed as well',
    file: 'usecases/send.ts',
    find: "seen.state !== 'pending' || seen.attempt !== delivery.attempt",
    replace: 'seen.attempt > delivery.attempt + 1',
    breaks: [1, 7],
  },
  {
    name: 'a claim does not look at the attempt',
    story: 'two workers',
    file: 'usecases/send.ts',
    find: "seen.state !== 'pending' || seen.attempt !== delivery.attempt",
    replace: "seen.state !== 'pending'",
    breaks: [6],
  },
  {
    name: 'an act leaves the cursor where it was',
    file: 'usecases/act.ts',
    find: '    cursor: facts.at,\n',
    replace: "    cursor: 'cursor' in seen ? Number(seen.cursor) : facts.at,\n",
    breaks: [11],
  },
  {
    name: 'a postponement leaves the cursor where it was',
    file: 'usecases/acts.ts',
    find: 'cursor: graceCursor(live, now) }',
    replace: 'cursor: live.cursor }',
    breaks: [3],
  },
  {
    name: 'an act does not plan the old rule',
    story: 'an act before the tick',
    file: 'usecases/act.ts',
    find: 'return await planAll(deps, announced, { now, until: now, keptRev: schedule.rev });',
    replace: 'return announced;',
    breaks: [3, 8],
  },
  {
    name: 'an act plans past the write of another act',
    story: 'two acts at once',
    file: 'usecases/act.ts',
    find: 'if (latest.cursor >= until) return latest;',
    replace: 'if (latest !== schedule || latest.cursor >= until) return latest;',
    breaks: [3, 8],
  },
  {
    name: 'an act forgets the record of the act that it meets',
    story: 'a stopped act',
    file: 'usecases/act.ts',
    find: 'if (latest.rev !== kept) await deps.schedules.putAct(latest.lastAct);',
    replace: '',
    breaks: [11],
  },
  {
    name: 'the time of a verdict is taken before the schedule is read',
    file: 'usecases/verdict.ts',
    find: '  const { schedules, clock } = deps;\n',
    replace:
      '  const early = deps.clock.now();\n  const { schedules } = deps;\n  const clock = { now: () => early };\n',
    story: 'a slow look',
    breaks: [3],
  },
  {
    name: 'an act does not know itself again',
    file: 'usecases/act.ts',
    find: 'if (schedule !== undefined && tried !== undefined && isSameAct(schedule, tried)) return schedule;',
    replace: '',
    story: 'a lost answer',
    breaks: [11],
  },
  {
    name: 'what is going out is not told',
    story: 'stopped too late',
    file: 'usecases/warned.ts',
    find: "goingOut: told.filter(({ state }) => state === 'sending')",
    replace: 'goingOut: told.filter(() => false)',
    breaks: [5],
  },
  {
    name: 'an attempt that is over may still decide',
    story: 'ended twice',
    file: 'domain/attempt.ts',
    find: 'delivery.token !== attempt.token || !isUndecided',
    replace: '!isUndecided',
    breaks: [1, 2, 7],
  },
  {
    name: 'a planned delivery is not in the index of work',
    file: 'domain/delivery.ts',
    find: "{ ...planned, state: 'pending', wakeAt: plan.dueAt + grace }",
    replace: "{ ...planned, state: 'pending' }",
    breaks: [4],
  },
  {
    name: 'nothing is enqueued',
    file: 'usecases/plan.ts',
    find: 'if (isQueued) await queue.enqueueSend',
    replace: 'if (isQueued && row.dueAt < 0) await queue.enqueueSend',
    breaks: [12],
  },
  {
    name: 'the clock is not asked before the first byte',
    story: 'late byte',
    file: 'domain/attempt.ts',
    find: 'return dueAt <= now && now < leaseUntil - leaseReserve && now < deadline;',
    replace: 'return dueAt <= now + leaseUntil + deadline;',
    breaks: [1, 2, 6],
  },
  {
    name: 'a grant never grows old',
    story: 'old grants',
    file: 'usecases/send.ts',
    find: ' && now < grant.at + longestGrant',
    replace: '',
    breaks: [10],
  },
  {
    name: 'planning writes over what is there',
    file: 'usecases/plan.ts',
    find: '(seen) => (seen === undefined ? fresh : undefined)',
    replace: '(seen) => ({ ...fresh, version: (seen?.version ?? 0) + 1 })',
    breaks: [1, 7],
  },
  {
    name: 'a crash loses the record of an act',
    file: 'usecases/tick.ts',
    find: 'if (trusted.cursor <= trusted.lastAct.at) await deps.schedules.putAct(trusted.lastAct);',
    replace: '',
    breaks: [11],
  },
  {
    name: 'a missed notification gets no record',
    story: 'isolation',
    file: 'usecases/plan.ts',
    find: '  if (slice.gap !== undefined) await deps.schedules.putGap(slice.gap);\n',
    replace: '',
    breaks: [3, 8],
  },
  {
    name: 'every missed notification gets a record',
    story: 'isolation',
    file: 'usecases/plan.ts',
    find: 'const missedKept = 100;',
    replace: 'const missedKept = 10_000;',
    breaks: [9],
  },
  {
    name: 'what is unwanted before its due time is skipped for good',
    file: 'domain/delivery.ts',
    find: "  if (now < delivery.dueAt) return { kind: 'wait', until: startsAt };\n",
    replace: '',
    breaks: [3],
  },
  {
    name: 'a lead time keeps no distance from the next one',
    file: 'domain/notifications.ts',
    find: 'Math.min(clearance, (overtakenAt - dueAt) / 2)',
    replace: '0',
    breaks: [6],
  },
  {
    name: 'a crash loses what was promised to those who were warned',
    story: 'an all-clear cut short',
    file: 'usecases/tick.ts',
    find: 'const announced = await announce(deps, trusted, now);',
    replace: 'const announced = trusted;',
    breaks: [4, 13],
  },
  {
    name: 'an all-clear does not wait for the warning that it takes back',
    story: 'an all-clear on the heels of its warning',
    file: 'usecases/verdict.ts',
    find: 'if (lastLease > now) return lastLease;',
    replace: '',
    breaks: [13],
  },
];
