import { type Problem, problem, type Warning } from '../codes/problems.ts';
import { placeOf, readBoolean, readDuration, readObject, readText } from '../input/input.ts';
import type { Definition } from '../schedule/definition.ts';
import type { DefinitionContext } from './definition-context.ts';
import {
  readCalendars,
  readConnection,
  readCron,
  readId,
  readInstant,
  readLocalTime,
  readPools,
  readTimeZone,
} from './definition-fields.ts';
import { problemsOfLength } from './definition-texts.ts';
import { warningsOf } from './definition-warnings.ts';
import { readLeadTimes } from './lead-time-input.ts';
import { readLocale, readMessage } from './message-input.ts';

type Parsed = { definition?: Definition; problems: Problem[]; warnings: Warning[] };

const fieldNames = [
  'id',
  'description',
  'connection',
  'pools',
  'cron',
  'at',
  'timeZone',
  'leadTimes',
  'message',
  'locale',
  'startAt',
  'endAt',
  'calendars',
  'maxLateness',
  'enabled',
] as const;
type Fields = Partial<Record<(typeof fieldNames)[number], unknown>>;
type Place = (field: (typeof fieldNames)[number]) => string;

const descriptionLength = { min: 0, max: 500, allowed: '\n' };
const defaultLateness = '5m';
const lateness = { minSeconds: 60, maxSeconds: 86_400 };
/** Two definitions and a history of acts must fit into one stored item. */
const maxBytes = 64 * 1024;

/** Reads and checks a schedule; everything that is wrong with it comes back at once. */
export function parseDefinition(input: unknown, context: DefinitionContext): Parsed {
  const { path = '', messageLimit } = context;
  const problems: Problem[] = [];
  const fields = readObject(input, path, fieldNames, problems);
  if (fields === undefined) return { problems, warnings: [] };
  const place: Place = (field) => placeOf(path, field);
  const definition = readDefinition(fields, context, place, problems);
  problems.push(...problemsOfTrigger(fields, path), ...problemsOfSpan(definition, place));
  problems.push(...problemsOfLength(definition, messageLimit, path), ...problemsOfSize(definition, path));
  if (problems.length > 0) return { problems, warnings: [] };
  return { definition, problems, warnings: warningsOf(definition, context) };
}

function readDefinition(
  fields: Fields,
  { calendars, defaults = {} }: DefinitionContext,
  place: Place,
  problems: Problem[],
): Definition {
  const { timeZone = defaults.timeZone ?? 'UTC', locale = defaults.locale ?? 'en' } = fields;
  const { leadTimes = ['0m'], maxLateness = defaultLateness, enabled = true } = fields;
  return {
    id: readId(fields.id, place('id'), problems),
    ...readOptional('description', fields, (input) =>
      readText(input, place('description'), descriptionLength, problems),
    ),
    connection: readConnection(fields.connection, place('connection'), problems),
    pools: readPools(fields.pools, place('pools'), problems),
    ...readOptional('cron', fields, (input) => readCron(input, place('cron'), problems)),
    ...readOptional('at', fields, (input) => readLocalTime(input, place('at'), problems)),
    timeZone: readTimeZone(timeZone, place('timeZone'), problems),
    leadTimes: readLeadTimes(leadTimes, place('leadTimes'), problems),
    message: readMessage(fields.message, place('message'), problems),
    locale: readLocale(locale, place('locale'), problems),
    ...readOptional('startAt', fields, (input) => readInstant(input, place('startAt'), problems)),
    ...readOptional('endAt', fields, (input) => readInstant(input, place('endAt'), problems)),
    calendars: readCalendars(fields.calendars, place('calendars'), calendars, problems),
    maxLateness: readDuration(maxLateness, place('maxLateness'), lateness, problems) ?? defaultLateness,
    enabled: readBoolean(enabled, place('enabled'), problems),
  };
}

/** A field that is left out stays left out. */
function readOptional<F extends keyof Fields>(
  field: F,
  fields: Fields,
  read: (input: unknown) => string,
): { [K in F]?: string } {
  return fields[field] === undefined ? {} : ({ [field]: read(fields[field]) } as { [K in F]: string });
}

function problemsOfTrigger({ cron, at }: Fields, path: string): Problem[] {
  if ((cron === undefined) !== (at === undefined)) return [];
  return [problem(path, 'cron_or_at', { given: cron === undefined ? 'neither' : 'both' })];
}

function problemsOfSpan({ startAt = '', endAt = '' }: Definition, place: Place): Problem[] {
  const isUsable = startAt === '' || endAt === '' || startAt < endAt;
  return isUsable ? [] : [problem(place('endAt'), 'end_before_start', {})];
}

function problemsOfSize(definition: Definition, path: string): Problem[] {
  const bytes = new TextEncoder().encode(JSON.stringify(definition)).length;
  return bytes > maxBytes ? [problem(path, 'definition_large', { bytes, maxBytes })] : [];
}
