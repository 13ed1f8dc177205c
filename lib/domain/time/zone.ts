import { type Problem, problem } from '../codes/problems.ts';
import { day, type Instant } from './instant.ts';

// The names without a slash in the tz database. A closed list, because Intl takes more (CST, IST, +08:00)
// and gives them a meaning that the writer may not have had.
const namesWithoutSlash = new Set(
  (
    'CET CST6CDT Cuba EET EST EST5EDT Egypt Eire GB GB-Eire GMT GMT+0 GMT-0 GMT0 Greenwich HST Hongkong ' +
    'Iceland Iran Israel Jamaica Japan Kwajalein Libya MET MST MST7MDT NZ NZ-CHAT Navajo PRC PST8PDT Poland ' +
    'Portugal ROC ROK Singapore Turkey UCT UTC Universal W-SU WET Zulu'
  ).split(' '),
);

// Parts of a name that are not simply Capitalised_Words.
const irregularParts = (
  'Dar_es_Salaam ComodRivadavia Knox_IN Port-au-Prince Port_of_Spain DumontDUrville McMurdo ACT LHI NSW ' +
  'DeNoronha EasterIsland Isle_of_Man BajaNorte BajaSur US UTC UCT'
).split(' ');

const spellings = new Map(
  [...namesWithoutSlash, ...irregularParts].map((name) => [name.toLowerCase(), name]),
);

// Names that ICU still carries but the tz database does not.
const leftovers = /^(SystemV\/|US\/Pacific-New$|Canada\/East-Saskatchewan$)/i;

// What people write most, and the places that they may mean.
const placesMeant = new Map([
  ['CST', 'America/Chicago or Asia/Shanghai'],
  ['CDT', 'America/Chicago'],
  ['EDT', 'America/New_York'],
  ['PST', 'America/Los_Angeles or Asia/Manila'],
  ['PDT', 'America/Los_Angeles'],
  ['IST', 'Asia/Kolkata, Asia/Jerusalem or Europe/Dublin'],
  ['BST', 'Europe/London or Asia/Dhaka'],
  ['CEST', 'Europe/Berlin or Europe/Madrid'],
  ['BRT', 'America/Sao_Paulo'],
  ['TRT', 'Europe/Istanbul'],
  ['ASIA/BEIJING', 'Asia/Shanghai'],
  // Windows has names of its own.
  ['CHINA STANDARD TIME', 'Asia/Shanghai'],
  ['E. SOUTH AMERICA STANDARD TIME', 'America/Sao_Paulo'],
  ['TURKEY STANDARD TIME', 'Europe/Istanbul'],
]);
const somePlaces = 'Asia/Shanghai, America/Sao_Paulo or UTC';

/** A stretch of time during which a zone keeps one offset; half-open. */
export type Stretch = { readonly from: Instant; readonly to: Instant; readonly offsetMs: number };

// Since 1970 no two changes of a zone are less than 7 days apart (America/Recife, October 2000),
// so that two looks 5 days apart miss none.
const lookEveryMs = 5 * day;
const blockMs = 20 * lookEveryMs;
const blocksKept = 1_000;

const formats = new Map<string, Intl.DateTimeFormat>();
const blocks = new Map<string, Map<number, Stretch[]>>();

/**
 * The name as the tz database spells it, whatever the case it is written in; undefined for what is no name there.
 *
 * Links such as `Asia/Calcutta`, `US/Eastern` and `PRC` are names and stay themselves.
 */
export function resolveTimeZone(name: string): string | undefined {
  const spelled = name.includes('/')
    ? name.split('/').map(spellPart).join('/')
    : spellings.get(name.toLowerCase());
  if (spelled === undefined || leftovers.test(spelled) || !isKnownToIntl(spelled)) return undefined;
  return name.includes('/') || namesWithoutSlash.has(spelled) ? spelled : undefined;
}

/** Reads the name of a zone; a problem says which name was probably meant. */
export function parseTimeZone(name: string, path: string): { timeZone: string } | { problem: Problem } {
  const timeZone = resolveTimeZone(name);
  return timeZone === undefined ? { problem: timeZoneProblem(name, path) } : { timeZone };
}

