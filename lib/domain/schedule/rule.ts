import { InvalidInputError } from '../codes/errors.ts';
import { type Cron, parseCron } from '../time/cron.ts';
import { secondsOf } from '../time/duration.ts';
import { type Instant, second } from '../time/instant.ts';
import { parseLocalTime } from '../time/iso-time.ts';
import { instantOf } from '../time/zone.ts';
import { type DateRange, rangesOf } from './calendar.ts';
import type { Definition } from './definition.ts';
import { leadSecondsOf } from './lead-time.ts';

/** A definition prepared for calculation. */
export type Rule = {
  readonly timeZone: string;
  readonly cron?: Cron;
  /** When the one event of an `at` schedule is. */
  readonly onceAt?: Instant;
  /** Events count from here on, until before `endAt`. */
  readonly startAt: Instant;
  readonly endAt: Instant;
  /** By calendar, the dates on which events do not count. */
  readonly calendars: readonly { readonly name: string; readonly exclude: readonly DateRange[] }[];
  /** The dates that any of them excludes. */
  readonly excluded: readonly DateRange[];
  /** The dates on which events happen whatever else is said. */
  readonly included: readonly DateRange[];
  /** The largest first. */
  readonly leadSeconds: readonly number[];
  readonly maxLatenessMs: number;
};

const rules = new WeakMap<Definition, Rule>();

/**
 * The definition prepared for calculation, once per object.
 *
 * @throws InvalidInputError when a stored cron expression can no longer be read.
 */
export function ruleOf(definition: Definition): Rule {
  const known = rules.get(definition);
  if (known !== undefined) return known;
  const rule = compile(definition);
  rules.set(definition, rule);
  return rule;
}

function compile(definition: Definition): Rule {
  const { timeZone, cron, at, startAt, endAt, calendars, leadTimes, maxLateness } = definition;
  return {
    timeZone,
    ...(cron === undefined ? {} : { cron: cronOf(cron) }),
    ...(at === undefined ? {} : { onceAt: instantOf(parseLocalTime(at) ?? Number.NaN, timeZone) }),
    startAt: startAt === undefined ? Number.NEGATIVE_INFINITY : Date.parse(startAt),
    endAt: endAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(endAt),
    calendars: calendars.map(({ name, exclude }) => ({ name, exclude: rangesOf(exclude) })),
    excluded: rangesOf(calendars.flatMap(({ exclude }) => exclude)),
    included: rangesOf(calendars.flatMap(({ include }) => include)),
    leadSeconds: leadTimes.map(leadSecondsOf).sort((a, b) => b - a),
    maxLatenessMs: secondsOf(maxLateness) * second,
  };
}

function cronOf(expression: string): Cron {
  const parsed = parseCron(expression, 'cron');
  if ('problem' in parsed) throw new InvalidInputError([parsed.problem]);
  return parsed.cron;
}
