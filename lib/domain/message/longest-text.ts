import { longestOf } from '../input/characters.ts';
import { day } from '../time/instant.ts';
import { remember, sayDate, sayNow, sayUnits, type Units, unitsOf } from './locale.ts';

const dates = new Map<string, string>();
const timesLeft = new Map<string, string>();
const unitNumbers = new Map<string, string[]>();

/** Up to which number each unit is spoken: lead times end at 28 days, seconds at 89. */
const highest = { days: 28, hours: 23, minutes: 59, seconds: 89 } as const;

/** A date that takes as much room as any of the locale's long dates. */
export function longestDate(locale: string): string {
  return remember(dates, locale, () => {
    const leapYear = Date.UTC(2028, 0, 1);
    const days = Array.from({ length: 366 }, (_, index) => leapYear + index * day);
    return longestOf(days.map((at) => sayDate(locale, 'UTC', at)));
  });
}

/** Words that take as much room as any that tell the time left, from `leadSeconds` before the event on. */
export function longestTimeLeft(locale: string, leadSeconds: number): string {
  return remember(timesLeft, `${locale} ${leadSeconds}`, () => {
    const { days = 0, hours = 0, minutes = 0, seconds = 0 } = unitsOf(leadSeconds);
    const maxHours = days > 0 ? highest.hours : hours;
    const maxMinutes = days + hours > 0 ? highest.minutes : minutes;
    const maxSeconds = days + hours + minutes > 0 ? highest.seconds : seconds;
    const spans: Units[] = [
      { ...longestUnit(locale, 'days', days), ...longestUnit(locale, 'hours', maxHours) },
      { ...longestUnit(locale, 'hours', maxHours), ...longestUnit(locale, 'minutes', maxMinutes) },
      longestUnit(locale, 'seconds', maxSeconds),
    ];
    const sayable = spans.filter((span) => Object.keys(span).length > 0);
    return longestOf([sayNow(locale), ...sayable.map((span) => sayUnits(locale, span))]);
  });
}

/** The number from 1 to `limit` that takes the most room with its unit. */
function longestUnit(locale: string, unit: keyof Units, limit: number): Units {
  const numbers = remember(unitNumbers, `${locale} ${unit}`, () =>
    Array.from({ length: highest[unit] }, (_, index) => sayUnits(locale, { [unit]: index + 1 })),
  ).slice(0, limit);
  return limit === 0 ? {} : { [unit]: numbers.indexOf(longestOf(numbers)) + 1 };
}
