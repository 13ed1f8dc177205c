import { sayReason } from '../../lib/domain/codes/reasons.ts';
import type { Definition } from '../../lib/domain/schedule/definition.ts';
import { day, type Instant, isoOf, minute, second } from '../../lib/domain/time/instant.ts';
import { dateOf, printLocalTime } from '../../lib/domain/time/iso-time.ts';
import { wallOf } from '../../lib/domain/time/zone.ts';
import { type ClockChange, clockChangesOf } from '../../local/rehearse/clock-changes.ts';
import type { RehearsedDelivery } from '../../local/rehearse/outcome.ts';
import type { Rehearsal, RehearsalLimits } from '../../local/rehearse/rehearse.ts';
import { formatTable } from './table.ts';
import { shortTime } from './times.ts';

/** What was rehearsed, and what came of it. */
export type Rehearsed = Rehearsal & {
  definitions: readonly Definition[];
  from: Instant;
  to: Instant;
  limits: RehearsalLimits;
};

/** Longer windows are counted by month. */
const longestByDay = 62 * day;
/** Later than this is worth a look: a real sender needs a moment, too. */
const punctual = 2 * second;
const mostLines = 20;

/** The outcome for people: counts by schedule, pool and time, and what is worth a look. */
export function describeRehearsal(rehearsed: Rehearsed): string {
  const { deliveries, definitions, from, to } = rehearsed;
  const isByDay = to - from <= longestByDay;
  const findings = findingsOf(rehearsed);
  return [
    `${shortTime(isoOf(from))} to ${shortTime(isoOf(to))}: ${deliveries.length} deliveries of ${definitions.length} schedules. Nothing was sent.`,
    countTable('schedule', deliveries, ({ scheduleId }) => scheduleId),
    countTable('pool', deliveries, ({ pool }) => pool),
    countTable(isByDay ? 'day (UTC)' : 'month (UTC)', deliveries, ({ dueAt }) =>
      isoOf(dueAt).slice(0, isByDay ? 10 : 7),
    ),
    findings.length === 0 ? 'Nothing odd.' : ['Worth a look:', ...findings].join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

const columns = {
  sent: ['accepted', 'delivered', 'partial', 'undelivered', 'unconfirmed'],
  skipped: ['skipped'],
  expired: ['expired'],
  rejected: ['rejected'],
  unknown: ['unknown'],
} as const;

function countTable(
  name: string,
  deliveries: readonly RehearsedDelivery[],
  keyOf: (delivery: RehearsedDelivery) => string,
): string {
  const groups = [...Map.groupBy(deliveries, keyOf)].sort(([a], [b]) => (a < b ? -1 : 1));
  if (groups.length === 0) return '';
  const countsOf = (group: readonly RehearsedDelivery[]) =>
    Object.values(columns).map((states: readonly string[]) =>
      String(group.filter(({ state }) => states.includes(state)).length),
    );
  return formatTable(
    [name, ...Object.keys(columns)],
    groups.map(([key, group]) => [key, ...countsOf(group)]),
  );
}

function findingsOf(rehearsed: Rehearsed): string[] {
  const { definitions, from, to, addedPools, planErrors, waitingFaults } = rehearsed;
  const changes = definitions.flatMap((definition) => clockChangesOf(definition, from, to));
  const faults = waitingFaults.length;
  return [
    ...planErrors.map(({ scheduleId, message }) => `- ${scheduleId} cannot be planned: ${message}`),
    ...cut(describeTrouble(rehearsed)),
    ...cut(describeCrowds(rehearsed)),
    ...cut(changes.map(describeChange)),
    ...cut(describeExclusions(rehearsed)),
    ...(addedPools.length === 0
      ? []
      : [
          `- pools that the simulator does not have, and that were taken for pools of one desktop: ${addedPools.join(', ')}`,
        ]),
    ...(faults === 0 ? [] : [`- ${faults} of the faults met no call`]),
  ];
}

function cut(lines: readonly string[]): readonly string[] {
  if (lines.length <= mostLines) return lines;
  return [...lines.slice(0, mostLines), `- … and ${lines.length - mostLines} more like these`];
}

const told: readonly string[] = ['expired', 'rejected', 'unknown', 'unconfirmed'];

/** What did not go well, schedule by schedule; what the limit held up is told minute by minute. */
function describeTrouble({ deliveries }: Rehearsed): string[] {
  const trouble = deliveries.filter(
    ({ state, reason }) => told.includes(state) && reason?.code !== 'rate_limit',
  );
  const groups = Map.groupBy(
    trouble,
    ({ scheduleId, state, reason }) => `${scheduleId} ${state} ${reason?.code}`,
  );
  return [...groups.values()].flatMap(([first, ...others]) => {
    if (first?.reason === undefined) return [];
    const { scheduleId, state, dueAt, reason } = first;
    const more = others.length === 0 ? '' : `, and ${others.length} more like it`;
    return `- ${scheduleId}, due ${shortTime(isoOf(dueAt))}: ${state}${more}: ${sayReason(reason)}`;
  });
}

/** Minutes in which more came due than the gate let through at once, or at all. */
function describeCrowds({ deliveries, limits }: Rehearsed): string[] {
  return [...Map.groupBy(deliveries, ({ dueAt }) => Math.floor(dueAt / minute) * minute)].flatMap(
    ([at, due]) => {
      const wanted = due.filter(({ state }) => state !== 'skipped');
      const expired = wanted.filter(({ reason }) => reason?.code === 'rate_limit').length;
      const lateness = wanted
        .map(({ dueAt, sentAt = dueAt }) => sentAt - dueAt)
        .filter((ms) => ms > punctual);
      if (expired === 0 && (lateness.length === 0 || wanted.length <= limits.limits.send)) return [];
      const late =
        lateness.length === 0
          ? ''
          : `, ${lateness.length} late by up to ${Math.ceil(Math.max(...lateness) / second)} s`;
      const lost = expired === 0 ? '' : `, ${expired} not at all before their deadlines`;
      return `- ${shortTime(isoOf(at))}: ${wanted.length} deliveries in one minute, more than the limit of ${limits.limits.send}${late}${lost}; spread them`;
    },
  );
}

function describeChange({ scheduleId, timeZone, kind, wallMs, count, eventAt }: ClockChange): string {
  const local = printLocalTime(wallMs).replace('T', ' ');
  const isOne = count === 1;
  const times = isOne ? local : `${local} and ${count - 1} more`;
  const [what, so] =
    kind === 'skipped'
      ? [`${isOne ? 'does' : 'do'} not exist`, 'no event for it']
      : [`${isOne ? 'comes' : 'come'} twice`, 'an event each time'];
  const events = eventAt === undefined ? so : `one event, at ${shortTime(isoOf(eventAt))}`;
  return `- ${scheduleId}: the clocks of ${timeZone} change and ${times} ${what}: ${events}`;
}

function describeExclusions({ deliveries, definitions }: Rehearsed): string[] {
  const zones = new Map(definitions.map(({ id, timeZone }) => [id, timeZone]));
  const excluded = deliveries.filter(({ reason }) => reason?.code === 'calendar');
  const groups = Map.groupBy(
    excluded,
    ({ scheduleId, reason }) => `${scheduleId}: the calendar ${reason?.params.calendar}`,
  );
  return [...groups].map(([who, group]) => {
    const dates = new Set(
      group.map(({ scheduleId, eventAt }) => dateOf(wallOf(eventAt, zones.get(scheduleId) ?? 'UTC'))),
    );
    return `- ${who} excludes ${[...dates].sort().join(', ')}`;
  });
}
