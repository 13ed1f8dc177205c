type CronFieldName = keyof typeof fieldNames;
type CronPlace = { field: CronFieldName; value: string };
type ZoneHint = { places: string };

const fieldNames = {
  minute: 'minute',
  hour: 'hour',
  'day-of-month': 'day of month',
  month: 'month',
  'day-of-week': 'day of week',
} as const;

const fieldValues = {
  minute: '0-59',
  hour: '0-23',
  'day-of-month': '1-31, L',
  month: '1-12, JAN-DEC',
  'day-of-week': '0-7, SUN-SAT, 5L, 5#2',
} as const;

/**
 * Why input is refused: the closed list of problem codes, each with its sentence.
 *
 * A sentence says what is wrong and what to do; `params` let a client say it in another language.
 */
const problemTexts = {
  required: (_: Record<never, never>) => 'is required',
  cron_missing: (_: Record<never, never>) =>
    'is empty; write five fields, such as "0 18 * * 1-5" for 18:00 on weekdays',
  cron_long: (p: { length: number; longest: number }) =>
    `is ${p.length} characters long and may have ${p.longest}; write ranges (1-5) and steps (*/5) for long lists`,
  cron_character: (p: { character: string; position: number }) =>
    `holds ${p.character} at character ${p.position}; use plain ASCII signs, with spaces or tabs between the fields`,
  cron_macro: (p: { value: string }) =>
    `${quoted(p.value)} is not known; use @yearly, @monthly, @weekly, @daily or @hourly, or write five fields`,
  cron_field_count: (p: { count: number }) =>
    `has ${counted(p.count, 'field')} and needs 5: minute, hour, day of month, month, day of week (no seconds, no year)`,
  cron_value: (p: CronPlace) =>
    `${placed(p)} is not understood; use ${fieldValues[p.field]}, lists (1,2), ranges (1-5) or steps (*/5)`,
  cron_list: (p: { field: CronFieldName }) =>
    `${fieldNames[p.field]}: a comma has no value on one of its sides; remove it or add the value`,
  cron_out_of_range: (p: CronPlace & { min: number; max: number }) =>
    `${placed(p)} is out of range; use ${p.min} to ${p.max}`,
  cron_range_backward: (p: CronPlace & { instead: string }) =>
    `${placed(p)} runs backwards; write ${p.instead}`,
  cron_step_zero: (p: CronPlace) => `${placed(p)} steps by nothing; use a step of 1 or more`,
  cron_step_of_one: (p: CronPlace & { instead: string }) =>
    `${placed(p)} is a step without a range, which crons read differently; write ${p.instead}`,
  cron_random: (p: CronPlace) => `${placed(p)} asks for a random value, which is not offered; write a number`,
  cron_question_mark: (p: CronPlace) => `${placed(p)} holds a question mark, which is not used here; write *`,
  cron_nearest_weekday: (p: CronPlace) =>
    `${placed(p)} asks for the nearest weekday, which is not offered; name days, or use a calendar`,
  cron_nth: (p: { value: string }) =>
    `day of week: ${quoted(p.value)} is not understood; # takes one day (0-7 or SUN-SAT) and 1 to 5 and stands alone, as in 5#2`,
  cron_last_weekday: (_: Record<never, never>) =>
    'day of week: "L" needs a day before it, as in 5L for the last Friday of the month',
  zone_missing: (p: ZoneHint) => `is empty; name a time zone such as ${p.places}`,
  zone_offset: (p: ZoneHint & { value: string }) =>
    `${quoted(p.value)} is an offset, which knows no daylight saving; name a place such as ${p.places}`,
  zone_abbreviation: (p: ZoneHint & { value: string }) =>
    `${quoted(p.value)} is an abbreviation, and several zones may share it; name a place such as ${p.places}`,
  zone_unknown: (p: ZoneHint & { value: string }) =>
    `${quoted(p.value)} is not the name of an IANA time zone; use one such as ${p.places}`,
  wrong_kind: (p: { expected: readonly InputKind[]; found: InputKind }) =>
    `must be ${p.expected.map((kind) => kindNames[kind]).join(' or ')}, not ${kindNames[p.found]}${
      p.expected.includes('text') && ['number', 'boolean'].includes(p.found) ? '; put it in quotes' : ''
    }`,
  unknown_field: (p: { hint?: string }) =>
    p.hint === undefined
      ? 'is not a known field; leave it out'
      : `is not a known field; did you mean ${p.hint}?`,
  text_length: (p: { min: number; max: number; length: number }) =>
    `must have ${p.min} to ${p.max} characters, not ${p.length}`,
  list_length: (p: { min: number; max: number; length: number }) =>
    `must have ${p.min} to ${p.max} entries, not ${p.length}`,
  control_character: (p: { character: string; position: number }) =>
    `must not contain the control character ${p.character} (character ${p.position})`,
  written_twice: (p: { first: string }) => `is the same as ${p.first}; leave one of them out`,

  not_one_of: (p: { known: readonly string[]; found: string }) =>
    `must be one of ${p.known.join(', ')}, not "${p.found}"`,
  whole_number: (p: { min: number; max: number }) => `must be a whole number from ${p.min} to ${p.max}`,
  given_twice: (_: Record<never, never>) => 'is given more than once; give it once',
  range_backward: (_: Record<never, never>) => 'must be after from',
  bad_cursor: (_: Record<never, never>) =>
    'is no place in this list; use nextCursor as it was answered, or leave it out',
  bad_etag: (_: Record<never, never>) => 'must be * or one or more ETags in their quotes, such as "3"',
  malformed_json: (p: { detail: string }) => `the body is not JSON: ${p.detail}`,
  not_utf8: (_: Record<never, never>) =>
    'the text is not UTF-8; save the file as UTF-8 and run the command again',
  other_id: (p: { id: string }) => `must be ${p.id}, as in the path, or be left out`,

  schedule_id: (_: Record<never, never>) => 'must be 1 to 64 characters of a-z, 0-9 and -',
  unknown_connection: (_: Record<never, never>) => 'must be default; there is no other connection',
  cron_or_at: (p: { given: 'both' | 'neither' }) =>
    p.given === 'both'
      ? 'has both cron and at; leave one of them out'
      : 'needs either cron (for repeated events) or at (for one event)',
  not_a_local_time: (p: { found: string }) =>
    `must be a local time such as 2026-12-05T22:00 that exists, in the years 1900 to 2199, not "${p.found}"`,
  local_time_with_zone: (p: { found: string }) =>
    `must be a local time without a zone, not "${p.found}"; name the zone in timeZone`,
  not_an_instant: (p: { found: string }) =>
    `must be an instant with its zone such as 2026-12-05T22:00:00Z or 2026-12-05T22:00:00-03:00, not "${p.found}"`,
  end_before_start: (_: Record<never, never>) => 'must be after startAt',
  not_a_duration: (p: { found: string }) =>
    `must be a whole number with its unit s, m, h or d, such as 90s, 15m, 2h or 1d, not "${p.found}"`,
  duration_range: (p: { min: string; max: string; found: string }) =>
    `must be from ${p.min} to ${p.max}, not ${p.found}`,
  lead_times_close: (p: { other: string }) =>
    `must differ from the lead time ${p.other} by at least 60 seconds, or people get two notices at once`,
  definition_large: (p: { bytes: number; maxBytes: number }) =>
    `takes ${p.bytes} bytes with its calendars; at most ${p.maxBytes} can be stored, so use fewer or shorter texts and dates`,

  unknown_calendar: (p: { found: string; hint?: string }) =>
    `no calendar is called "${p.found}"${p.hint === undefined ? '' : `; did you mean ${p.hint}?`}`,
  not_a_date: (p: { found: string }) =>
    `must be a date such as 2026-10-10 or a range such as 2026-10-01..2026-10-07, with days that exist in the years 1900 to 2199, not "${p.found}"`,
  date_order: (_: Record<never, never>) => 'must not end before it begins',
  date_range_long: (p: { maxDays: number }) =>
    `must not be longer than ${p.maxDays} days; write several ranges`,

  malformed_locale: (p: { found: string }) =>
    `must be a language tag such as en, zh-CN or pt-BR, not "${p.found}"`,
  unknown_locale: (p: { found: string }) =>
    `there is no language data for "${p.found}"; use a tag such as en, zh-CN or pt-BR`,
  text_empty: (_: Record<never, never>) => 'must not be empty',
  unknown_placeholder: (p: { found: string; position: number; known: readonly string[]; hint?: string }) =>
    `{{${p.found}}} (character ${p.position}) is not a placeholder; ${
      p.hint === undefined ? `use one of ${p.known.join(', ')}` : `did you mean {{${p.hint}}}?`
    }`,
  stray_braces: (p: { found: string; position: number }) =>
    `${p.found} (character ${p.position}) belongs to no placeholder; write one as {{timeLeft}}`,
  text_too_long: (p: { length: number; limit: number }) =>
    `can be ${p.length} characters long once its placeholders are filled in; at most ${p.limit} are sent`,

  file_large: (p: { length: number; maxLength: number }) =>
    `the file has ${p.length} characters; at most ${p.maxLength} are read`,
  not_a_table: (_: Record<never, never>) =>
    'the file must hold a schedule table: write "schedules:" and under it an entry for each, or "schedules: []" for none',
  file_syntax: (p: { detail: string }) => `the file cannot be read as YAML or JSON: ${p.detail}`,
  file_aliases: (p: { max: number }) =>
    `the file uses more than ${p.max} aliases (*name); write the values out`,
  duplicate_key: (_: Record<never, never>) =>
    'a field is written twice in the same object; leave one of them out',
  duplicate_schedule: (p: { id: string; lines: readonly number[] }) =>
    `the schedules on lines ${p.lines.join(' and ')} have the same id "${p.id}"; give one of them another`,
  until_past: (_: Record<never, never>) => 'must lie ahead',
  event_past: (_: Record<never, never>) => 'is past; only an event to come can be changed',
  event_unknown: (p: { next: readonly string[] }) =>
    p.next.length === 0
      ? 'is not an event of this schedule, and none is to come'
      : `is not an event of this schedule; the next ones are ${p.next.join(', ')}`,
  event_years: (_: Record<never, never>) => 'must lie in the years 1900 to 2199',
  event_not_changed: (_: Record<never, never>) => 'is neither skipped nor postponed',
  several_events: (p: { times: readonly string[] }) =>
    `stands for several events, and the text tells the time of one: resume each by its own time, ${p.times.join(' and ')}`,
  move_past: (p: { to: string }) => `leads to ${p.to}, which is past`,
  move_far: (p: { days: number }) => `leads more than ${p.days} days ahead`,
  move_nowhere: (_: Record<never, never>) => 'leads to the very time that the event has; resume it instead',
  exceptions_full: (p: { most: number }) =>
    `a schedule may have ${p.most} skipped or postponed events at a time; change the schedule instead`,
  notices_full: (p: { most: number }) =>
    `the schedule has ${p.most} texts, or many long ones, that were sent lately or are still to be sent; try again in an hour, or without a text`,
  no_event_to_tell: (_: Record<never, never>) =>
    'the message tells the time of an event, and none is to come; send another text to the pools instead',
  export_incomplete: (_: Record<never, never>) =>
    'the file ends too early, or in the middle of a record: export again, and copy the whole file',
  export_line: (_: Record<never, never>) => 'is not what deskbell export writes',
  to_or_by: (p: { given: 'both' | 'neither' }) =>
    p.given === 'both'
      ? 'has both to and by; leave one of them out'
      : 'needs either to (the new time) or by (how much later, such as 1h)',
  too_much_work: (p: { most: number }) =>
    `asks for so much that it would hold up notifications; with these lead times and pools, ask for at most ${p.most}`,
  no_such_pool: (p: { pool: string }) =>
    `is the id of no pool: Huawei's list of at most a minute ago lacks ${p.pool}; "deskbell pools" shows the list`,
  bad_key: (_: Record<never, never>) => 'must be 1 to 200 visible ASCII characters',
  lead_times_without_event: (_: Record<never, never>) => 'need an eventAt to count from',
} as const;