/** The local time at an instant, written as if it were UTC, in milliseconds. */
export function wallOf(at: Instant, timeZone: string): number {
  return at + stretchAt(at, timeZone).offsetMs;
}

/**
 * Turns a local time into an instant: the first at which the zone's clocks show that time or a later one.
 *
 * So a time that the clocks skip means the first instant after the gap, and a time that they repeat
 * the first of the two.
 *
 * @param wallMs the local time, written as if it were UTC.
 */
export function instantOf(wallMs: number, timeZone: string): Instant {
  // No zone is ahead of UTC by a whole day, so that this stretch begins before the local time.
  let stretch = stretchAt(wallMs - day, timeZone);
  while (stretch.to + stretch.offsetMs <= wallMs) stretch = stretchAt(stretch.to, timeZone);
  return Math.max(stretch.from, wallMs - stretch.offsetMs);
}

/** The stretch of one offset that holds an instant; the next one may have the same offset. */
export function stretchAt(at: Instant, timeZone: string): Stretch {
  const block = Math.floor(at / blockMs);
  const stretch = stretchesOfBlock(block, timeZone).find(({ to }) => at < to);
  if (stretch === undefined) throw new RangeError(`no instant: ${at}`);
  return stretch;
}

function stretchesOfBlock(block: number, timeZone: string): Stretch[] {
  const known = blocks.get(timeZone) ?? new Map<number, Stretch[]>();
  blocks.set(timeZone, known);
  const kept = known.get(block);
  if (kept !== undefined) return kept;
  if (known.size >= blocksKept) known.clear();
  const stretches = findStretches(block * blockMs, (block + 1) * blockMs, timeZone);
  known.set(block, stretches);
  return stretches;
}

function findStretches(blockFrom: Instant, blockTo: Instant, timeZone: string): Stretch[] {
  const stretches: Stretch[] = [];
  let from = blockFrom;
  let offsetMs = offsetAt(blockFrom, timeZone);
  for (let look = blockFrom + lookEveryMs; look <= blockTo; look += lookEveryMs) {
    const later = offsetAt(look, timeZone);
    if (later === offsetMs) continue;
    const to = changeBetween(look - lookEveryMs, look, timeZone);
    stretches.push({ from, to, offsetMs });
    [from, offsetMs] = [to, later];
  }
  if (from < blockTo) stretches.push({ from, to: blockTo, offsetMs });
  return stretches;
}

/** The first instant with the offset of `after`, when there is one change between the two. */
function changeBetween(before: Instant, after: Instant, timeZone: string): Instant {
  const offsetMs = offsetAt(after, timeZone);
  let [low, high] = [before, after];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle, timeZone) === offsetMs) high = middle;
    else low = middle;
  }
  return high;
}

function offsetAt(at: Instant, timeZone: string): number {
  // GMT+05:30, or GMT-00:44:30 for the offsets of long ago.
  const match = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(formatOf(timeZone).format(at));
  if (match === null) return 0;
  const [, sign, hours, minutes, seconds = '0'] = match;
  const size = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
  return sign === '-' ? -size : size;
}

// Building one costs as much as a hundred uses.
function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
    formats.set(timeZone, format);
  }
  return format;
}

function spellPart(part: string): string {
  const lower = part.toLowerCase();
  if (lower.startsWith('gmt')) return part.toUpperCase();
  return spellings.get(lower) ?? lower.replace(/(^|[_-])[a-z]/g, (start) => start.toUpperCase());
}

function isKnownToIntl(timeZone: string): boolean {
  try {
    formatOf(timeZone);
    return true;
  } catch {
    return false;
  }
}

function timeZoneProblem(name: string, path: string): Problem {
  const written = name.trim();
  const value = name.slice(0, 100);
  const places = placesMeant.get(written.toUpperCase()) ?? somePlaces;
  if (written === '') return problem(path, 'zone_missing', { places });
  if (/^(utc|gmt|z)?\s*[+\-\u2212]?\d{1,2}(:?\d\d)?$/i.test(written)) {
    return problem(path, 'zone_offset', { value, places });
  }
  if (/^[a-z]{3,4}$/i.test(written)) return problem(path, 'zone_abbreviation', { value, places });
  return problem(path, 'zone_unknown', { value, places });
}