/** What a value is, as far as people care. */
export type InputKind = 'text' | 'number' | 'boolean' | 'list' | 'object' | 'nothing';

const kindNames: Record<InputKind, string> = {
  text: 'a text',
  number: 'a number',
  boolean: 'true or false',
  list: 'a list',
  object: 'an object',
  nothing: 'empty',
};

/** What makes input questionable but usable: the closed list of warning codes. */
const warningTexts = {
  text_long: (p: { length: number }) =>
    `can be ${p.length} characters long; beyond 255 Huawei may refuse it or cut it off`,
  clock_without_zone: (p: { found: string }) =>
    `names the time ${p.found} without its zone; people elsewhere may misread it`,
  date_past: (p: { found: string }) => `names ${p.found}, which is past`,
  same_text: (p: { leadTimes: readonly string[] }) =>
    `is sent ${p.leadTimes.join(', ')} before the event in the same words; {{timeLeft}} or {{minutesLeft}} would tell how near it is`,
  event_past: (_: Record<never, never>) => 'is already past; nothing will be sent',
  lead_time_past: (p: { leadTime: string }) =>
    `the notification ${p.leadTime} before the event was due already and will not be sent`,
  over_limit: (p: { count: number; perMinute: number }) =>
    `${p.count} deliveries are due at once, more than ${p.perMinute} a minute let through before their deadline; spread them, or allow a larger maxLateness`,
  not_paused: (_: Record<never, never>) => 'the schedule was not paused',
  paused: (p: { until: string | undefined }) =>
    `the schedule is paused${ending(p.until)}, so nothing goes out until then`,
  pause_replaced: (p: { by: string; why: string; before: string | undefined; now: string | undefined }) =>
    `replaces the pause by ${p.by} (${p.why})${ending(p.before)}; the schedule is now paused${ending(p.now)}`,
  pause_restored: (p: { by: string; why: string; until: string | undefined }) =>
    `the pause by ${p.by} (${p.why}), from before a file left the schedule out or renamed it, still holds${ending(p.until)}`,
  exceptions_restored: (p: { events: readonly string[] }) =>
    `skipped or postponed, from before a file left the schedule out or renamed it, are still the events of ${p.events.join(', ')}`,
  nobody_warned: (_: Record<never, never>) =>
    'nobody is warned of the event at this time: all its notifications would be late already; to tell people, send a text now',
  text_stopped: (p: { text: string; pools: readonly string[] }) =>
    `the text "${p.text}" has not reached ${p.pools.join(', ')} and is not sent any more`,
  text_read: (p: { text: string; pools: readonly string[] }) =>
    `${p.pools.join(', ')} may have read "${p.text}" and nothing corrects it; repeat this with a text for them (notify)`,
  unknown_pool: (p: { pool: string; similar: string | undefined }) =>
    `Huawei has no pool called ${p.pool} now, so nobody there is told${p.similar === undefined ? '' : `; did you mean ${p.similar}?`}`,
  search_ended: (_: Record<never, never>) => 'later events were not looked for',
  never_fires: (_: Record<never, never>) => 'no event is to come; nothing will be sent',
  disabled: (_: Record<never, never>) => 'the schedule is not enabled, so nothing goes out',
  gate_closed: (p: { until: string; reason: string }) =>
    `nothing goes out to Huawei before ${p.until} at the earliest: ${p.reason}; tell people by other means`,
  local_time_skipped: (p: { instead: string }) =>
    `the clocks there skip this time; the event is at ${p.instead} instead`,
  local_time_repeated: (p: { again: string }) =>
    `the clocks there show this time twice; the first one counts, not the one at ${p.again}`,
} as const;

type Texts = typeof problemTexts;
type WarningTexts = typeof warningTexts;

export type ProblemCode = keyof Texts;
export type WarningCode = keyof WarningTexts;

/** One reason for which input is refused. */
export type Problem = {
  /** Where, as in `schedules[0].cron`; empty when the whole input is meant. */
  path: string;
  code: ProblemCode;
  params: Record<string, unknown>;
  message: string;
  /** The line in the file, from 1, when the input was a file. */
  line?: number;
};

/** One thing to think about; the input is used all the same. */
export type Warning = {
  code: WarningCode;
  path?: string;
  /** The instant that it is about, ISO 8601 in UTC. */
  at?: string;
  params: Record<string, unknown>;
  message: string;
  /** When the input was a file: the schedule that it is about, and the line, from 1. */
  scheduleId?: string;
  line?: number;
};

export function problem<C extends ProblemCode>(
  path: string,
  code: C,
  params: Parameters<Texts[C]>[0],
): Problem {
  const text = problemTexts[code] as (params: Parameters<Texts[C]>[0]) => string;
  return { path, code, params, message: text(params) };
}

export function warning<C extends WarningCode>(
  code: C,
  params: Parameters<WarningTexts[C]>[0],
  place: { path?: string; at?: string } = {},
): Warning {
  const text = warningTexts[code] as (params: Parameters<WarningTexts[C]>[0]) => string;
  return { code, ...place, params, message: text(params) };
}

/**
 * A warning about a schedule file as one line for people, as in `deskbell.yml:12: hello: message: names …`.
 *
 * The schedule's id stands for its place in the list.
 */
export function describeWarning(
  { path = '', at, line, scheduleId, message }: Omit<Warning, 'code' | 'params'>,
  file: string,
): string {
  const place = scheduleId === undefined ? path : path.replace(/^schedules\[\d+\]\.?/, '');
  return [line === undefined ? file : `${file}:${line}`, scheduleId, place, at, message]
    .filter((part) => part !== undefined && part !== '')
    .join(': ');
}

function ending(until: string | undefined): string {
  return until === undefined ? ' until somebody resumes it' : ` until ${until}`;
}

function placed({ field, value }: CronPlace): string {
  return `${fieldNames[field]}: ${quoted(value)}`;
}

/** In quotes, with control characters written out. */
function quoted(value: string): string {
  return JSON.stringify(value);
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
